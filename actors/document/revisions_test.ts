import { describe, expect, test } from "bun:test";
import { personId } from "../../tests/support/people.ts";
import { apply, type Delta, diffWords } from "../delta.ts";
import { documentBehavior } from "../document.ts";
import { SuiteError } from "../errors.ts";
import type { DocumentAnswer, DocumentChange, DocumentNeed, JournalEntry } from "../ports.ts";
import { textIn } from "./loro.ts";
import { etagOf } from "./revisions.ts";
import type {
  DocumentOperation,
  DocumentReply,
  DocumentState,
  OperationOf,
  Principal,
} from "./types.ts";

const ADA = personId("ada");

const ID = "01JD2Z7Q5V4T8N3XKQ0C9B6MWE";
const ada: Principal = { userId: ADA, linkId: undefined };
/** Recent entries that a note begins with; fewer than in truth, so that old ones are read. */
const LOADED = 2;

type Append = Extract<DocumentChange, { type: "append" }>;

/** A note with a disk that can be copied and put back. */
class Note {
  state: DocumentState;
  disk: Append[] = [];
  needs: string[] = [];
  #at = 100;

  constructor() {
    this.state = documentBehavior.load(ID, undefined);
    this.#run({ type: "create", userId: ADA, at: 1, operationId: "create-1", text: "" });
  }

  /** Accepts an edit against the newest version, of this time. */
  type(operationId: string, delta: Delta): void {
    this.ask(this.edit(operationId, { base: this.state.version }, delta));
  }

  edit(
    operationId: string,
    given: { base: number; etag?: string | undefined },
    delta: Delta,
  ): OperationOf<"edit"> {
    const at = this.#at++;
    return {
      type: "edit",
      by: ada,
      at,
      operationId,
      client: "c",
      ...given,
      delta,
      caret: undefined,
    };
  }

  save(base: number, etag: string | undefined, text: string): OperationOf<"save"> {
    const at = this.#at++;
    const delta = diffWords(this.texts()[base] ?? "", text);
    return { type: "save", by: ada, at, operationId: `save-${at}`, base, etag, delta, part: 0 };
  }

  ask(operation: DocumentOperation): DocumentReply {
    return this.#run(operation);
  }

  code(operation: DocumentOperation): string {
    try {
      this.#run(operation);
    } catch (error) {
      if (error instanceof SuiteError) return error.code;
      throw error;
    }
    return "done";
  }

  open(version: number, etag: string | undefined) {
    const reply = this.ask({ type: "open", by: ada, at: 1, version, etag });
    if (reply.type !== "opened") throw new Error(`Cannot open: received "${reply.type}"`);
    const { diverged, text, entries } = reply;
    return { diverged, text, deltas: entries?.map(({ delta }) => delta), etag: reply.etag };
  }

  etagAt(version: number): string | undefined {
    const entry = this.disk.find((change) => change.entry.version === version)?.entry;
    return entry && etagOf(entry);
  }

  /** The texts of all versions, by version. */
  texts(): string[] {
    const texts = [""];
    for (const { entry } of this.disk) texts.push(apply(texts.at(-1) ?? "", entry.delta));
    return texts;
  }

  get text(): string {
    return textIn(this.state).body.toString();
  }

  /** Begins anew from what some disk has. */
  restore(disk: readonly Append[]): void {
    this.disk = [...disk];
    const entries = disk.map(({ entry }) => entry);
    this.state = documentBehavior.load(ID, {
      id: ID,
      ownerId: ADA,
      createdAt: 1,
      deletedAt: undefined,
      version: entries.length,
      members: [],
      links: [],
      snapshot: undefined,
      updates: disk.map(({ entry, update }) => ({ version: entry.version, bytes: update })),
      recent: entries.slice(-LOADED),
    });
  }

  #run(operation: DocumentOperation): DocumentReply {
    let answer: DocumentAnswer | undefined;
    for (let reads = 0; reads < 5; reads++) {
      const outcome = documentBehavior.apply(this.state, operation, answer);
      if (outcome.type === "refused") throw outcome.error;
      if (outcome.type === "done") {
        for (const change of outcome.changes ?? []) {
          if (change.type === "append") this.disk.push(change);
        }
        return outcome.reply;
      }
      if (outcome.type !== "needs") throw new Error("Cannot go on: expected a need");
      this.needs.push(outcome.need.type);
      answer = this.#answer(outcome.need);
    }
    throw new Error("Cannot answer: expected an end of needs");
  }

  #answer(need: DocumentNeed): DocumentAnswer {
    const after = (version: number): JournalEntry[] =>
      this.disk.map(({ entry }) => entry).filter((entry) => entry.version > version);
    switch (need.type) {
      case "entries":
        return { type: "entries", entries: after(need.afterVersion) };
      case "operation": {
        const found = after(need.afterVersion).find((one) => one.operationId === need.operationId);
        return { type: "operation", version: found?.version };
      }
    }
  }
}

