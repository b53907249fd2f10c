/**
 * A note as one tab knows it: the text that the server has confirmed, the edits on top that it has not,
 * and the text that is shown. Pure: no page, no clock, no randomness, no socket; what happens is passed
 * in, and what is to be sent and shown is asked for.
 *
 * Edits that wait are operations in a queue, each made after the one before it. The first may be in
 * flight; typing is composed into the last as long as that was never sent and does not grow too large:
 * what is in the queue is never cut, because a dead tab may have kept it whole. What others did passes
 * through the queue from left to right, as docs/protocol.md says, and what comes out is shown.
 */

import {
  apply,
  compose,
  type Delta,
  diffWords,
  invert,
  isEmpty,
  type SplitLimits,
} from "../../actors/delta.ts";
import { FATAL, MISFIT, REOPENED, SHUT, shutBy, UNKNOWN } from "./errors.ts";
import type {
  Caret,
  EditFrame,
  Entry,
  ErrorFrame,
  NoteFrame,
  OpenFrame,
  ResetFrame,
  Revision,
} from "./frames.ts";
import { History } from "./history.ts";
import {
  applyAll,
  catchUp,
  composeAll,
  copyOperations,
  correctionOf,
  cut,
  cutLarge,
  type Doubt,
  fitAll,
  insertedText,
  isAbout,
  isTooLarge,
  type Kept,
  keepDoubt,
  makeOperations,
  moveOperations,
  OPERATION_MAX,
  type Operation,
  type Refusal,
} from "./operations.ts";
import { Pace } from "./pace.ts";
import { moveCaret, RecentDeltas } from "./recent.ts";
import { Refusals } from "./refusals.ts";
import type { Change, Closed, SaveState, SessionOptions, Shut } from "./types.ts";

/** One note in one tab. */
export class DocumentSession {
  readonly #note: string;
  readonly #mode: "write" | "read";
  readonly #mintId: () => string;
  readonly #max: SplitLimits;
  readonly #history = new History();
  /** What the server has. */
  #version: number;
  #etag: string | undefined;
  #confirmed: string;
  readonly #recent = new RecentDeltas();
  #queue: Operation[] = [];
  #text: string;
  /** What dead tabs left behind, not yet taken over; the first one while the note is being opened. */
  #waiting: Kept[] = [];
  #adopting: Kept | undefined;
  #doubt: Doubt | undefined;
  /** How often the server was asked for the operation in doubt, without an answer yet. */
  #questions = 0;
  readonly #refusals = new Refusals();

  #connected = false;
  #opened = false;
  /** Whether the server has said on this line that it knows what is confirmed. */
  #isKnown = false;
  /** Whether the line was lost, and the note not opened again since. */
  #offline = false;
  #shut: Shut | undefined;
  #mayOnlyRead = false;
  readonly #opening = new Pace();
  readonly #editing = new Pace();
  #problem: string | undefined;

  constructor(options: SessionOptions) {
    const { note, version, etag, text, mode, mintId, operationMax = OPERATION_MAX } = options;
    this.#note = note;
    this.#version = version;
    this.#etag = etag;
    this.#confirmed = text;
    this.#text = text;
    this.#mode = mode;
    this.#mintId = mintId;
    this.#max = operationMax;
  }

  /** The text that is shown. */
  get text(): string {
    return this.#text;
  }

