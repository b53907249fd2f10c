/** The writing side of the editor island: one textarea, its session, and everything around them. */

import {
  cleanText,
  type Delta,
  diff,
  isPlainText,
  normalize,
  transformPosition,
} from "../../actors/delta.ts";
import type { Frame, Live, LiveState } from "../shell/live.ts";
import { LivePieces } from "../shell/live_pieces.ts";
import { Carets } from "./carets.ts";
import type { Caret, NoteFrame, Present } from "./frames.ts";
import { EditorKeys } from "./key_bindings.ts";
import { type Format, format, type Replacement } from "./keys.ts";
import type { Mentions, MentionsOptions } from "./mentions.ts";
import type { Kept } from "./operations.ts";
import { OwnCaret } from "./own_caret.ts";
import { Pending } from "./pending.ts";
import { People } from "./people.ts";
import { Preview, type View } from "./preview.ts";
import { DocumentSession } from "./session.ts";
import { EditorStatus } from "./status.ts";

/** Frames that the session takes. */
const SESSION_FRAMES = ["opened", "reset", "deltas", "ack", "role", "revoked", "trashed", "error"];
const WORDS_MS = 500;
/** Up to here the text itself is kept on the device beside what was typed, for a better merge. */
const KEPT_TEXT_UNITS_MAX = 100_000;
/** A patch of more steps replaces the text at once. */
const STEPS_MAX = 40;
/** Somebody who goes on to another page leaves what is on its way so long to arrive. */
const LEAVING_MS = 10_000;

/** The editor that a note is open in, so that one that leaves late does not close it for the next. */
const editors = new Map<string, Editor>();

/** One note being written. */
export class Editor {
  readonly #element: HTMLElement;
  readonly #textarea: HTMLTextAreaElement;
  readonly #live: Live;
  readonly #note: string;
  readonly #session: DocumentSession;
  readonly #pieces = new LivePieces();
  readonly #carets: Carets;
  readonly #people: People;
  readonly #preview: Preview | undefined;
  readonly #pending: Pending;
  readonly #caret: OwnCaret;
  readonly #status: EditorStatus;
  readonly #listening = new AbortController();
  readonly #offs: (() => void)[];
  /** Once the first "@" was typed. */
  #mentions: Mentions | undefined;
  #isComposing = false;
  /** Frames that came while an input method was composing, which must not be disturbed. */
  #held: NoteFrame[] = [];
  #wakeTimer = 0;
  #wordsTimer = 0;
  #leavingTimer = 0;
  #clients: ReadonlySet<string> = new Set();

