/** The writing side of the editor island: one textarea, its session, and everything around them. */

import { cleanText, type Delta, diff, normalize, transformPosition } from "../actors/delta.ts";
import { Carets } from "./document_carets.ts";
import type { Caret, NoteFrame, Present } from "./document_frames.ts";
import { EditorKeys } from "./document_key_bindings.ts";
import { type Format, format, type Replacement } from "./document_keys.ts";
import { Pending } from "./document_pending.ts";
import { People } from "./document_people.ts";
import { Preview, type View } from "./document_preview.ts";
import { DocumentSession } from "./document_session.ts";
import { EditorStatus } from "./document_status.ts";
import type { Frame, Live, LiveState } from "./live.ts";

/** Frames that the session takes. */
const SESSION_FRAMES = ["opened", "reset", "deltas", "ack", "revoked", "trashed", "error"];
const CARET_MS = 50;
const WORDS_MS = 500;
/** Up to here the text itself is kept on the device beside what was typed, for a better merge. */
const KEPT_TEXT_UNITS_MAX = 200_000;
/** A patch of more steps replaces the text at once. */
const STEPS_MAX = 40;

/** One note being written. */
export class Editor {
  readonly #element: HTMLElement;
  readonly #textarea: HTMLTextAreaElement;
  readonly #live: Live;
  readonly #note: string;
  readonly #session: DocumentSession;
  readonly #carets: Carets;
  readonly #people: People;
  readonly #preview: Preview | undefined;
  readonly #pending: Pending;
  readonly #status: EditorStatus;
  readonly #listening = new AbortController();
  readonly #offs: (() => void)[];
  #isComposing = false;
  /** Frames that came while an input method was composing, which must not be disturbed. */
  #held: NoteFrame[] = [];
  #wakeTimer = 0;
  #caretTimer = 0;
  #wordsTimer = 0;
  #sentCaret = "";
  #clients: ReadonlySet<string> = new Set();

  constructor(element: HTMLElement, textarea: HTMLTextAreaElement, live: Live) {
    this.#element = element;
    this.#textarea = textarea;
    this.#live = live;
    this.#note = element.dataset.note ?? "";
    const text = textarea.defaultValue;
    const version = Number(element.dataset.version);
    const mintId = () => crypto.randomUUID();
    this.#session = new DocumentSession({ note: this.#note, version, text, mode: "write", mintId });
    this.#status = new EditorStatus(element, () => this.#dismissRefusal());
    this.#carets = new Carets(textarea, this.#find("#editor-carets"), this.#find("#editor-mirror"));
    const list = document.querySelector<HTMLElement>("#editor-people");
    this.#people = new People(list, (words) => this.#status.say(words));
    const container = element.querySelector<HTMLElement>("#editor-preview");
    this.#preview = container ? new Preview(element, container, live) : undefined;
    this.#pending = new Pending(this.#note, element.dataset.user ?? element.dataset.key ?? "");
    this.#listen();
    this.#offs = this.#follow();
    // What was typed before this script was here.
    this.#input();
    void this.#takeOver();
  }

