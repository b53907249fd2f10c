/** A document actor by itself, with what a store would keep of it. */

import { textIn } from "../../actors/document/loro.ts";
import {
  apply,
  cleanText,
  type Delta,
  type DocumentAnswer,
  type DocumentChange,
  type DocumentNeed,
  type DocumentOperation,
  type DocumentReply,
  type DocumentState,
  diffWords,
  documentBehavior,
  type Principal,
  type StoredDocument,
  SuiteError,
} from "../../actors/mod.ts";
import { personId } from "./people.ts";

const ADA = personId("ada");

/** Its id. */
export const NOTE_ID = "01JD2Z7Q5V4T8N3XKQ0C9B6MWE";
/** Its owner. */
export const ada: Principal = { userId: ADA, linkId: undefined };

/** A document with what a store would keep of it, so that it can be loaded again. */
export class StoredNote {
  state: DocumentState;
  changes: DocumentChange[] = [];
  /** Steps that led to no answer yet. */
  steps = 0;
  /** The store answers with so many entries at once. */
  readMax = Number.POSITIVE_INFINITY;
  #ids = 0;

  constructor(text = "") {
    this.state = documentBehavior.load(NOTE_ID, undefined);
    this.do({ type: "create", userId: ADA, at: 1, operationId: "create-1", text });
  }

  /** Applies an operation; answers a need from what was written. */
  apply(operation: DocumentOperation) {
    let outcome = documentBehavior.apply(this.state, operation);
    for (let next = operation; ; outcome = documentBehavior.apply(this.state, next)) {
      if (outcome.type === "needs") {
        outcome = documentBehavior.apply(this.state, next, this.#answer(outcome.need));
      }
      if (outcome.type === "done") this.changes.push(...(outcome.changes ?? []));
      if (outcome.type !== "continues") return outcome;
      this.steps++;
      this.changes.push(...(outcome.changes ?? []));
      next = outcome.rest;
    }
  }

  /** A text that was made from a version. */
  save(base: number, text: string, id = "form-1234") {
    const delta = diffWords(this.#texts()[base] ?? "", cleanText(text));
    return { type: "save", by: ada, at: 3, operationId: id, base, delta, part: 0 } as const;
  }

  /** The texts of all versions, by version. */
  #texts(): string[] {
    const texts = [""];
    for (const { delta } of this.#entries()) texts.push(apply(texts.at(-1) ?? "", delta));
    return texts;
  }

  do(operation: DocumentOperation): DocumentReply {
    const outcome = this.apply(operation);
    if (outcome.type !== "done") {
      throw outcome.type === "refused" ? outcome.error : new Error("It needs what there is not");
    }
    return outcome.reply;
  }

  code(operation: DocumentOperation): string | undefined {
    const outcome = this.apply(operation);
    if (outcome.type !== "refused") return undefined;
    return outcome.error instanceof SuiteError ? outcome.error.code : "not a SuiteError";
  }

  edit(base: number, delta: Delta, options: { by?: Principal; id?: string; at?: number } = {}) {
    const { by = ada, id = `operation-${++this.#ids}`, at = 2 } = options;
    return {
      type: "edit",
      by,
      at,
      operationId: id,
      client: "c1",
      base,
      delta,
      caret: undefined,
    } as const;
  }

  get text(): string {
    return textIn(this.state).body.toString();
  }

  /** Loads it again from what was written. */
  reload(): void {
    this.state = documentBehavior.load(NOTE_ID, this.#stored());
  }

  #entries() {
    return this.changes.flatMap((change) => (change.type === "append" ? [change.entry] : []));
  }

  #stored(): StoredDocument {
    const snapshots = this.changes.filter((change) => change.type === "snapshot");
    const snapshot = snapshots.at(-1);
    const appended = this.changes.filter((change) => change.type === "append");
    return {
      id: NOTE_ID,
      ownerId: ADA,
      createdAt: 1,
      deletedAt: undefined,
      version: appended.length,
      members: [],
      links: [],
      snapshot: snapshot && { version: snapshot.version, bytes: snapshot.bytes },
      updates: appended
        .filter((change) => change.entry.version > (snapshot?.version ?? 0))
        .map((change) => ({ version: change.entry.version, bytes: change.update })),
      recent: this.#entries().slice(-3),
    };
  }

  #answer(need: DocumentNeed): DocumentAnswer {
    if (need.type === "operation") {
      const found = this.#entries().find((entry) => entry.operationId === need.operationId);
      return { type: "operation", version: found?.version };
    }
    const entries = this.#entries().filter((entry) => entry.version > need.afterVersion);
    return { type: "entries", entries: entries.slice(0, this.readMax) };
  }
}
