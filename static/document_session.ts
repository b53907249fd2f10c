/**
 * A note as one tab knows it: the text that the server has confirmed, the edits on top that it has not,
 * and the text that is shown. Pure: no page, no clock, no randomness, no socket; what happens is passed
 * in, and what is to be sent and shown is asked for.
 *
 * Edits that wait are operations in a queue, each made after the one before it. The first may be in
 * flight; typing is composed into the last as long as that was never sent. What others did passes
 * through the queue from left to right, as docs/protocol.md says, and what comes out is shown.
 */

import {
  apply,
  compose,
  type Delta,
  diffWords,
  invert,
  isEmpty,
  transformPosition,
} from "../actors/delta.ts";
import type {
  Caret,
  EditFrame,
  Entry,
  ErrorFrame,
  NoteFrame,
  OpenFrame,
} from "./document_frames.ts";
import { History } from "./document_history.ts";
import {
  applyAll,
  catchUp,
  composeAll,
  copyOperations,
  type Doubt,
  fitAll,
  insertedText,
  type Kept,
  moveOperations,
  type Operation,
  type Refusal,
} from "./document_operations.ts";
import { Pace } from "./document_pace.ts";

/** What a frame leads to. */
export interface Change {
  /** What to do to the text that is shown. */
  patch: Delta;
  /** Where others' carets went with their edits, in the text that is shown. */
  carets: { client: string; caret: Caret }[];
}

/** How things stand with what was typed. */
export type SaveState = "saved" | "saving" | "offline" | "refused";

/** What a session begins with. */
export interface SessionOptions {
  note: string;
  version: number;
  text: string;
  mode: "write" | "read";
  /** Makes the id of an edit. */
  mintId(): string;
}

/** Confirmed deltas that are kept to move carets that come late. */
const RECENT_MAX = 200;
/** Errors after which an edit is given up; after any other it is sent again later. */
const FATAL = /^(bad_delta|invalid_text|too_large|forbidden|gone|quarantined|not_found|too_old)$/;
/** Errors after which a note cannot be opened. */
const SHUT = /^(forbidden|gone|not_found)$/;
/**
 * How to ask whether the server has an operation: it answers a repeated id before it looks at the
 * delta, and refuses one that fits no text.
 */
const MISFIT: Delta = [-(2 ** 40)];
/** How it says that it has not. */
const UNKNOWN = /^(bad_delta|too_old)$/;

/** One note in one tab. */
export class DocumentSession {
  readonly #note: string;
  readonly #mode: "write" | "read";
  readonly #mintId: () => string;
  readonly #history = new History();
  /** What the server has. */
  #version: number;
  #confirmed: string;
  #recent: Delta[] = [];
  #queue: Operation[] = [];
  #text: string;
  /** What dead tabs left behind, not yet taken over; the first one while the note is being opened. */
  #waiting: Kept[] = [];
  #adopting: Kept | undefined;
  #doubt: Doubt | undefined;
  /** How often the server was asked for the operation in doubt, without an answer yet. */
  #questions = 0;
  #refusal: Refusal | undefined;

  #connected = false;
  #opened = false;
  /** Whether the line was lost, and the note not opened again since. */
  #offline = false;
  #closed: "revoked" | "trashed" | undefined;
  readonly #opening = new Pace();
  readonly #editing = new Pace();
  #problem: string | undefined;

  constructor({ note, version, text, mode, mintId }: SessionOptions) {
    this.#note = note;
    this.#version = version;
    this.#confirmed = text;
    this.#text = text;
    this.#mode = mode;
    this.#mintId = mintId;
  }

  /** The text that is shown. */
  get text(): string {
    return this.#text;
  }

  /** The newest version that the server has confirmed. */
  get version(): number {
    return this.#version;
  }