  /** Leaves the note; what is not saved stays on this device. */
  stop(): void {
    this.#keep();
    for (const off of this.#offs) off();
    for (const timer of [this.#wakeTimer, this.#caretTimer, this.#wordsTimer]) clearTimeout(timer);
    this.#listening.abort();
    this.#carets.stop();
    this.#status.stop();
    this.#pending.stop();
    this.#live.send({ t: "close", note: this.#note });
  }

  // ------------------------------------------------------------------------------- the socket

  #follow(): (() => void)[] {
    const on = (type: string, handler: (frame: Frame) => void) =>
      this.#live.on(type, (frame) => {
        if (frame.note === this.#note) handler(frame);
      });
    return [
      ...SESSION_FRAMES.map((type) => on(type, (frame) => this.#receive(frame as NoteFrame))),
      on("caret", ({ client, version, caret }) => this.#showCaret(client, version, caret)),
      on("presence", ({ people }) => this.#showPeople(people)),
      on("preview", (frame) => this.#preview?.receive(frame)),
      on("restored", () => this.#reopen()),
      on("role", ({ role }) => this.#setReadOnly(role === "read")),
      this.#live.onState((state) => this.#stateChanged(state)),
    ];
  }

  #stateChanged(state: LiveState): void {
    if (state === "open") this.#session.connected();
    else if (state !== "connecting") {
      this.#session.disconnected();
      for (const client of this.#clients) this.#carets.set(client, undefined);
    }
    this.#flush();
  }

  /** The note is out of the trash again. */
  #reopen(): void {
    this.#setReadOnly(false);
    this.#session.disconnected();
    this.#session.connected();
    this.#flush();
  }

  #receive(frame: NoteFrame): void {
    if (this.#isComposing) {
      this.#held.push(frame);
      return;
    }
    const { patch, carets } = this.#session.receive(frame, Date.now());
    this.#patch(patch);
    for (const { client, caret } of carets) {
      if (client !== this.#live.client) this.#carets.set(client, caret);
    }
    if (frame.t === "opened" || frame.t === "reset") {
      if (this.#preview?.view !== "write") this.#preview?.request();
      this.#sentCaret = "";
      this.#scheduleCaret();
    }
    if (this.#session.closed) this.#setReadOnly(true);
    this.#flush();
  }

  /** Sends what may be sent, keeps what is not confirmed, and says how things stand. */
  #flush(): void {
    const now = Date.now();
    let frame = this.#session.nextFrame(now, this.#ownCaret());
    while (frame && this.#live.send(frame)) {
      frame = this.#session.nextFrame(Date.now(), this.#ownCaret());
    }
    clearTimeout(this.#wakeTimer);
    const wakeAt = this.#session.wakeAt();
    if (wakeAt !== undefined) {
      this.#wakeTimer = window.setTimeout(() => this.#flush(), Math.max(20, wakeAt - now));
    }
    this.#keep();
    this.#status.show(this.#session);
  }

  #keep(): void {
    const isSmall = this.#session.text.length <= KEPT_TEXT_UNITS_MAX;
    this.#pending.keep(this.#session.keep(isSmall));
  }

  /** Takes over what tabs that are gone have left of this note. */
  async #takeOver(): Promise<void> {
    const kept = await this.#pending.start();
    if (kept.length > 0) this.#session.adopt(kept);
    this.#flush();
  }

  // ------------------------------------------------------------------------------- the text

  #listen(): void {
    const { signal } = this.#listening;
    const on = (type: string, handler: (event: Event) => void) =>
      this.#textarea.addEventListener(type, handler, { signal });
    on("input", () => this.#input());
    on("compositionstart", () => {
      this.#isComposing = true;
    });
    on("compositionend", () => this.#composed());
    on("blur", () => this.#scheduleCaret());
    on("focus", () => this.#scheduleCaret());
    document.addEventListener("selectionchange", () => this.#scheduleCaret(), { signal });
    this.#textarea.form?.addEventListener("submit", (event) => event.preventDefault(), { signal });
    this.#element.addEventListener("click", (event) => this.#click(event), { signal });
    this.#followScrolling(signal);
    new EditorKeys(this.#textarea, {
      signal,
      replace: (replacement) => this.#replace(replacement),
      undo: () => this.#undo(),
      redo: () => this.#redo(),
      nextView: () => this.#preview && this.#show(this.#preview.next()),
      save: () => this.#status.sayState(this.#session),
    });
  }

  /** The person changed the textarea; the session hears what changed. */
  #input(): void {
    if (this.#isComposing) return;
    const { value } = this.#textarea;
    const text = cleanText(value);
    if (text !== value) this.#setValue(text, this.#textarea.selectionEnd);
    const delta = diff(this.#session.text, text, this.#textarea.selectionEnd);
    this.#edited(delta);
  }

  #edited(delta: Delta): void {
    if (delta.length === 0) return;
    this.#session.edit(delta, Date.now());
    this.#carets.moved(delta);
    this.#scheduleWords();
    this.#flush();
  }

  #composed(): void {
    this.#isComposing = false;
    this.#input();
    for (const frame of this.#held.splice(0)) this.#receive(frame);
  }

  /** A key or a button changes the text as typing would. */
  #replace({ from, to, insert, start, end }: Replacement): void {
    if (this.#textarea.readOnly) return;
    const delta = normalize([from, insert, from - to]);
    this.#textarea.setRangeText(insert, from, to, "end");
    this.#textarea.setSelectionRange(start, end);
    this.#edited(delta);
    this.#textarea.focus();
  }

  #undo(): void {
    this.#takeBack(this.#session.undo());
  }

  #redo(): void {
    this.#takeBack(this.#session.redo());
  }

  #takeBack(delta: Delta | undefined): void {
    if (!delta) return;
    this.#patch(delta);
    const end = endOf(delta);
    this.#textarea.setSelectionRange(end, end);
    this.#flush();
  }

  /** Others' edits, without touching the person's selection or the place they look at. */
  #patch(delta: Delta): void {
    if (delta.length === 0) return;
    const { selectionStart, selectionEnd, selectionDirection, scrollTop } = this.#textarea;
    const isAbove = typeof delta[0] === "number" && delta[0] < selectionStart;
    const heightBefore = this.#textarea.scrollHeight;
    if (delta.length > STEPS_MAX) this.#textarea.value = this.#session.text;
    else applyTo(this.#textarea, delta);
    const start = transformPosition(selectionStart, delta, "before");
    const end = transformPosition(selectionEnd, delta, "before");
    this.#textarea.setSelectionRange(start, end, selectionDirection);
    // The line one writes on stays where it is, whatever happens above it.
    const grown = isAbove && this.#isFocused() ? this.#textarea.scrollHeight - heightBefore : 0;
    this.#textarea.scrollTop = scrollTop + grown;
    this.#carets.moved(delta);
    this.#scheduleWords();
  }

  #setValue(text: string, caret: number): void {
    this.#textarea.value = text;
    this.#textarea.setSelectionRange(caret, caret);
  }

  #setReadOnly(isReadOnly: boolean): void {
    this.#textarea.readOnly = isReadOnly;
    this.#status.setReadOnly(isReadOnly);
  }

  // ------------------------------------------------------------------------- buttons and views

  #click(event: Event): void {
    const button = event.target instanceof Element ? event.target.closest("button") : null;
    const { format: kind, view, undo, redo } = button?.dataset ?? {};
    if (kind) this.#replace(format(this.#selected(), kind as Format));
    else if (view) this.#show(view as View);
    else if (undo !== undefined) this.#undo();
    else if (redo !== undefined) this.#redo();
  }

  #show(view: View): void {
    this.#preview?.show(view);
    if (view === "read") this.#find("#editor-preview").focus();
    else this.#textarea.focus();
  }

  #selected() {
    const { value: text, selectionStart: start, selectionEnd: end } = this.#textarea;
    return { text, start, end };
  }

  #followScrolling(signal: AbortSignal): void {
    const pane = this.#element.querySelector<HTMLElement>("#editor-preview");
    const follow = () => pane && this.#preview?.follow(this.#textarea, pane);
    this.#textarea.addEventListener("scroll", follow, { signal, passive: true });
  }

  #dismissRefusal(): void {
    this.#session.dismissRefusal();
    this.#flush();
  }

