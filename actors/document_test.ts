import { describe, expect, test } from "bun:test";
import fc from "fast-check";
import { apply, cleanText, type Delta, diffWords, normalize } from "./delta.ts";
import { documentBehavior } from "./document.ts";
import { textIn } from "./document_loro.ts";
import type {
  DocumentOperation,
  DocumentReply,
  DocumentState,
  Principal,
} from "./document_types.ts";
import { SuiteError } from "./errors.ts";
import { limits } from "./limits.ts";
import type { DocumentAnswer, DocumentChange, DocumentNeed, StoredDocument } from "./ports.ts";
import { Tombstone } from "./runtime/behavior.ts";

const ID = "01JD2Z7Q5V4T8N3XKQ0C9B6MWE";
const ada: Principal = { userId: "ada", linkId: undefined };
const grace: Principal = { userId: "grace", linkId: undefined };
const link = { id: "l1", role: "read" as const, tokenHash: "h", createdAt: 1, expiresAt: 100 };

/** A document with what a store would keep of it, so that it can be loaded again. */
class Note {
  state: DocumentState;
  changes: DocumentChange[] = [];
  /** Steps that led to no answer yet. */
  steps = 0;
  /** The store answers with so many entries at once. */
  readMax = Number.POSITIVE_INFINITY;
  #ids = 0;

  constructor(text = "") {
    this.state = documentBehavior.load(ID, undefined);
    this.do({ type: "create", userId: "ada", at: 1, operationId: "create-1", text });
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
    this.state = documentBehavior.load(ID, this.#stored());
  }

  #entries() {
    return this.changes.flatMap((change) => (change.type === "append" ? [change.entry] : []));
  }