  constructor(element: HTMLElement, textarea: HTMLTextAreaElement, live: Live) {
    this.#element = element;
    this.#textarea = textarea;
    this.#live = live;
    this.#note = element.dataset.note ?? "";
    const { version, etag } = element.dataset;
    this.#session = new DocumentSession({
      ...{ note: this.#note, version: Number(version), etag, text: textarea.defaultValue },
      ...{ mode: "write", mintId: () => crypto.randomUUID() },
    });
    this.#status = new EditorStatus(element, () => this.#discard());
    this.#carets = new Carets(textarea, this.#find("#editor-carets"), this.#find("#editor-mirror"));
    const list = document.querySelector<HTMLElement>("#editor-people");
    this.#people = new People(list, (words) => this.#status.say(words));
    const container = element.querySelector<HTMLElement>("#editor-preview");
    this.#preview = container ? new Preview(element, container, live) : undefined;
    const user = element.dataset.user ?? element.dataset.key ?? "";
    this.#pending = new Pending(this.#note, user, () => this.#unconfirmed());
    this.#caret = new OwnCaret(textarea, (caret) => this.#sendCaret(caret));
    editors.set(this.#note, this);
    this.#listen();
    this.#offs = this.#follow();
    // What was typed before this script was here.
    this.#input();
    this.#pending.start((kept) => {
      this.#session.adopt(kept);
      this.#flush();
    });
    // From now on everything is saved by itself; until then the form saves.
    element.dataset.started = "";
  }

  /** Leaves the page. The note is left when all is saved, or what is not is on this device. */
  stop(): void {
    if (this.#isComposing) this.#composed();
    clearTimeout(this.#wordsTimer);
    this.#listening.abort();
    this.#caret.stop();
    this.#carets.stop();
    this.#status.stop();
    this.#pending.flush();
    this.#leavingTimer = window.setTimeout(() => this.#leave(), LEAVING_MS);
    this.#flush();
  }

  #leave(): void {
    clearTimeout(this.#leavingTimer);
    clearTimeout(this.#wakeTimer);
    for (const off of this.#offs) off();
    this.#pending.stop();
    if (editors.get(this.#note) !== this) return;
    editors.delete(this.#note);
    this.#live.send({ t: "close", note: this.#note });
  }

  get #isLeaving(): boolean {
    return this.#leavingTimer !== 0;
  }

  get #mayLeave(): boolean {
    return this.#session.isSettled || this.#session.saveState === "offline";
  }

  // ------------------------------------------------------------------------------- the socket

  #follow(): (() => void)[] {
    const handlers: Record<string, (frame: Frame) => void> = {
      // What continues a text is taken by the pieces.
      more: () => {},
      caret: ({ client, version, caret }) => this.#showCaret(client, version, caret),
      presence: ({ people }) => this.#showPeople(people),
      preview: (frame) => this.#preview?.receive(frame),
      restored: () => {
        this.#session.connected();
        this.#flush();
      },
    };
    for (const type of SESSION_FRAMES) {
      handlers[type] = (frame) => this.#receive(frame as NoteFrame);
    }
    const take = (frame: Frame) => {
      if (frame.note !== this.#note) return;
      for (const whole of this.#pieces.take(frame)) handlers[whole.t]?.(whole);
    };
    return [
      ...Object.keys(handlers).map((type) => this.#live.on(type, take)),
      this.#live.onState((state) => this.#stateChanged(state)),
    ];
  }

  #stateChanged(state: LiveState): void {
    // What was not whole does not go on in another connection.
    this.#pieces.clear();
    if (state === "open") this.#session.connected();
    else if (state !== "connecting") {
      this.#session.disconnected();
      for (const client of this.#clients) this.#carets.set(client, undefined);
    }
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
      this.#caret.forget();
    }
    this.#textarea.readOnly = this.#session.closed !== undefined;
    this.#caret.changed();
    this.#flush();
  }

  /** Sends what may be sent, keeps what is not confirmed, and says how things stand. */
  #flush(): void {
    this.#sendNext();
    clearTimeout(this.#wakeTimer);
    if (this.#isLeaving && this.#mayLeave) {
      this.#leave();
      return;
    }
    if (!this.#isLeaving) this.#status.show(this.#session);
    const wakeAt = this.#session.wakeAt();
    if (wakeAt !== undefined) {
      this.#wakeTimer = window.setTimeout(() => this.#flush(), Math.max(20, wakeAt - Date.now()));
    }
    this.#pending.changed(this.#session.saveState === "offline");
  }

  #sendNext(): void {
    for (;;) {
      const caret = this.#caret.value;
      const frame = this.#session.nextFrame(Date.now(), caret);
      if (!frame) return;
      const isAway = frame.t === "open" && document.hidden;
      if (!this.#live.send(isAway ? { ...frame, away: true } : frame)) return;
      if (caret && "caret" in frame) this.#caret.told(caret);
    }
  }

  /** What would be lost with the tab. The text goes with it only where it has to wait for long. */
  #unconfirmed(): Kept[] {
    const isSmall = this.#session.text.length <= KEPT_TEXT_UNITS_MAX;
    return this.#session.keep(isSmall && this.#session.saveState !== "saving");
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
    on("blur", () => this.#caret.changed());
    on("focus", () => this.#caret.changed());
    document.addEventListener("selectionchange", () => this.#caret.changed(), { signal });
    addEventListener("pagehide", () => this.#pending.flush(), { signal });
    document.addEventListener("visibilitychange", () => this.#pending.flush(), { signal });
    const save = (event: Event) => {
      event.preventDefault();
      this.#status.sayState(this.#session);
    };
    this.#textarea.form?.addEventListener("submit", save, { signal });
    this.#element.addEventListener("click", (event) => this.#click(event), { signal });
    this.#followScrolling(signal);
    this.#awaitSign(signal);
    new EditorKeys(this.#textarea, {
      signal,
      replace: (replacement) => this.#replace(replacement),
      undo: () => this.#undo(),
      redo: () => this.#redo(),
    });
  }

  /** People are offered from the first "@" on; until then nobody loads what that takes. */
  #awaitSign(signal: AbortSignal): void {
    const { mentionsSrc } = this.#element.dataset;
    const textarea = this.#textarea;
    const load = async () => {
      if (!mentionsSrc || textarea.value[textarea.selectionEnd - 1] !== "@") return;
      textarea.removeEventListener("input", load);
      const bundle = await import(mentionsSrc).catch(() => undefined);
      if (signal.aborted) return;
      // Without a line a name is typed as it is; the next sign asks again.
      if (!bundle) return textarea.addEventListener("input", load, { signal });
      const { mount } = bundle as { mount(options: MentionsOptions): Mentions };
      this.#mentions = mount({
        textarea,
        signal,
        list: this.#find("#editor-mentions"),
        url: `/notes/${this.#note}/people`,
        replace: (replacement) => this.#replace(replacement),
        placeOf: (position) => this.#carets.placeOf(position),
        say: (words) => this.#status.say(words),
      });
    };
    textarea.addEventListener("input", load, { signal });
  }

  /** The person changed the textarea; the session hears what changed. */
  #input(): void {
    if (this.#isComposing) return;
    const { value, selectionEnd } = this.#textarea;
    const delta = diff(this.#session.text, value, selectionEnd);
    if (delta.every((part) => typeof part === "number" || isPlainText(part))) {
      this.#edited(delta);
      return;
    }
    const text = cleanText(value);
    this.#setValue(text, selectionEnd);
    this.#edited(diff(this.#session.text, text, selectionEnd));
  }

  #edited(delta: Delta): void {
    if (delta.length === 0) return;
    this.#session.edit(delta, Date.now());
    this.#moved(delta);
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
    this.#endComposing();
    const delta = normalize([from, insert, from - to]);
    this.#textarea.setRangeText(insert, from, to, "end");
    this.#textarea.setSelectionRange(start, end);
    this.#edited(delta);
    this.#textarea.focus();
  }

  /** A finger on a button leaves the input method at its word, which the session does not know yet. */
  #endComposing(): void {
    if (!this.#isComposing) return;
    this.#textarea.blur();
    if (this.#isComposing) this.#composed();
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
    this.#moved(delta);
  }

  #moved(delta: Delta): void {
    this.#carets.moved(delta);
    this.#caret.moved(delta);
    this.#mentions?.moved(delta);
    this.#scheduleWords();
  }

  #setValue(text: string, caret: number): void {
    this.#textarea.value = text;
    this.#textarea.setSelectionRange(caret, caret);
  }

  // ------------------------------------------------------------------------- buttons and views

  #click(event: Event): void {
    const button = event.target instanceof Element ? event.target.closest("button") : null;
    const { format: kind, view, nextView, undo, redo } = button?.dataset ?? {};
    if (kind) this.#replace(format(this.#selected(), kind as Format));
    else if (view) this.#show(view as View);
    else if (undo !== undefined) this.#undo();
    else if (redo !== undefined) this.#redo();
    else if (nextView !== undefined) this.#show(this.#preview?.next() ?? "write");
    // Nobody can point at it there: its key was pressed.
    else if (event.target === this.#textarea && this.#preview?.view === "read") this.#show("write");
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

  #discard(): void {
    this.#patch(this.#session.discard());
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

  /** A caret alone is told only while nothing is on its way. */
  #sendCaret(caret: Caret | null): boolean {
    if (!this.#session.isSettled || this.#session.closed) return false;
    const { revision } = this.#session;
    return this.#live.send({ t: "caret", note: this.#note, ...revision, caret });
  }

  #showCaret(client: string, version: number, caret: Caret | null): void {
    if (client === this.#live.client) return;
    this.#carets.set(client, caret ? this.#session.shownCaret(caret, version) : undefined);
  }

  #showPeople(people: Present[]): void {
    const others = people.filter(({ client }) => client !== this.#live.client);
    const isNews = others.some(({ client }) => !this.#clients.has(client));
    this.#clients = new Set(others.map(({ client }) => client));
    this.#carets.setPeers(others);
    this.#people.show(people, this.#live.client);
    if (!isNews) return;
    // Whoever just came has not seen where one is.
    this.#caret.forget();
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