  #scheduleWords(): void {
    clearTimeout(this.#wordsTimer);
    this.#wordsTimer = window.setTimeout(() => {
      this.#status.showText(this.#session.text);
    }, WORDS_MS);
  }

  // ---------------------------------------------------------------------------------- people

  #isFocused(): boolean {
    return document.activeElement === this.#textarea;
  }

  #ownCaret(): Caret | undefined {
    if (!this.#isFocused()) return undefined;
    const { selectionStart, selectionEnd, selectionDirection } = this.#textarea;
    return selectionDirection === "backward"
      ? [selectionEnd, selectionStart]
      : [selectionStart, selectionEnd];
  }

  #scheduleCaret(): void {
    if (this.#caretTimer !== 0) return;
    this.#caretTimer = window.setTimeout(() => {
      this.#caretTimer = 0;
      this.#sendCaret();
    }, CARET_MS);
  }

  /** A caret alone is told only while nothing is on its way; an edit carries its own. */
  #sendCaret(): void {
    if (!this.#session.isSettled || this.#session.closed) return;
    const caret = this.#ownCaret() ?? null;
    const { version } = this.#session;
    const sent = JSON.stringify([version, caret]);
    if (sent === this.#sentCaret) return;
    if (this.#live.send({ t: "caret", note: this.#note, version, caret })) this.#sentCaret = sent;
  }

  #showCaret(client: string, version: number, caret: Caret | null): void {
    if (client === this.#live.client) return;
    const at = caret?.map((position) => this.#session.shownPosition(position, version));
    const [anchor, head] = at ?? [];
    const isKnown = anchor !== undefined && head !== undefined;
    this.#carets.set(client, isKnown ? [anchor, head] : undefined);
  }

  #showPeople(people: Present[]): void {
    const others = people.filter(({ client }) => client !== this.#live.client);
    const isNews = others.some(({ client }) => !this.#clients.has(client));
    this.#clients = new Set(others.map(({ client }) => client));
    this.#carets.setPeers(others);
    this.#people.show(people, this.#live.client);
    if (!isNews) return;
    // Whoever just came has not seen where one is.
    this.#sentCaret = "";
    this.#scheduleCaret();
  }

  #find(selector: string): HTMLElement {
    const found = this.#element.querySelector<HTMLElement>(selector);
    if (!found) throw new Error(`Cannot start the editor: expected "${selector}" in the page`);
    return found;
  }
}

/** Applies a delta step by step, so that the browser keeps what it need not touch. */
function applyTo(textarea: HTMLTextAreaElement, delta: Delta): void {
  let position = 0;
  for (const component of delta) {
    if (typeof component === "string") {
      textarea.setRangeText(component, position, position, "preserve");
      position += component.length;
    } else if (component > 0) position += component;
    else textarea.setRangeText("", position, position - component, "preserve");
  }
}

/** Where the last change of a delta ends, in the text after it. */
function endOf(delta: Delta): number {
  let position = 0;
  for (const component of delta) {
    if (typeof component === "string") position += component.length;
    else if (component > 0) position += component;
  }
  return position;
}