  #stored(): StoredDocument {
    const snapshots = this.changes.filter((change) => change.type === "snapshot");
    const snapshot = snapshots.at(-1);
    const appended = this.changes.filter((change) => change.type === "append");
    return {
      id: ID,
      ownerId: "ada",
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

describe("create", () => {
  test("makes a note of its owner with a first version", () => {
    const note = new Note("Hello");
    expect(note.text).toBe("Hello");
    expect(note.do({ type: "role", by: ada, at: 2 })).toEqual({
      type: "role",
      role: "owner",
      deletedAt: undefined,
    });
  });

  test("answers the same request again, and refuses another's for the same id", () => {
    const note = new Note("Hello");
    const again = {
      type: "create",
      userId: "ada",
      at: 1,
      operationId: "create-1",
      text: "x",
    } as const;
    expect(note.do(again)).toEqual({ type: "ok" });
    expect(note.text).toBe("Hello");
    expect(note.code({ ...again, userId: "grace" })).toBe("conflict");
  });

  test("cleans line ends and refuses too much", () => {
    expect(new Note("a\r\nb\0").text).toBe("a\nb\uFFFD");
    const state = documentBehavior.load(ID, undefined);
    const text = "x".repeat(limits.textUnitsMax + 1);
    const outcome = documentBehavior.apply(state, {
      type: "create",
      userId: "ada",
      at: 1,
      operationId: "create-1",
      text,
    });
    expect(outcome.type).toBe("refused");
  });
});

describe("edit", () => {
  test("rebases what was made against an older version", () => {
    const note = new Note("world");
    note.do(note.edit(1, ["Hello "]));
    note.do(note.edit(1, [5, "!"]));
    expect(note.text).toBe("Hello world!");
  });

  test("keeps what was accepted first to the left", () => {
    const note = new Note("");
    note.do(note.edit(0, ["a"]));
    note.do(note.edit(0, ["b"]));
    expect(note.text).toBe("ab");
  });

  test("answers a repeat with the first answer and changes nothing", () => {
    const note = new Note("");
    note.do(note.edit(0, ["a"], { id: "the-same-id" }));
    note.do(note.edit(0, ["b"]));
    const reply = note.do(note.edit(0, ["a"], { id: "the-same-id" }));
    expect(reply).toEqual({ type: "edited", version: 1, repeated: true });
    expect(note.text).toBe("ab");
  });

  test("tells a repeat again, since nobody may have been told the first time", () => {
    const note = new Note("");
    const first = note.apply(note.edit(0, ["a"], { id: "the-same-id" }));
    note.reload();
    const again = note.apply(note.edit(0, ["a"], { id: "the-same-id" }));
    const entry = { version: 1, operationId: "the-same-id", delta: ["a"] };
    for (const outcome of [first, again]) {
      expect(outcome).toMatchObject({ type: "done", events: [{ type: "edited", entry }] });
    }
    expect(again).not.toHaveProperty("changes");
  });

  test("knows a repeat and rebases after memory was lost, from the journal", () => {
    const note = new Note("");
    for (let i = 0; i < 20; i++) note.do(note.edit(i, [`${i} `], { id: `operation-x${i}` }));
    note.reload();
    expect(note.do(note.edit(0, ["0 "], { id: "operation-x0" }))).toEqual({
      type: "edited",
      version: 1,
      repeated: true,
    });
    note.do(note.edit(1, [2, "late"]));
    expect(note.text).toEndWith("0 late");
  });

  test("refuses what does not fit, cuts a pair, is empty or comes from the future", () => {
    const note = new Note("a😀b");
    expect(note.code(note.edit(1, [9, "x"]))).toBe("bad_delta");
    expect(note.code(note.edit(1, [2, "x"]))).toBe("bad_delta");
    expect(note.code(note.edit(1, [1, -1]))).toBe("bad_delta");
    expect(note.code(note.edit(7, ["x"]))).toBe("unknown_base");
    expect(note.text).toBe("a😀b");
    note.do(note.edit(1, [1, -2, "ü"]));
    expect(note.text).toBe("aüb");
  });

  test("refuses what was made against a version whose journal is gone", () => {
    const note = new Note("");
    for (let i = 0; i < 9; i++) note.do(note.edit(i, ["x"]));
    note.reload();
    const late = note.edit(1, ["y"]);
    const gone = { type: "entries", entries: undefined } as const;
    const unknown = { type: "operation", version: undefined } as const;
    expect(documentBehavior.apply(note.state, late, gone)).toMatchObject({
      type: "needs",
      need: { type: "operation", operationId: late.operationId },
    });
    const outcome = documentBehavior.apply(note.state, late, unknown);
    expect(outcome).toMatchObject({ type: "refused", error: { code: "unknown_base" } });
  });

  test("accepts what others left nothing of, so that its sender hears of it", () => {
    const note = new Note("ab");
    note.do(note.edit(1, [-1]));
    expect(note.do(note.edit(1, [-1]))).toEqual({ type: "edited", version: 3, repeated: false });
    note.reload();
    expect(note.text).toBe("b");
  });

  test("refuses a note over the limit", () => {
    const note = new Note("x".repeat(limits.textUnitsMax - 1));
    expect(note.code(note.edit(1, ["yy"]))).toBe("too_large");
    expect(note.code(note.edit(1, ["y"]))).toBeUndefined();
  });

  test("carries the caret along", () => {
    const note = new Note("world");
    note.do(note.edit(1, ["Hello "]));
    const outcome = note.apply({ ...note.edit(1, [5, "!"]), caret: [6, 6] });
    expect(outcome.type === "done" && outcome.events?.[0]).toMatchObject({ caret: [12, 12] });
  });

  test("comes back from snapshot and updates as it was, for any edits", () => {
    const edits = fc.array(
      fc.record({
        at: fc.nat(),
        remove: fc.nat(3),
        insert: fc.constantFrom("", "a", "bc", "😀", "\n"),
      }),
      { maxLength: 60 },
    );
    fc.assert(
      fc.property(edits, fc.nat(60), (list, cut) => {
        const note = new Note("");
        let expected = "";
        for (const [index, { at, remove, insert }] of list.entries()) {
          const characters = [...expected];
          const from = characters.length === 0 ? 0 : at % (characters.length + 1);
          const start = characters.slice(0, from).join("").length;
          const gone = characters.slice(from, from + remove).join("").length;
          const delta = normalize([start, insert, -gone]);
          if (delta.length === 0) continue;
          note.do(note.edit(note.state.version, delta));
          expected = apply(expected, delta);
          if (index === cut) note.changes.push(...(documentBehavior.passivate?.(note.state) ?? []));
        }
        note.reload();
        expect(note.text).toBe(expected);
        documentBehavior.dispose?.(note.state);
      }),
      { numRuns: 60 },
    );
  });

  test("takes a snapshot when the journal has grown", () => {
    const note = new Note("");
    const big = "x".repeat(500);
    for (let i = 0; i < limits.snapshotEveryVersions; i++) note.do(note.edit(i, [big]));
    const snapshots = note.changes.filter((change) => change.type === "snapshot");
    expect(snapshots).toHaveLength(1);
    note.do(note.edit(limits.snapshotEveryVersions, ["end"]));
    note.reload();
    expect(note.text).toBe(`end${big.repeat(limits.snapshotEveryVersions)}`);
  });
});

describe("save", () => {
  test("merges a form that was made from an older version", () => {
    const note = new Note("one\ntwo\nthree\n");
    note.do(note.edit(1, [4, "and a half\n"]));
    note.do(note.save(1, "ONE\r\ntwo\r\nthree\r\nfour\r\n"));
    expect(note.text).toBe("ONE\nand a half\ntwo\nthree\nfour\n");
    expect(note.do(note.save(1, "anything"))).toMatchObject({ repeated: true });
  });

  test("changes nothing when nothing was changed", () => {
    const note = new Note("same");
    const reply = note.do(note.save(1, "same"));
    expect(reply).toEqual({ type: "edited", version: 1, repeated: false });
  });

  test("merges into the empty text of version 0", () => {
    const note = new Note("");
    note.do(note.edit(0, ["typed"]));
    note.do(note.save(0, "saved"));
    expect([...note.text].sort().join("")).toBe([..."typedsaved"].sort().join(""));
  });
});

describe("sharing", () => {
  test("a note is private until it is shared, and again when it is not", () => {
    const note = new Note("secret");
    const open = { type: "open", by: grace, at: 5, version: undefined } as const;
    expect(note.code(open)).toBe("not_found");
    note.do({ type: "share", by: ada, at: 5, userId: "grace", role: "read" });
    expect(note.do(open)).toMatchObject({ role: "read", text: "secret" });
    expect(note.code(note.edit(1, ["x"], { by: grace }))).toBe("forbidden");
    note.do({ type: "share", by: ada, at: 5, userId: "grace", role: "write" });
    expect(note.code(note.edit(1, ["x"], { by: grace }))).toBeUndefined();
    note.do({ type: "share", by: ada, at: 5, userId: "grace", role: undefined });
    expect(note.code(open)).toBe("not_found");
  });

  test("only the owner shares, and anybody may leave", () => {
    const note = new Note("x");
    note.do({ type: "share", by: ada, at: 5, userId: "grace", role: "write" });
    const share = { type: "share", by: grace, at: 5, userId: "linus", role: "read" } as const;
    expect(note.code(share)).toBe("forbidden");
    expect(note.code({ type: "link", by: grace, at: 5, link })).toBe("forbidden");
    expect(note.code({ type: "delete", by: grace, at: 5 })).toBe("forbidden");
    note.do({ type: "share", by: grace, at: 5, userId: "grace", role: undefined });
    expect(note.do({ type: "role", by: grace, at: 5 })).toMatchObject({ role: undefined });
    expect(note.code({ ...share, by: ada, userId: "ada" })).toBe("invalid");
  });

  test("a link opens until it expires or is revoked", () => {
    const note = new Note("x");
    const guest = { userId: undefined, linkId: "l1" };
    note.do({ type: "link", by: ada, at: 5, link });
    const open = { type: "open", by: guest, at: 99, version: undefined } as const;
    expect(note.do(open)).toMatchObject({ role: "read" });
    expect(note.code({ ...open, at: 100 })).toBe("not_found");
    note.do({ type: "unlink", by: ada, at: 5, linkId: "l1" });
    expect(note.code(open)).toBe("not_found");
  });

  test("who joined by a link loses the note with the link, and keeps what they had before", () => {
    const note = new Note("x");
    const join = { type: "join", linkId: "l1", at: 6 } as const;
    note.do({ type: "link", by: ada, at: 5, link });
    note.do({ type: "share", by: ada, at: 5, userId: "linus", role: "write" });
    note.do({ ...join, userId: "grace" });
    note.do({ ...join, userId: "linus" });
    note.do({ ...join, userId: "ada" });
    expect(note.do({ type: "role", by: grace, at: 7 })).toMatchObject({ role: "read" });
    expect(note.do({ type: "role", by: grace, at: 200 })).toMatchObject({ role: undefined });
    const outcome = note.apply({ type: "unlink", by: ada, at: 8, linkId: "l1" });
    expect(outcome).toMatchObject({ events: [{ type: "access", userIds: ["grace"] }] });
    expect(note.do({ type: "role", by: grace, at: 9 })).toMatchObject({ role: undefined });
    const linus = { userId: "linus", linkId: undefined };
    expect(note.do({ type: "role", by: linus, at: 9 })).toMatchObject({ role: "write" });
    expect(note.code({ ...join, userId: "grace" })).toBe("not_found");
  });

  test("has limits on people and links", () => {
    const note = new Note("x");
    for (let i = 0; i < limits.membersMax; i++) {
      note.do({ type: "share", by: ada, at: 5, userId: `u${i}`, role: "read" });
    }
    expect(note.code({ type: "share", by: ada, at: 5, userId: "one", role: "read" })).toBe(
      "too_large",
    );
    for (let i = 0; i < limits.linksMax; i++) {
      note.do({ type: "link", by: ada, at: 5, link: { ...link, id: `l${i}` } });
    }
    expect(note.code({ type: "link", by: ada, at: 5, link: { ...link, id: "one" } })).toBe(
      "too_large",
    );
    note.do({ type: "join", userId: "late", linkId: "l0", at: 6 });
    const late = { userId: "late", linkId: undefined };
    expect(note.do({ type: "role", by: late, at: 7 })).toMatchObject({ role: undefined });
  });
});

describe("the trash", () => {
  test("takes writing away, gives it back, and at last everything", () => {
    const note = new Note("x");
    expect(note.code({ type: "purge", by: ada, at: 5 })).toBe("conflict");
    note.do({ type: "delete", by: ada, at: 5 });
    expect(note.do({ type: "delete", by: ada, at: 6 })).toEqual({ type: "ok" });
    expect(note.code(note.edit(1, ["y"]))).toBe("gone");
    expect(note.do({ type: "open", by: ada, at: 6, version: 1 })).toMatchObject({ deletedAt: 5 });
    note.do({ type: "restore", by: ada, at: 6 });
    expect(note.do({ type: "restore", by: ada, at: 6 })).toEqual({ type: "ok" });
    note.do(note.edit(1, ["y"]));
    note.do({ type: "delete", by: ada, at: 7 });
    expect(note.apply({ type: "purge", by: ada, at: 8 })).toMatchObject({
      ends: true,
      changes: [{ type: "purge", at: 8, ownerId: "ada" }, { type: "event" }],
    });
  });

  test("lets a purged id never live again, and only who purged it do that twice", () => {
    const answer = (operation: DocumentOperation, ownerId: string | undefined = "ada") => {
      const decision = documentBehavior.applyToEnded?.(new Tombstone(8, ownerId), operation);
      return decision?.type === "refused" ? decision.error : decision?.reply;
    };
    const create = { type: "create", at: 9, operationId: "create-2", text: "y" } as const;
    for (const userId of ["ada", "grace"]) {
      expect(answer({ ...create, userId })).toMatchObject({ code: "gone" });
    }
    const purge = { type: "purge", at: 9 } as const;
    expect(answer({ ...purge, by: ada })).toEqual({ type: "ok" });
    expect(answer({ ...purge, by: grace })).toMatchObject({ code: "not_found" });
    const guest = { userId: undefined, linkId: "link" };
    expect(answer({ ...purge, by: guest }, undefined)).toMatchObject({ code: "not_found" });
    expect(answer({ type: "describe" })).toMatchObject({ code: "not_found" });
  });
});

describe("open", () => {
  test("sends deltas to who is near, and the text to everybody else", () => {
    const note = new Note("a");
    for (let i = 1; i < 9; i++) note.do(note.edit(i, ["b"]));
    const open = { type: "open", by: ada, at: 5 } as const;
    expect(note.do({ ...open, version: 9 })).toMatchObject({ text: undefined, entries: [] });
    const near = note.do({ ...open, version: 7 });
    expect(near).toMatchObject({ version: 9, entries: [{ version: 8 }, { version: 9 }] });
    expect(note.do({ ...open, version: 99 })).toMatchObject({ text: "bbbbbbbba" });
    note.reload();
    const far = note.do({ ...open, version: 1 });
    expect(far.type === "opened" && far.entries?.map((entry) => entry.version)).toEqual([
      2, 3, 4, 5, 6, 7, 8, 9,
    ]);
  });

  test("keeps no Loro document for who only reads", () => {
    const note = new Note("ab");
    note.reload();
    const open = { type: "open", by: ada, at: 5, version: undefined } as const;
    expect(note.do(open)).toMatchObject({ text: "ab", version: 1 });
    const caret = { type: "caret", by: ada, at: 5, client: "c1", version: 1 } as const;
    expect(note.apply({ ...caret, caret: [1, 99] })).toMatchObject({
      events: [{ caret: [1, 2] }],
    });
    expect(note.state.loaded).toBeUndefined();
    note.do(note.edit(1, [1, "x"]));
    expect(note.do(open)).toMatchObject({ text: "axb", version: 2 });
  });
});

describe("caret", () => {
  test("moves to the current version, or is dropped when it is far behind", () => {
    const note = new Note("ab");
    note.do(note.edit(1, ["xx"]));
    const caret = { type: "caret", by: ada, at: 3, client: "c1", version: 1 } as const;
    expect(note.apply({ ...caret, caret: [1, 99] })).toMatchObject({
      events: [{ type: "caret", client: "c1", version: 2, caret: [3, 4] }],
    });
    expect(note.apply({ ...caret, caret: undefined })).toMatchObject({
      events: [{ caret: undefined }],
    });
    expect(note.apply({ ...caret, version: 9, caret: [1, 1] })).not.toHaveProperty("events");
  });
});

describe("in parts", () => {
  const piece = "A line of text.\n".repeat(limits.textPieceUnitsMax / 16);
  const long = `${piece}${piece}and the end`;

  test("a long first text becomes several edits", () => {
    const note = new Note(long);
    expect(note.text).toBe(long);
    expect(note.steps).toBe(2);
    expect(note.state.version).toBe(3);
    note.reload();
    expect(note.text).toBe(long);
  });

  test("a long first text is finished when its creation is asked for again", () => {
    const note = new Note();
    note.state = documentBehavior.load(ID, undefined);
    const create = { type: "create", userId: "ada", at: 1, operationId: "create-1" } as const;
    const first = documentBehavior.apply(note.state, { ...create, text: long });
    expect(first.type).toBe("continues");
    expect(note.do({ ...create, text: long })).toMatchObject({ type: "edited" });
    expect(note.text).toBe(long);
    expect(note.do({ ...create, text: long })).toMatchObject({ repeated: true });
    expect(note.text).toBe(long);
  });

  test("a long text that is saved is told with its own id at its end", () => {
    const note = new Note("short\n");
    const reply = note.do(note.save(1, `short\n${long}`));
    expect(reply).toEqual({ type: "edited", version: 4, repeated: false });
    expect(note.state.recent.map(({ operationId }) => operationId)).toEqual([
      "create-1",
      "form-1234.0",
      "form-1234.1",
      "form-1234",
    ]);
    expect(note.text).toBe(`short\n${long}`);
    expect(note.do(note.save(1, `short\n${long}`))).toMatchObject({ repeated: true, version: 4 });
  });

  test("a text of which a part was saved goes on from there, over what others did", () => {
    const note = new Note("short\n");
    const save = note.save(1, `short\n${long}`);
    const part = documentBehavior.apply(note.state, save);
    if (part.type === "continues") note.changes.push(...(part.changes ?? []));
    note.do(note.edit(2, ["top\n"]));
    note.do(save);
    expect(note.text).toBe(`top\nshort\n${long}`);
  });

  test("a text that would become too long is refused before any part of it is done", () => {
    const note = new Note("x".repeat(limits.textUnitsMax - 10));
    const { version } = note.state;
    expect(note.code(note.save(version, `${note.text}${long}`))).toBe("too_large");
    expect(note.state.version).toBe(version);
  });

  test("an edit is rebased over so much in one step, with the same result", () => {
    const [whole, sliced] = [new Note("end"), new Note("end")];
    for (const note of [whole, sliced]) {
      for (let i = 1; i <= 40; i++) note.do(note.edit(i, [`${i} `]));
      note.reload();
    }
    sliced.readMax = 7;
    for (const note of [whole, sliced]) note.do(note.edit(1, [3, "!"], { id: "operation-late" }));
    expect(whole.steps).toBe(0);
    expect(sliced.steps).toBeGreaterThan(3);
    expect(sliced.text).toBe(whole.text);
    const again = sliced.do(sliced.edit(1, [3, "!"], { id: "operation-late" }));
    expect(again).toMatchObject({ repeated: true });
  });

  test("an edit with many components takes more steps", () => {
    const note = new Note("x".repeat(2_000));
    for (let i = 1; i <= 200; i++) note.do(note.edit(i, ["y"]));
    const delta = Array.from({ length: 2_000 }, (_, i) => (i % 2 === 0 ? 1 : "z"));
    note.do(note.edit(1, delta, { id: "operation-late" }));
    expect(note.steps).toBe(3);
    expect(note.text).toBe(`${"y".repeat(200)}${"xz".repeat(1_000)}${"x".repeat(1_000)}`);
  });

  test("a text with many updates is loaded in slices, and no reader gets half of it", () => {
    const note = new Note("begin");
    for (let i = 1; i <= limits.loadUpdatesMax * 3; i++) note.do(note.edit(i, [`${i} `]));
    const { text } = note;
    note.changes = note.changes.filter((change) => change.type !== "snapshot");
    note.reload();
    const reply = note.do({ type: "open", by: ada, at: 2, version: undefined });
    expect(reply).toMatchObject({ text });
    expect(note.steps).toBe(3);
    note.do(note.edit(note.state.version, ["!"]));
    expect(note.text).toBe(`!${text}`);
  });

  test("a long text is stored by its history, and a short one by its state", () => {
    for (const units of [1_000, limits.snapshotStateUnitsMax + 1]) {
      const note = new Note("x".repeat(units));
      const big = "y".repeat(500);
      for (let i = 1; i <= limits.snapshotEveryVersions; i++) note.do(note.edit(i, [big]));
      const { text } = note;
      expect(note.changes.some(({ type }) => type === "snapshot")).toBe(true);
      note.reload();
      expect(note.text).toBe(text);
    }
  });
});