  /** How things stand with what was typed. */
  get saveState(): SaveState {
    if (this.#refusal) return "refused";
    if (this.#offline) return "offline";
    return this.isSettled ? "saved" : "saving";
  }

  /** Whether the server has everything. */
  get isSettled(): boolean {
    return this.#isIdle && this.#waiting.length === 0;
  }

  /** Why saving has to wait, as the server said it. */
  get problem(): string | undefined {
    return this.#problem;
  }

  /** What was not accepted, until it is dismissed. */
  get refusal(): Refusal | undefined {
    return this.#refusal;
  }

  /** Why the note cannot be written anymore. */
  get closed(): "revoked" | "trashed" | undefined {
    return this.#closed;
  }

  /** Takes what the person did to the text that is shown. */
  edit(delta: Delta, now: number): void {
    if (isEmpty(delta)) return;
    this.#history.record(delta, this.#text, now);
    this.#enqueue(delta);
  }

  /**
   * Takes the last edit of one's own back; answers what that does to the text. Not while operations are
   * in doubt: what one typed may be shown twice until the server has answered, and only one goes away.
   */
  undo(): Delta | undefined {
    return this.#doubt ? undefined : this.#enqueue(this.#history.undo(this.#text));
  }

  /** Does again what was taken back last. */
  redo(): Delta | undefined {
    return this.#doubt ? undefined : this.#enqueue(this.#history.redo(this.#text));
  }

  /** The person has seen what was not accepted. */
  dismissRefusal(): void {
    this.#refusal = undefined;
  }

  /** The line is there: the note has to be opened. */
  connected(): void {
    this.#connected = true;
    this.#rejoin();
  }

  /** The line is lost. */
  disconnected(): void {
    this.#connected = false;
    this.#opened = false;
    this.#offline = true;
    this.#questions = 0;
  }

  /** What to send now, if anything. The caret is the one in the text that is shown. */
  nextFrame(now: number, caret?: Caret): OpenFrame | EditFrame | undefined {
    if (!this.#connected) return undefined;
    if (this.#opened && this.#isIdle && this.#waiting.length > 0) this.#rejoin();
    if (!this.#opened) return this.#nextOpen(now);
    if (this.#closed || now < this.#editing.nextAt) return undefined;
    const edit = this.#nextEdit();
    if (!edit) return undefined;
    this.#editing.sent(now);
    const isLast = this.#queue.length === 1 && !this.#doubt;
    return caret && isLast ? { ...edit, caret } : edit;
  }

  /** When to ask for the next frame again at the latest. */
  wakeAt(): number | undefined {
    if (!this.#connected || this.#closed || (this.#opened && this.#isIdle)) return undefined;
    return (this.#opened ? this.#editing : this.#opening).nextAt;
  }

  /** What has to be kept in case the tab dies; with the text where that is asked for. */
  keep(withBase: boolean): Kept[] {
    const kept = [...this.#waiting];
    const own: Kept = { version: this.#version, operations: copyOperations(this.#queue) };
    if (this.#doubt) {
      const { version, base, operations, accepted, shown } = this.#doubt;
      const older: Kept = { version, operations: copyOperations(operations) };
      if (base !== undefined) older.base = base;
      if (accepted < operations.length) kept.push(older);
      const copies = own.operations.splice(0, shown);
      moveOperations(own.operations, invert(composeAll(copies), this.#confirmed));
    }
    if (withBase) own.base = this.#confirmed;
    if (this.#refusal) own.refusal = this.#refusal;
    return own.refusal || own.operations.length > 0 ? [...kept, own] : kept;
  }

  /** Takes over what dead tabs left behind. */
  adopt(kept: readonly Kept[]): void {
    for (const { refusal, operations, ...rest } of kept) {
      if (refusal) this.#addRefusal(refusal);
      // The tab may have died after it sent them, and before it could note that.
      const sealed = operations.map((operation) => ({ ...operation, sealed: true }));
      if (sealed.length > 0) this.#waiting.push({ ...rest, operations: sealed });
    }
  }

  /** Where a position in a version's text is in the text that is shown, if that can be said. */
  shownPosition(position: number, version: number): number | undefined {
    const missed = this.#version - version;
    if (missed < 0 || missed > this.#recent.length) return undefined;
    const deltas = this.#recent.slice(this.#recent.length - missed);
    for (const { delta } of this.#queue) deltas.push(delta);
    const shown = deltas.reduce((at, delta) => transformPosition(at, delta, "before"), position);
    return Math.min(shown, this.#text.length);
  }

  /** Takes a frame from the server. */
  receive(frame: NoteFrame, now: number): Change {
    const change: Change = { patch: [], carets: [] };
    switch (frame.t) {
      case "opened":
        this.#receiveOpened(frame.version, frame.deltas ?? [], change);
        break;
      case "reset":
        this.#receiveReset(frame.version, frame.text, change);
        break;
      case "deltas":
        this.#receiveEntries(frame.from, frame.list, change);
        break;
      case "ack":
        this.#receiveAck(frame.id, frame.version, change);
        break;
      case "error":
        this.#receiveError(frame, now, change);
        break;
      default:
        this.#close(frame.t, change);
    }
    return change;
  }

  get #isIdle(): boolean {
    return this.#queue.length === 0 && !this.#doubt;
  }

  /** The operation that is in flight, or would be next. */
  get #head(): Operation | undefined {
    return this.#doubt ? this.#doubt.operations[this.#doubt.accepted] : this.#queue[0];
  }

  #enqueue(delta: Delta | undefined): Delta | undefined {
    if (!delta) return undefined;
    this.#text = apply(this.#text, delta);
    const last = this.#queue.at(-1);
    if (!last || last.sealed) this.#queue.push({ id: this.#mintId(), delta, sealed: false });
    else {
      last.delta = compose(last.delta, delta);
      if (isEmpty(last.delta)) this.#queue.pop();
    }
    return delta;
  }

  /** Joins from the version one has, or from the older one of what was left behind. */
  #nextOpen(now: number): OpenFrame | undefined {
    if (now < this.#opening.nextAt || (this.#closed && this.#opening.isWaiting)) return undefined;
    this.#opening.sent(now);
    this.#adopting = this.#isIdle ? this.#waiting[0] : undefined;
    const version = Math.min(this.#version, this.#adopting?.version ?? this.#version);
    return { t: "open", note: this.#note, version, mode: this.#mode };
  }

  #nextEdit(): EditFrame | undefined {
    if (!this.#doubt) this.#dropEmpty();
    const head = this.#head;
    if (!head) return undefined;
    head.sealed = true;
    const edit = { t: "edit", note: this.#note, id: head.id } as const;
    if (this.#doubt) {
      this.#questions += 1;
      return { ...edit, base: this.#doubt.version, delta: MISFIT };
    }
    return { ...edit, base: this.#version, delta: head.delta };
  }

  /** Others may have left nothing of an edit. Had it been accepted before, it comes as theirs. */
  #dropEmpty(): void {
    while (this.#queue[0] && isEmpty(this.#queue[0].delta)) this.#queue.shift();
  }

  #rejoin(): void {
    this.#opened = false;
    this.#opening.reset();
  }

  #receiveOpened(version: number, entries: readonly Entry[], change: Change): void {
    const from = version - entries.length;
    const kept = this.#adopting;
    if (from > Math.min(this.#version, kept?.version ?? from)) {
      this.#rejoin();
      return;
    }
    this.#receiveEntries(from, entries, change);
    if (kept) {
      this.#waiting.shift();
      this.#insert(catchUp(kept, entries.slice(kept.version - from)), change);
    }
    this.#joined();
  }

  /** The server's text replaces ours; what was typed is moved over the difference. */
  #receiveReset(version: number, text: string, change: Change): void {
    const kept = this.#adopting;
    if (!kept && !this.#doubt && this.#queue[0]?.sealed) {
      const own = { version: this.#version, operations: this.#queue, base: this.#confirmed };
      this.#queue = this.#doubtAbout(own, this.#queue);
    }
    this.#confirm(diffWords(this.#confirmed, text), version, change);
    this.#recent = [];
    if (kept) {
      this.#waiting.shift();
      const copies = kept.base === undefined ? [] : copyOperations(kept.operations);
      moveOperations(copies, diffWords(kept.base ?? "", text));
      this.#doubtAbout(kept, this.#insert(copies, change));
    }
    this.#joined();
  }

  /** Begins to ask for operations; answers what of them is shown meanwhile. */
  #doubtAbout({ version, base, operations }: Kept, shown: readonly Operation[]): Operation[] {
    const originals = copyOperations(operations);
    this.#doubt = { version, base, operations: originals, accepted: 0, shown: shown.length };
    return shown.map((operation) => ({ ...operation, sealed: true }));
  }

  #joined(): void {
    this.#opened = true;
    this.#offline = false;
    this.#closed = undefined;
    this.#adopting = undefined;
    this.#problem = undefined;
    this.#editing.reset();
  }

  #receiveEntries(from: number, entries: readonly Entry[], change: Change): void {
    if (from > this.#version) {
      if (this.#opened) this.#rejoin();
      return;
    }
    const carets: { client: string; caret: Caret; version: number }[] = [];
    for (const { id, by, d, c } of entries.slice(this.#version - from)) {
      const version = this.#version + 1;
      if (this.#head?.id === id) this.#accept(d, version, change);
      else {
        this.#confirm(d, version, change);
        if (c) carets.push({ client: by, caret: c, version });
      }
    }
    for (const { client, caret, version } of carets) {
      const [anchor, head] = caret.map((position) => this.shownPosition(position, version));
      if (anchor === undefined || head === undefined) continue;
      change.carets.push({ client, caret: [anchor, head] });
    }
  }

  /** Somebody else's edit, or the difference to a newer text, as the next version. */
  #confirm(delta: Delta, version: number, change: Change): void {
    this.#confirmed = apply(this.#confirmed, delta);
    this.#version = version;
    this.#recent.push(delta);
    if (this.#recent.length > RECENT_MAX) this.#recent.shift();
    this.#show(moveOperations(this.#queue, delta), change);
  }

  /** One's own operation came back, as this delta. */
  #accept(delta: Delta, version: number, change: Change): void {
    if (this.#doubt) {
      this.#confirm(delta, version, change);
      this.#learn(true, change);
    } else this.#settle(delta, version, change);
  }

  /** The first of the queue is part of the confirmed text now. */
  #settle(delta: Delta, version: number, change: Change): void {
    const head = this.#queue.shift();
    if (!head) return;
    this.#editing.reset();
    this.#problem = undefined;
    const isSame = JSON.stringify(head.delta) === JSON.stringify(delta);
    const correction = isSame ? [] : compose(invert(head.delta, this.#confirmed), delta);
    this.#confirmed = apply(this.#confirmed, delta);
    if (version > this.#version) this.#recent.push(delta);
    this.#version = version;
    this.#show(moveOperations(this.#queue, correction), change);
  }

  /** Whether the server had the operation in doubt. What comes after one it had not, it has not. */
  #learn(isAccepted: boolean, change: Change): void {
    const doubt = this.#doubt;
    if (!doubt) return;
    this.#editing.reset();
    if (isAccepted) {
      doubt.accepted += 1;
      this.#questions = 0;
    }
    if (!isAccepted || !this.#head) this.#resolve(doubt, change);
  }

  /** Replaces what was shown in doubt by what is to be done to the server's text. */
  #resolve({ base, operations, accepted, shown }: Doubt, change: Change): void {
    this.#doubt = undefined;
    const copies = composeAll(this.#queue.splice(0, shown));
    let rest = operations.slice(accepted);
    if (base === undefined) {
      this.#handOut(rest);
      rest = [];
    } else {
      const before = applyAll(base, operations.slice(0, accepted));
      moveOperations(rest, diffWords(before, this.#confirmed));
    }
    const wanted = composeAll(rest);
    const isSame = JSON.stringify(copies) === JSON.stringify(wanted);
    const correction = isSame ? [] : compose(invert(copies, this.#confirmed), wanted);
    const patch = moveOperations(this.#queue, correction);
    this.#queue.unshift(...rest);
    this.#show(patch, change);
  }

  #show(patch: Delta, change: Change): void {
    if (isEmpty(patch)) return;
    this.#text = apply(this.#text, patch);
    this.#history.others(patch);
    change.patch = compose(change.patch, patch);
  }

  /** Puts operations made against the confirmed text before those of the queue, where they fit. */
  #insert(operations: Operation[], change: Change): Operation[] {
    if (!fitAll(operations, this.#confirmed.length)) {
      this.#handOut(operations);
      return [];
    }
    const patch = moveOperations(this.#queue, composeAll(operations));
    this.#queue.unshift(...operations);
    this.#show(patch, change);
    return operations;
  }

  #receiveAck(id: string, version: number, change: Change): void {
    if (this.#head?.id !== id) return;
    if (version > this.#version) this.#rejoin();
    else if (this.#doubt) this.#learn(true, change);
    // It is in the confirmed text already, so that what is shown has it twice.
    else this.#settle([], this.#version, change);
  }

  #receiveError(frame: ErrorFrame, now: number, change: Change): void {
    const { id, code } = frame;
    if (id === undefined && !this.#opened) {
      if (SHUT.test(code)) this.#close(code === "gone" ? "trashed" : "revoked", change);
      else {
        this.#problem = frame.message;
        this.#opening.failed(now, frame.retryAfterSeconds);
      }
    } else if (id !== undefined && id === this.#head?.id) this.#editFailed(frame, now, change);
  }

  #editFailed({ code, message, retryAfterSeconds }: ErrorFrame, now: number, change: Change): void {
    if (this.#questions > 0 && UNKNOWN.test(code)) {
      // A question that was asked twice is answered twice, even after the first answer was enough.
      this.#questions -= 1;
      this.#learn(false, change);
    } else if (FATAL.test(code)) this.#refuse(code, message, change);
    else {
      // The server does not know the note as open here.
      if (code === "invalid") {
        this.#opened = false;
        this.#opening.failed(now);
      }
      this.#problem = message;
      this.#editing.failed(now, retryAfterSeconds);
    }
  }

  #close(why: "revoked" | "trashed", change: Change): void {
    this.#closed = why;
    if (this.#isIdle) return;
    if (why === "trashed") this.#refuse("gone", "The note is in the trash", change);
    else this.#refuse("forbidden", "You may not see this note anymore", change);
  }

  /** Takes everything unconfirmed back and hands it out. */
  #refuse(code: string, message: string, change: Change): void {
    const hidden = this.#doubt?.shown === 0 ? this.#doubt.operations : [];
    if (hidden.length > 0) this.#handOut(hidden);
    this.#addRefusal({ code, message, text: this.#text, inserted: insertedText(this.#queue) });
    const all = composeAll(this.#queue);
    this.#queue = [];
    this.#doubt = undefined;
    this.#editing.reset();
    this.#show(invert(all, this.#confirmed), change);
    this.#history.clear();
  }

  /** Hands out what was typed in a text that is not known anymore. */
  #handOut(operations: readonly Operation[]): void {
    const inserted = insertedText(operations);
    if (inserted === "") return;
    const message = "The note has changed too much since this was typed";
    this.#addRefusal({ code: "too_old", message, text: this.#text, inserted });
  }

  #addRefusal(refusal: Refusal): void {
    const before = this.#refusal;
    const inserted = before ? `${before.inserted}\n${refusal.inserted}` : refusal.inserted;
    this.#refusal = { ...refusal, inserted };
  }
}
