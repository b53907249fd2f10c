/**
 * A small kind of actor that tests of the runtime run, with a store in memory that checks what is
 * written and does what a test tells it: wait, fail, fail for one book only. A guest book is signed
 * by people; each signature is stored, and no page is signed twice by the same operation.
 */

import {
  type ActorStore,
  type ActorTypes,
  type Batch,
  type BatchResult,
  type Behavior,
  type Outcome,
  Tombstone,
} from "../../actors/mod.ts";
import { Gate } from "./gate.ts";

/** One line of a book. */
export interface Signature {
  /** The operation's id. */
  by: string;
  name: string;
}

/** What can be done with a book. */
export type GuestBookOperation =
  /** Adds a line; the same `by` again changes nothing and gets the first answer. */
  | { type: "sign"; by: string; name: string }
  /** Adds a line for each name, one at a time; a repeat goes on with those that are missing. */
  | { type: "sign_all"; by: string; names: readonly string[] }
  /** Tells the others something that is not kept. */
  | { type: "wave"; name: string }
  /** Answers all names. */
  | { type: "read" }
  /** Answers the name on a line as the store has it. */
  | { type: "recall"; line: number }
  /** Asks the store again and again. */
  | { type: "ponder" }
  | { type: "refuse" }
  /** Ends the book's life; the same again, by the same host, is answered as the first. */
  | { type: "burn"; host: string }
  | { type: "crash"; message: string };

/** A book in memory. */
export interface GuestBook {
  id: string;
  lines: Signature[];
  isDisposed: boolean;
  /** Whether its end was decided: nothing may be decided on it anymore. */
  isBurned: boolean;
  /** The lines were counted before leaving. */
  closedAt: number | undefined;
}

/** What the store writes for a book. */
export type GuestBookChange =
  | { type: "line"; line: number; signature: Signature }
  | { type: "count"; lines: number }
  | { type: "burn"; host: string };

/** The shapes of a guest book. */
export interface GuestBookTypes extends ActorTypes {
  stored: readonly Signature[];
  state: GuestBook;
  operation: GuestBookOperation;
  reply: string | number | readonly string[];
  change: GuestBookChange;
  event: string;
  need: { line: number };
  answer: string;
}

/** What a test makes the behavior do, and sees it do. */
export interface GuestBookWatch {
  /** Every operation that reached the behavior, with the book's id while there is a book. */
  applied: { id: string | undefined; operation: GuestBookOperation }[];
  /** Called each time something is applied. */
  applying: () => void;
  disposed: number;
  loadThrows: boolean;
  answerThrows: boolean;
  passivateThrows: boolean;
  endedThrows: boolean;
  disposeThrows: boolean;
  /** Whether books write a count of their lines before they leave. */
  countsBeforeLeaving: boolean;
}

/** How guest books behave, and a way to look at it. */
export function guestBooks(): { behavior: Behavior<GuestBookTypes>; watch: GuestBookWatch } {
  const watch: GuestBookWatch = {
    applied: [],
    applying: () => {},
    disposed: 0,
    loadThrows: false,
    answerThrows: false,
    passivateThrows: false,
    endedThrows: false,
    disposeThrows: false,
    countsBeforeLeaving: false,
  };
  const behavior: Behavior<GuestBookTypes> = {
    kind: "room",
    load(id, stored) {
      if (watch.loadThrows) throw new Error("the pages are torn");
      const lines = [...(stored ?? [])];
      return { id, lines, isDisposed: false, isBurned: false, closedAt: undefined };
    },
    apply(book, operation, answer) {
      if (book.isDisposed || book.isBurned) throw new Error("the book is gone");
      watch.applied.push({ id: book.id, operation });
      watch.applying();
      if (watch.answerThrows && answer !== undefined) throw new Error("the answer is a riddle");
      return applyToBook(book, operation, answer);
    },
    passivate(book) {
      if (watch.passivateThrows) throw new Error("the book does not close");
      return watch.countsBeforeLeaving ? [{ type: "count", lines: book.lines.length }] : [];
    },
    applyToEnded({ ownerId }, operation) {
      watch.applied.push({ id: undefined, operation });
      if (watch.endedThrows) throw new Error("the ashes are hot");
      if (operation.type === "burn" && operation.host === ownerId) return BURNED;
      return { type: "refused", error: new Error("Cannot open book: it was burned") };
    },
    dispose(book) {
      if (book.isDisposed) throw new Error("the book is gone");
      book.isDisposed = true;
      watch.disposed++;
      if (watch.disposeThrows) throw new Error("the book does not burn");
    },
  };
  return { behavior, watch };
}

const BURNED = { type: "done", reply: "burned" } as const;