/** Five letters, a copy of the disk, two more letters, and the copy put back. */
function restored() {
  const note = new Note();
  for (const letter of ["a", "b", "c", "d", "e"]) note.type(`operation-${letter}`, [letter]);
  const backup = [...note.disk];
  note.type("operation-f", ["f"]);
  note.type("operation-g", ["g"]);
  const lost = { six: note.etagAt(6), seven: note.etagAt(7) };
  note.restore(backup);
  return { note, lost };
}

describe("after an older backup was restored", () => {
  test("whoever has a version of it goes on by deltas", () => {
    const { note } = restored();
    expect(note.open(5, note.etagAt(5))).toMatchObject({ diverged: false, deltas: [] });
    expect(note.open(3, note.etagAt(3))).toMatchObject({ diverged: false, deltas: [["d"], ["e"]] });
    // Old entries are read only for whoever is behind.
    expect(note.needs).toEqual(["entries"]);
  });

  test("whoever has more gets the text", () => {
    const { note, lost } = restored();
    expect(note.open(7, lost.seven)).toMatchObject({ diverged: true, text: "edcba" });
  });

  test("whoever has the number of another edit gets the text, however far it went on", () => {
    const { note, lost } = restored();
    note.type("operation-x", ["x"]);
    expect(note.open(6, lost.six)).toMatchObject({ diverged: true, text: "xedcba" });
    for (let i = 0; i < 5; i++) note.type(`operation-${i}`, [`${i}`]);
    expect(note.open(7, lost.seven)).toMatchObject({ diverged: true, text: "43210xedcba" });
    note.restore(note.disk);
    expect(note.open(6, lost.six)).toMatchObject({ diverged: true, text: "43210xedcba" });
    expect(note.open(11, note.etagAt(11))).toMatchObject({ diverged: false, deltas: [] });
  });

  test("an edit that was sent again and got the number it had is told apart from the first", () => {
    const { note, lost } = restored();
    note.type("operation-x", ["x"]);
    note.type("operation-g", ["g"]);
    expect(note.etagAt(7)).not.toBe(lost.seven);
    expect(note.open(7, lost.seven)).toMatchObject({ diverged: true, text: "gxedcba" });
  });

  test("a node that shows a lost version is told to begin anew", () => {
    const { note, lost } = restored();
    note.type("operation-x", ["x"]);
    note.type("operation-y", ["y"]);
    expect(note.ask({ type: "catch_up", version: 7, etag: lost.seven })).toMatchObject({
      version: 7,
      entries: undefined,
    });
    expect(note.ask({ type: "catch_up", version: 7, etag: note.etagAt(7) })).toMatchObject({
      entries: [],
    });
  });

  test("an edit that was made against a lost version is refused, and changes nothing", () => {
    const { note, lost } = restored();
    expect(note.code(note.edit("operation-h", { base: 7, etag: lost.seven }, ["h"]))).toBe(
      "unknown_base",
    );
    note.type("operation-x", ["x"]);
    note.type("operation-y", ["y"]);
    expect(note.code(note.edit("operation-h", { base: 7, etag: lost.seven }, ["h"]))).toBe(
      "unknown_base",
    );
    expect(note.code(note.save(7, lost.seven, "h"))).toBe("unknown_base");
    expect(note.text).toBe("yxedcba");
    const { version: base } = note.state;
    expect(note.code(note.edit("operation-h", { base, etag: note.etagAt(base) }, ["h"]))).toBe(
      "done",
    );
    expect(note.text).toBe("hyxedcba");
  });

  test("an edit that was accepted all the same is acknowledged, in memory or not", () => {
    const { note, lost } = restored();
    note.type("operation-h", ["h"]);
    const again = () => note.ask(note.edit("operation-h", { base: 7, etag: lost.seven }, ["h"]));
    const acknowledged = { type: "edited", version: 6, repeated: true } as const;
    expect(again()).toEqual(acknowledged);
    for (let i = 0; i < 5; i++) note.type(`operation-${i}`, [`${i}`]);
    note.restore(note.disk);
    expect(again()).toEqual(acknowledged);
  });

  test("a form that was made from an older version of it is merged", () => {
    const { note } = restored();
    note.ask(note.save(2, note.etagAt(2), "ba!"));
    expect(note.text).toBe("edcba!");
  });

  test("a caret in a lost version is told to nobody", () => {
    const { note, lost } = restored();
    note.type("operation-x", ["x"]);
    const caret = (etag: string | undefined) =>
      documentBehavior.apply(note.state, {
        ...{ type: "caret", by: ada, at: 1, client: "c", version: 6, caret: [1, 1], etag },
      });
    expect(caret(lost.six)).not.toHaveProperty("events");
    expect(caret(note.etagAt(6))).toHaveProperty("events");
  });
});