  /** The newest version that the server has confirmed. */
  get revision(): Revision {
    return { version: this.#version, etag: this.#etag };
  }

  /** How things stand with what was typed. */
  get saveState(): SaveState {
    if (this.refusal || (this.closed && !this.#isIdle)) return "refused";
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
    return this.#refusals.current;
  }

  /** Why the note cannot be written now. What was typed is sent as soon as it can. */
  get closed(): Closed | undefined {
    return this.#shut ?? (this.#mayOnlyRead ? "read" : undefined);
  }

  /** What was typed and is not saved, for a person to copy. */
  get unsaved(): string {
    const isWaiting = this.closed && !this.#isIdle;
    return this.#refusals.join(isWaiting ? insertedText(this.#queue) || this.#text : "");
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

  /** The person does not want what is not saved; answers what that does to the text. */
  discard(): Delta {
    const change: Change = { patch: [], carets: [] };
    this.#refusals.dismiss();
    if (this.closed) this.#takeBack(change);
    return change.patch;
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
    this.#isKnown = false;
    this.#offline = true;
    this.#questions = 0;
  }

  /** What to send now, if anything. The caret is the one in the text that is shown. */
  nextFrame(now: number, caret?: Caret): OpenFrame | EditFrame | undefined {
    if (!this.#connected) return undefined;
    if (this.#opened && this.#isIdle && this.#waiting.length > 0) this.#rejoin();
    if (!this.#opened) return this.#nextOpen(now);
    if (this.closed || now < this.#editing.nextAt) return undefined;
    const edit = this.#nextEdit();
    if (!edit) return undefined;
    this.#editing.sent(now);
    const isLast = this.#queue.length === 1 && !this.#doubt;
    return caret && isLast ? { ...edit, caret } : edit;
  }

  /** When to ask for the next frame again at the latest. */
  wakeAt(): number | undefined {
    if (!this.#connected || this.#shut) return undefined;
    if (this.#opened && (this.closed || this.#isIdle)) return undefined;
    return (this.#opened ? this.#editing : this.#opening).nextAt;
  }

  /** What has to be kept in case the tab dies; with the text where that is asked for. */
  keep(withBase: boolean): Kept[] {
    const kept = [...this.#waiting];
    const own: Kept = { ...this.revision, operations: copyOperations(this.#queue) };
    if (this.#doubt) {
      const { operations, accepted, shown } = this.#doubt;
      if (accepted < operations.length) kept.push(keepDoubt(this.#doubt));
      const copies = own.operations.splice(0, shown);
      moveOperations(own.operations, invert(composeAll(copies), this.#confirmed));
    }
    if (withBase) own.base = this.#confirmed;
    if (this.refusal) own.refusal = this.refusal;
    return own.refusal || own.operations.length > 0 ? [...kept, own] : kept;
  }

  /** Takes over what dead tabs left behind. */
  adopt(kept: readonly Kept[]): void {
    for (const { refusal, operations, ...rest } of kept) {
      if (refusal) this.#refusals.add(refusal);
      // The tab may have died after it sent them, and before it could note that.
      const sealed = operations.map((operation) => ({ ...operation, sealed: true }));
      if (sealed.length > 0) this.#waiting.push({ ...rest, operations: sealed });
    }
  }

  /** Where a caret in a version's text is in the text that is shown, if that can be said. */
  shownCaret(caret: Caret, version: number): Caret | undefined {
    const known = this.#recent.newest(this.#version - version);
    if (!known) return undefined;
    const moved = moveCaret(caret, [...known, ...this.#queue.map(({ delta }) => delta)]);
    return [Math.min(moved[0], this.#text.length), Math.min(moved[1], this.#text.length)];
  }

  /** Takes a frame from the server. */
  receive(frame: NoteFrame, now: number): Change {
    const change: Change = { patch: [], carets: [] };
    if ("role" in frame) this.#mayOnlyRead = frame.role === "read";
    switch (frame.t) {
      case "opened":
        this.#receiveOpened(frame, frame.deltas ?? [], change);
        break;
      case "reset":
        this.#receiveReset(frame, change);
        break;
      case "deltas":
        this.#receiveEntries(frame, frame.list, change);
        break;
      case "ack":
        this.#receiveAck(frame.id, frame.version, change);
        break;
      case "error":
        this.#receiveError(frame, now, change);
        break;
      default:
        this.#shut = shutBy(frame, this.#shut);
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
    const joined = last && !last.sealed ? cut(compose(last.delta, delta), this.#max) : [];
    if (!last || last.sealed || joined.length > 1) {
      this.#queue.push(...makeOperations(delta, this.#max, this.#mintId));
    } else if (joined[0]) last.delta = joined[0];
    else this.#queue.pop();
    return delta;
  }

  /** Joins from what one has, and then from the older place of what was left behind. */
  #nextOpen(now: number): OpenFrame | undefined {
    if (now < this.#opening.nextAt || (this.#shut && this.#opening.isWaiting)) return undefined;
    this.#opening.sent(now);
    this.#adopting = this.#isKnown && this.#isIdle ? this.#waiting[0] : undefined;
    const { version, etag } = this.#adopting ?? this.revision;
    return { t: "open", note: this.#note, version, etag, mode: this.#mode };
  }

  #nextEdit(): EditFrame | undefined {
    if (!this.#doubt) this.#dropEmpty();
    const head = this.#head;
    if (!head) return undefined;
    head.sealed = true;
    // It may have been sent when it was smaller, so that it is asked for before it is cut.
    if (!this.#doubt && isTooLarge(head.delta, this.#max)) this.#beginDoubt();
    const edit = { t: "edit", note: this.#note, id: head.id } as const;
    if (this.#doubt) {
      this.#questions += 1;
      return { ...edit, base: this.#doubt.version, etag: this.#doubt.etag, delta: MISFIT };
    }
    return { ...edit, base: this.#version, etag: this.#etag, delta: head.delta };
  }

  /**
   * Others may have left nothing of an edit. One that may have been sent is sent all the same: whether
   * the server has the next one is told by whether it has this one.
   */
  #dropEmpty(): void {
    const isLeft = ({ sealed, delta }: Operation) => sealed || !isEmpty(delta);
    while (this.#queue[0] && !isLeft(this.#queue[0])) this.#queue.shift();
  }

  #rejoin(): void {
    this.#opened = false;
    this.#opening.reset();
  }

  #receiveOpened({ version, etag }: Revision, entries: readonly Entry[], change: Change): void {
    const from = version - entries.length;
    const kept = this.#adopting;
    if (from > Math.min(this.#version, kept?.version ?? from)) {
      this.#rejoin();
      return;
    }
    this.#receiveEntries({ from, etag }, entries, change);
    if (kept) {
      this.#waiting.shift();
      this.#insert(catchUp(kept, entries.slice(kept.version - from)), change);
    }
    this.#joined();
  }

  /** The server's text replaces ours; what was typed is moved over the difference. */
  #receiveReset({ version, etag, text, diverged }: ResetFrame, change: Change): void {
    const kept = this.#adopting;
    if (!kept && !this.#doubt && this.#queue[0]?.sealed) this.#beginDoubt();
    const difference = diffWords(this.#confirmed, text);
    const isLost = diverged && !kept;
    if (isLost) this.#refusals.handOutText(this.#text, difference);
    this.#confirm(difference, version, change);
    if (isLost) this.#history.restart(this.#confirmed, this.#queue);
    this.#etag = etag;
    this.#recent.clear();
    if (kept) {
      this.#waiting.shift();
      const copies = kept.base === undefined ? [] : copyOperations(kept.operations);
      moveOperations(copies, diffWords(kept.base ?? "", text));
      this.#doubtAbout(kept, this.#insert(copies, change));
    }
    this.#joined();
  }

  /** Begins to ask for what waits, all of which is shown. */
  #beginDoubt(): void {
    const own = { ...this.revision, operations: this.#queue, base: this.#confirmed };
    this.#queue = this.#doubtAbout(own, this.#queue);
  }

  /** Begins to ask for operations; answers what of them is shown meanwhile. */
  #doubtAbout({ version, etag, base, operations }: Kept, shown: readonly Operation[]): Operation[] {
    const known = { version, etag, base, accepted: 0, shown: shown.length };
    this.#doubt = { ...known, operations: copyOperations(operations) };
    return shown.map((operation) => ({ ...operation, sealed: true }));
  }

  #joined(): void {
    this.#isKnown = true;
    this.#opened = true;
    this.#offline = false;
    this.#shut = undefined;
    this.#adopting = undefined;
    this.#problem = undefined;
    this.#editing.reset();
  }

  #receiveEntries(
    { from, etag }: { from: number; etag?: string | undefined },
    entries: readonly Entry[],
    change: Change,
  ): void {
    if (from > this.#version) {
      if (this.#opened) this.#rejoin();
      return;
    }
    const carets: { by: string; c: Caret; version: number }[] = [];
    const fresh = entries.slice(this.#version - from);
    if (fresh.length > 0) this.#etag = etag;
    for (const { id, by, d, c } of fresh) {
      const version = this.#version + 1;
      if (this.#head?.id === id) this.#accept(d, version, change);
      else {
        this.#confirm(d, version, change);
        if (c) carets.push({ by, c, version });
      }
    }
    for (const { by, c, version } of carets) {
      const caret = this.shownCaret(c, version);
      if (caret) change.carets.push({ client: by, caret });
    }
  }

  /** Somebody else's edit, or the difference to a newer text, as the next version. */
  #confirm(delta: Delta, version: number, change: Change): void {
    this.#confirmed = apply(this.#confirmed, delta);
    this.#version = version;
    this.#recent.add(delta);
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
    const correction = correctionOf(head.delta, delta, this.#confirmed);
    this.#confirmed = apply(this.#confirmed, delta);
    if (version > this.#version) this.#recent.add(delta);
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
      this.#refusals.handOut(rest, this.#text);
      rest = [];
    } else {
      const before = applyAll(base, operations.slice(0, accepted));
      moveOperations(rest, diffWords(before, this.#confirmed));
    }
    // New ids: what a dead tab kept of one is all of it, and must not be taken for a part.
    rest = cutLarge(rest, this.#max, this.#mintId);
    const correction = correctionOf(copies, composeAll(rest), this.#confirmed);
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
      this.#refusals.handOut(operations, this.#text);
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
      if (SHUT.test(code)) this.#shut = shutBy(frame, this.#shut);
      else {
        this.#problem = frame.message;
        this.#opening.failed(now, frame.retryAfterSeconds);
      }
    } else if (this.#head && isAbout(frame, this.#head)) this.#editFailed(frame, now, change);
  }

  #editFailed({ code, message, retryAfterSeconds }: ErrorFrame, now: number, change: Change): void {
    if (this.#questions > 0 && UNKNOWN.test(code)) {
      // A question that was asked twice is answered twice, even after the first answer was enough.
      this.#questions -= 1;
      this.#learn(false, change);
    } else if (FATAL.test(code)) this.#refuse(code, message, change);
    // It is known already why nothing may be written; what waits is sent when it may.
    else if (this.closed) this.#editing.reset();
    else {
      if (REOPENED.test(code)) {
        this.#opened = false;
        this.#opening.failed(now);
      }
      this.#problem = message;
      this.#editing.failed(now, retryAfterSeconds);
    }
  }

  /** Hands everything unconfirmed out. */
  #refuse(code: string, message: string, change: Change): void {
    if (this.#doubt?.shown === 0) this.#refusals.handOut(this.#doubt.operations, this.#text);
    this.#refusals.add({ code, message, text: this.#text, inserted: insertedText(this.#queue) });
    this.#takeBack(change);
  }

  /** Takes everything unconfirmed back. */
  #takeBack(change: Change): void {
    const all = composeAll(this.#queue);
    this.#queue = [];
    this.#doubt = undefined;
    this.#editing.reset();
    this.#show(invert(all, this.#confirmed), change);
    this.#history.clear();
  }
}
