import { describe, expect, test } from "bun:test";
import fc from "fast-check";
import { personId } from "../tests/support/people.ts";
import { ada, NOTE_ID, StoredNote } from "../tests/support/stored_note.ts";
import { apply, normalize } from "./delta.ts";
import type { DocumentOperation, Principal } from "./document/types.ts";
import { documentBehavior } from "./document.ts";
import type { PersonId } from "./ids.ts";
import { limits } from "./limits.ts";
import { Tombstone } from "./runtime/behavior.ts";

const ADA = personId("ada");
const GRACE = personId("grace");
const LINUS = personId("linus");

const grace: Principal = { userId: GRACE, linkId: undefined };
const link = { id: "l1", role: "read" as const, tokenHash: "h", createdAt: 1, expiresAt: 100 };

describe("create", () => {
  test("makes a note of its owner with a first version", () => {
    const note = new StoredNote("Hello");
    expect(note.text).toBe("Hello");
    expect(note.do({ type: "roles", by: [ada, grace], at: 2 })).toEqual({
      type: "roles",
      roles: [{ role: "owner" }, { role: undefined }],
      deletedAt: undefined,
    });
  });

  test("answers the same request again, and refuses another's for the same id", () => {
    const note = new StoredNote("Hello");
    const again = {
      type: "create",
      userId: ADA,
      at: 1,
      operationId: "create-1",
      text: "x",
    } as const;
    expect(note.do(again)).toEqual({ type: "ok" });
    expect(note.text).toBe("Hello");
    expect(note.code({ ...again, userId: GRACE })).toBe("conflict");
  });

  test("cleans line ends and refuses too much", () => {
    expect(new StoredNote("a\r\nb\0").text).toBe("a\nb\uFFFD");
    const state = documentBehavior.load(NOTE_ID, undefined);
    const text = "x".repeat(limits.textUnitsMax + 1);
    const outcome = documentBehavior.apply(state, {
      type: "create",
      userId: ADA,
      at: 1,
      operationId: "create-1",
      text,
    });
    expect(outcome.type).toBe("refused");
  });
});

describe("edit", () => {
  test("rebases what was made against an older version", () => {
    const note = new StoredNote("world");
    note.do(note.edit(1, ["Hello "]));
    note.do(note.edit(1, [5, "!"]));
    expect(note.text).toBe("Hello world!");
  });

  test("keeps what was accepted first to the left", () => {
    const note = new StoredNote("");
    note.do(note.edit(0, ["a"]));
    note.do(note.edit(0, ["b"]));
    expect(note.text).toBe("ab");
  });

  test("answers a repeat with the first answer and changes nothing", () => {
    const note = new StoredNote("");
    note.do(note.edit(0, ["a"], { id: "the-same-id" }));
    note.do(note.edit(0, ["b"]));
    const reply = note.do(note.edit(0, ["a"], { id: "the-same-id" }));
    expect(reply).toEqual({ type: "edited", version: 1, repeated: true });
    expect(note.text).toBe("ab");
  });

  test("tells a repeat again, since nobody may have been told the first time", () => {
    const note = new StoredNote("");
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
    const note = new StoredNote("");
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
    const note = new StoredNote("a😀b");
    expect(note.code(note.edit(1, [9, "x"]))).toBe("bad_delta");
    expect(note.code(note.edit(1, [2, "x"]))).toBe("bad_delta");
    expect(note.code(note.edit(1, [1, -1]))).toBe("bad_delta");
    expect(note.code(note.edit(7, ["x"]))).toBe("unknown_base");
    expect(note.text).toBe("a😀b");
    note.do(note.edit(1, [1, -2, "ü"]));
    expect(note.text).toBe("aüb");
  });

  test("refuses what was made against a version whose journal is gone", () => {
    const note = new StoredNote("");
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
    const note = new StoredNote("ab");
    note.do(note.edit(1, [-1]));
    expect(note.do(note.edit(1, [-1]))).toEqual({ type: "edited", version: 3, repeated: false });
    note.reload();
    expect(note.text).toBe("b");
  });

  test("refuses a note over the limit", () => {
    const note = new StoredNote("x".repeat(limits.textUnitsMax - 1));
    expect(note.code(note.edit(1, ["yy"]))).toBe("too_large");
    expect(note.code(note.edit(1, ["y"]))).toBeUndefined();
  });

  test("carries the caret along", () => {
    const note = new StoredNote("world");
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
        const note = new StoredNote("");
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
    const note = new StoredNote("");
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
    const note = new StoredNote("one\ntwo\nthree\n");
    note.do(note.edit(1, [4, "and a half\n"]));
    note.do(note.save(1, "ONE\r\ntwo\r\nthree\r\nfour\r\n"));
    expect(note.text).toBe("ONE\nand a half\ntwo\nthree\nfour\n");
    expect(note.do(note.save(1, "anything"))).toMatchObject({ repeated: true });
  });

  test("changes nothing when nothing was changed", () => {
    const note = new StoredNote("same");
    const reply = note.do(note.save(1, "same"));
    expect(reply).toEqual({ type: "edited", version: 1, repeated: false });
  });

  test("merges into the empty text of version 0", () => {
    const note = new StoredNote("");
    note.do(note.edit(0, ["typed"]));
    note.do(note.save(0, "saved"));
    expect([...note.text].sort().join("")).toBe([..."typedsaved"].sort().join(""));
  });
});