function applyToBook(
  book: GuestBook,
  operation: GuestBookOperation,
  answer: string | undefined,
): Outcome<GuestBookTypes> {
  switch (operation.type) {
    case "sign":
      return sign(book, operation);
    case "sign_all":
      return signAll(book, operation);
    case "wave":
      return { type: "done", reply: operation.name, events: [`${operation.name} waves`] };
    case "read":
      return { type: "done", reply: book.lines.map((line) => line.name) };
    case "recall":
      if (answer === undefined) return { type: "needs", need: { line: operation.line } };
      return { type: "done", reply: answer, events: [`recalled ${answer}`] };
    case "ponder":
      return { type: "needs", need: { line: 0 } };
    case "refuse":
      return { type: "refused", error: new Error("Cannot do that: the host does not want it") };
    case "burn":
      book.isBurned = true;
      return {
        ...BURNED,
        changes: [{ type: "burn", host: operation.host }],
        events: ["burned"],
        ends: true,
      };
    case "crash":
      // Half a change, as a defect may leave behind: nobody may ever see it.
      book.lines.push({ by: "defect", name: "a stain" });
      throw new Error(operation.message);
  }
}

function sign(
  book: GuestBook,
  { by, name }: { by: string; name: string },
): Outcome<GuestBookTypes> {
  const signed = book.lines.findIndex((line) => line.by === by);
  if (signed >= 0) return { type: "done", reply: signed + 1 };
  const signature = { by, name };
  const line = book.lines.push(signature);
  return {
    type: "done",
    reply: line,
    changes: [{ type: "line", line, signature }],
    events: [`${name} signed`],
  };
}

function signAll(
  book: GuestBook,
  operation: Extract<GuestBookOperation, { type: "sign_all" }>,
): Outcome<GuestBookTypes> {
  const { by, names } = operation;
  const idOf = (index: number) => `${by}.${index}`;
  const index = names.findIndex((_, at) => !book.lines.some((line) => line.by === idOf(at)));
  const isLast = index === names.length - 1;
  if (index < 0 || isLast) {
    const last = names.length - 1;
    return sign(book, { by: idOf(last), name: names[last] ?? "" });
  }
  const part = sign(book, { by: idOf(index), name: names[index] ?? "" });
  return part.type === "done" ? { ...part, type: "continues", rest: { ...operation } } : part;
}

/** Keeps books in memory, and refuses what a durable store must never be asked. */
export class GuestBookStore implements ActorStore<GuestBookTypes> {
  readonly books = new Map<string, Signature[]>();
  readonly counts = new Map<string, number>();
  /** Books whose lives have ended, and the lines that they had. */
  readonly ended = new Map<string, { tombstone: Tombstone; lines: Signature[] }>();
  readonly loads = new Gate();
  readonly fetches = new Gate();
  readonly commits = new Gate();
  /** Ids of the books of each commit. */
  readonly committed: string[][] = [];
  /** What the runtime should never have asked for. */
  readonly violations: string[] = [];
  loaded = 0;
  loadError: Error | undefined;
  fetchError: Error | undefined;
  /** The next commits reject with this. */
  commitError: Error | undefined;
  /** Batches of these books fail alone. */
  readonly failing = new Map<string, Error>();
  /** The next commits answer too few results. */
  isForgetful = false;
  #isCommitting = false;

  async load(id: string): Promise<readonly Signature[] | Tombstone | undefined> {
    this.loaded++;
    await this.loads.pass();
    if (this.loadError !== undefined) throw this.loadError;
    return this.ended.get(id)?.tombstone ?? this.books.get(id)?.slice();
  }

  async fetch(id: string, { line }: { line: number }): Promise<string> {
    await this.fetches.pass();
    if (this.fetchError !== undefined) throw this.fetchError;
    return this.books.get(id)?.[line - 1]?.name ?? "nobody";
  }

  async commit(batches: readonly Batch<GuestBookChange>[]): Promise<BatchResult[]> {
    if (this.#isCommitting) this.violations.push("two commits at once");
    this.#isCommitting = true;
    this.committed.push(batches.map((batch) => batch.id));
    try {
      await this.commits.pass();
      if (this.commitError !== undefined) throw this.commitError;
      if (this.isForgetful) return [];
      return batches.map((batch) => this.#write(batch));
    } finally {
      this.#isCommitting = false;
    }
  }

  #write({ id, changes }: Batch<GuestBookChange>): BatchResult {
    const error = this.failing.get(id);
    if (error !== undefined) return { state: "failed", error };
    if (this.ended.has(id)) this.violations.push(`written after its end: ${id}`);
    const book = this.books.get(id) ?? [];
    for (const change of changes) {
      if (change.type === "burn") {
        this.ended.set(id, { tombstone: new Tombstone(1, change.host), lines: book });
        this.books.delete(id);
        return { state: "ok" };
      }
      if (change.type === "count") {
        this.counts.set(id, change.lines);
      } else if (change.line !== book.length + 1) {
        this.violations.push(`line ${change.line} after ${book.length}`);
      } else {
        book.push(change.signature);
      }
    }
    this.books.set(id, book);
    return { state: "ok" };
  }
}