describe("sharing", () => {
  test("a note is private until it is shared, and again when it is not", () => {
    const note = new StoredNote("secret");
    const open = { type: "open", by: grace, at: 5, version: undefined } as const;
    expect(note.code(open)).toBe("not_found");
    note.do({ type: "share", by: ada, at: 5, userId: GRACE, role: "read" });
    expect(note.do(open)).toMatchObject({ role: "read", text: "secret" });
    expect(note.code(note.edit(1, ["x"], { by: grace }))).toBe("forbidden");
    note.do({ type: "share", by: ada, at: 5, userId: GRACE, role: "write" });
    expect(note.code(note.edit(1, ["x"], { by: grace }))).toBeUndefined();
    note.do({ type: "share", by: ada, at: 5, userId: GRACE, role: undefined });
    expect(note.code(open)).toBe("not_found");
  });

  test("only the owner shares, and anybody may leave", () => {
    const note = new StoredNote("x");
    note.do({ type: "share", by: ada, at: 5, userId: GRACE, role: "write" });
    const share = { type: "share", by: grace, at: 5, userId: LINUS, role: "read" } as const;
    expect(note.code(share)).toBe("forbidden");
    expect(note.code({ type: "link", by: grace, at: 5, link })).toBe("forbidden");
    expect(note.code({ type: "delete", by: grace, at: 5 })).toBe("forbidden");
    note.do({ type: "share", by: grace, at: 5, userId: GRACE, role: undefined });
    expect(note.do({ type: "roles", by: [grace], at: 5 })).toMatchObject({
      roles: [{ role: undefined }],
    });
    expect(note.code({ ...share, by: ada, userId: ADA })).toBe("invalid");
  });

  test("a link opens until it expires or is revoked", () => {
    const note = new StoredNote("x");
    const guest = { userId: undefined, linkId: "l1" };
    note.do({ type: "link", by: ada, at: 5, link });
    const open = { type: "open", by: guest, at: 99, version: undefined } as const;
    expect(note.do(open)).toMatchObject({ role: "read" });
    expect(note.code({ ...open, at: 100 })).toBe("not_found");
    note.do({ type: "unlink", by: ada, at: 5, linkId: "l1" });
    expect(note.code(open)).toBe("not_found");
  });

  test("who joined by a link loses the note with the link, and keeps what they had before", () => {
    const note = new StoredNote("x");
    const join = { type: "join", linkId: "l1", at: 6 } as const;
    note.do({ type: "link", by: ada, at: 5, link });
    note.do({ type: "share", by: ada, at: 5, userId: LINUS, role: "write" });
    note.do({ ...join, userId: GRACE });
    note.do({ ...join, userId: LINUS });
    note.do({ ...join, userId: ADA });
    expect(note.do({ type: "roles", by: [grace], at: 7 })).toMatchObject({
      roles: [{ role: "read" }],
    });
    expect(note.do({ type: "roles", by: [grace], at: 200 })).toMatchObject({
      roles: [{ role: undefined }],
    });
    const outcome = note.apply({ type: "unlink", by: ada, at: 8, linkId: "l1" });
    expect(outcome).toMatchObject({ events: [{ type: "access", userIds: [GRACE] }] });
    expect(note.do({ type: "roles", by: [grace], at: 9 })).toMatchObject({
      roles: [{ role: undefined }],
    });
    const linus = { userId: LINUS, linkId: undefined };
    expect(note.do({ type: "roles", by: [linus], at: 9 })).toMatchObject({
      roles: [{ role: "write" }],
    });
    expect(note.code({ ...join, userId: GRACE })).toBe("not_found");
  });

  test("has limits on people and links", () => {
    const note = new StoredNote("x");
    for (let i = 0; i < limits.membersMax; i++) {
      note.do({ type: "share", by: ada, at: 5, userId: personId(`u${i}x`), role: "read" });
    }
    expect(
      note.code({ type: "share", by: ada, at: 5, userId: personId("one"), role: "read" }),
    ).toBe("too_large");
    for (let i = 0; i < limits.linksMax; i++) {
      note.do({ type: "link", by: ada, at: 5, link: { ...link, id: `l${i}` } });
    }
    expect(note.code({ type: "link", by: ada, at: 5, link: { ...link, id: "one" } })).toBe(
      "too_large",
    );
    note.do({ type: "join", userId: personId("late"), linkId: "l0", at: 6 });
    const late = { userId: personId("late"), linkId: undefined };
    expect(note.do({ type: "roles", by: [late], at: 7 })).toMatchObject({
      roles: [{ role: undefined }],
    });
  });
});

describe("the trash", () => {
  test("takes writing away, gives it back, and at last everything", () => {
    const note = new StoredNote("x");
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
      changes: [{ type: "purge", at: 8, ownerId: ADA }, { type: "event" }],
    });
  });

  test("lets a purged id never live again, and only who purged it do that twice", () => {
    const answer = (operation: DocumentOperation, ownerId: PersonId | undefined = ADA) => {
      const decision = documentBehavior.applyToEnded?.(new Tombstone(8, ownerId), operation);
      return decision?.type === "refused" ? decision.error : decision?.reply;
    };
    const create = { type: "create", at: 9, operationId: "create-2", text: "y" } as const;
    for (const userId of [ADA, GRACE]) {
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
    const note = new StoredNote("a");
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
    const note = new StoredNote("ab");
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
    const note = new StoredNote("ab");
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
