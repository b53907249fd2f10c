import { describe, expect, test } from "bun:test";
import { apply } from "../../actors/delta.ts";
import { NOTE, Tab, theirs } from "../../tests/support/document_tab.ts";
import type { Entry, NoteFrame } from "./frames.ts";

describe("an edit", () => {
  test("is sent one at a time, and the rest waits as one", () => {
    const tab = new Tab("text", 3);
    tab.open(3);
    tab.edit(["a"]);
    const first = tab.send();
    expect(first).toMatchObject({ t: "edit", note: NOTE, base: 3, delta: ["a"] });
    tab.edit([1, "b"]);
    tab.edit([2, "c"]);
    expect(tab.session.nextFrame(tab.now)).toBeUndefined();
    expect(tab.session.saveState).toBe("saving");
    tab.receive({ t: "deltas", from: 3, list: [{ id: first.id, by: "me", d: ["a"] }] });
    const second = tab.send();
    expect(second).toMatchObject({ base: 4, delta: [1, "bc"] });
    expect(second.id).not.toBe(first.id);
    tab.receive({ t: "deltas", from: 4, list: [{ id: second.id, by: "me", d: [1, "bc"] }] });
    expect(tab.session.saveState).toBe("saved");
    expect(tab.session.revision.version).toBe(5);
  });

  test("that undoes itself before it is sent is not sent", () => {
    const tab = new Tab("text", 1);
    tab.open(1);
    tab.edit(["a"]);
    tab.edit([-1]);
    expect(tab.session.nextFrame(tab.now)).toBeUndefined();
    expect(tab.session.saveState).toBe("saved");
  });

  test("carries the caret only where the caret is in its own text", () => {
    const tab = new Tab();
    tab.open(0);
    tab.edit(["a"]);
    expect(tab.session.nextFrame(tab.now, [1, 1])).toMatchObject({ caret: [1, 1] });
    tab.edit([1, "b"]);
    tab.now += 20_000;
    expect(tab.session.nextFrame(tab.now, [2, 2])).not.toHaveProperty("caret");
  });

  test("moves over what others did, and theirs over it", () => {
    const tab = new Tab("hello", 1);
    tab.open(1);
    tab.edit([5, " world"]);
    const { id } = tab.send();
    tab.edit([11, "!"]);
    tab.receive({ t: "deltas", from: 1, list: [theirs(["> "])] });
    expect(tab.shown).toBe("> hello world!");
    tab.receive({ t: "deltas", from: 2, list: [{ id, by: "me", d: [7, " world"] }] });
    expect(tab.send()).toMatchObject({ base: 3, delta: [13, "!"] });
  });

  test("goes right of what was accepted first at the same place", () => {
    const tab = new Tab("", 0);
    tab.open(0);
    tab.edit(["mine"]);
    tab.receive({ t: "deltas", from: 0, list: [theirs(["theirs "])] });
    expect(tab.shown).toBe("theirs mine");
  });

  test("of which others left nothing is not sent", () => {
    const tab = new Tab("abc", 1);
    tab.open(1);
    tab.session.disconnected();
    tab.edit([-3]);
    tab.open(2, [theirs([-3])]);
    expect(tab.session.nextFrame(tab.now)).toBeUndefined();
    expect(tab.session.saveState).toBe("saved");
  });

  test("is sent again with the same id when no answer comes", () => {
    const tab = new Tab();
    tab.open(0);
    tab.edit(["a"]);
    const first = tab.send();
    expect(tab.session.wakeAt()).toBe(15_000);
    tab.now = 14_999;
    expect(tab.session.nextFrame(tab.now)).toBeUndefined();
    tab.now = 15_000;
    expect(tab.send()).toEqual(first);
    tab.receive({ t: "deltas", from: 0, list: [{ id: first.id, by: "me", d: ["a"] }] });
    tab.receive({ t: "ack", id: first.id, version: 1 });
    expect([tab.session.saveState, tab.shown]).toEqual(["saved", "a"]);
  });

  test("that was accepted otherwise than expected is shown as it was accepted", () => {
    const tab = new Tab("ab", 1);
    tab.open(1);
    tab.edit([2, "X"]);
    const { id } = tab.send();
    tab.edit([3, "Y"]);
    tab.receive({ t: "deltas", from: 1, list: [{ id, by: "me", d: [1, "X"] }] });
    expect([...tab.shown].sort().join("")).toBe("XYab");
    expect(tab.shown.startsWith("aX")).toBe(true);
  });
});

describe("a broken line", () => {
  test("is resumed from the version one has, and the edit in flight goes again with its id", () => {
    const tab = new Tab("text", 7);
    tab.open(7);
    tab.edit(["a"]);
    const first = tab.send();
    tab.session.disconnected();
    expect(tab.session.saveState).toBe("offline");
    tab.edit([1, "b"]);
    expect(tab.session.nextFrame(tab.now)).toBeUndefined();
    tab.session.connected();
    expect(tab.session.nextFrame(tab.now)).toMatchObject({ t: "open", version: 7 });
    tab.receive({ t: "opened", version: 8, role: "write", deltas: [theirs(["T"])] });
    expect(tab.send()).toMatchObject({ id: first.id, base: 8, delta: [1, "a"] });
    expect(tab.shown).toBe("Tabtext");
  });

  test("may have broken after the edit was accepted", () => {
    const tab = new Tab("text", 7);
    tab.open(7);
    tab.edit(["a"]);
    const { id } = tab.send();
    tab.session.disconnected();
    tab.edit([1, "b"]);
    tab.open(8, [{ id, by: "person", d: ["a"] }]);
    expect(tab.send()).toMatchObject({ base: 8, delta: [1, "b"] });
    expect(tab.shown).toBe("abtext");
  });

  test("that lost frames is noticed by the gap, and the note opened again", () => {
    const tab = new Tab("", 0);
    tab.open(0);
    tab.receive({ t: "deltas", from: 1, list: [theirs(["second"])] });
    expect(tab.session.nextFrame(tab.now)).toMatchObject({ t: "open", version: 0 });
    tab.receive({ t: "deltas", from: 2, list: [theirs(["third"])] });
    expect(tab.session.nextFrame(tab.now)).toBeUndefined();
    const deltas = [theirs(["a"]), theirs(["b"]), theirs(["c"])];
    tab.receive({ t: "opened", version: 3, role: "write", deltas });
    expect(tab.shown).toBe("cba");
  });

  test("does not make one see a version twice", () => {
    const tab = new Tab("", 0);
    tab.open(2, [theirs(["a"]), theirs(["b"])]);
    tab.receive({ t: "deltas", from: 1, list: [theirs(["b"]), theirs(["c"])] });
    expect([tab.shown, tab.session.revision.version]).toEqual(["cba", 3]);
  });

  test("that opened too long ago is answered by the text, and what was typed is merged", () => {
    const tab = new Tab("one two three\nfour\n", 5);
    tab.open(5);
    tab.session.disconnected();
    tab.edit([4, "TWO", -3]);
    tab.edit([19, "five\n"]);
    tab.session.connected();
    tab.session.nextFrame(tab.now);
    const text = "zero\none two 3\nFOUR\n";
    tab.receive({ t: "reset", version: 900, role: "write", text });
    expect(tab.shown).toBe("zero\none TWO 3\nFOUR\nfive\n");
    expect(apply(text, tab.send().delta)).toBe(tab.shown);
  });
});

describe("an edit in flight when the text is replaced", () => {
  function lost(): { tab: Tab; id: string } {
    const tab = new Tab("start end", 5);
    tab.open(5);
    tab.edit([6, "mine "]);
    const { id } = tab.send();
    tab.session.disconnected();
    // Made on top of the one in flight: takes "mi" of it away, and goes on after it.
    tab.edit([6, -2]);
    tab.edit([9, "more "]);
    tab.session.connected();
    tab.session.nextFrame(tab.now);
    return { tab, id };
  }

  test("is asked for, and counted once when the server had it", () => {
    const { tab, id } = lost();
    tab.receive({ t: "reset", version: 900, role: "write", text: "new start mine end" });
    const question = tab.send();
    expect([question.id, question.base]).toEqual([id, 5]);
    tab.receive({ t: "ack", id, version: 6 });
    const next = tab.send();
    // The second may have been sent as well, as far as the session can tell.
    tab.receive({ t: "error", id: next.id, code: "bad_delta", message: "Cannot apply edit" });
    expect(tab.shown).toBe("new start ne more end");
    expect(apply("new start mine end", tab.send().delta)).toBe(tab.shown);
  });

  test("is sent when the server had it not", () => {
    const { tab, id } = lost();
    tab.receive({ t: "reset", version: 900, role: "write", text: "new start end" });
    expect(tab.send().id).toBe(id);
    tab.receive({ t: "error", id, code: "bad_delta", message: "Cannot apply edit" });
    expect(tab.shown).toBe("new start ne more end");
    expect(tab.send()).toMatchObject({ id, base: 900, delta: [10, "mine "] });
  });

  test("may be asked for twice, and the second answer does no harm", () => {
    const { tab, id } = lost();
    tab.receive({ t: "reset", version: 900, role: "write", text: "new start end" });
    tab.send();
    tab.now += 20_000;
    tab.send();
    const error: NoteFrame = { t: "error", id, code: "bad_delta", message: "Cannot apply edit" };
    tab.receive(error);
    expect(tab.send()).toMatchObject({ id, base: 900 });
    tab.receive(error);
    expect(tab.session.refusal).toBeUndefined();
    tab.receive(error);
    expect(tab.session.refusal?.code).toBe("bad_delta");
  });

  test("is kept as it was, so that another tab can ask for it too", () => {
    const { tab, id } = lost();
    tab.receive({ t: "reset", version: 900, role: "write", text: "new start end" });
    tab.edit(["typed later "]);
    const heir = new Tab("new start end", 900, structuredClone(tab.session.keep(true)));
    heir.open(900);
    expect(heir.session.nextFrame(0)).toMatchObject({ t: "open", version: 5 });
    heir.receive({ t: "reset", version: 900, role: "write", text: "new start end" });
    expect(heir.send().id).toBe(id);
    heir.receive({ t: "error", id, code: "bad_delta", message: "Cannot apply edit" });
    expect(heir.shown).toBe("new start ne more end");
    for (let version = 900; version < 902; version++) {
      const { id: sent, delta } = heir.send();
      heir.receive({ t: "deltas", from: version, list: [{ id: sent, by: "me", d: delta }] });
    }
    expect(heir.session.nextFrame(0)).toMatchObject({ t: "open", version: 900 });
    const deltas = [theirs([10, "mine "]), theirs([10, -2, 3, "more "])];
    heir.receive({ t: "opened", version: 902, role: "write", deltas });
    expect(heir.shown).toBe("typed later new start ne more end");
  });
});

describe("an error", () => {
  test("that will pass lets the same edit wait, longer each time", () => {
    const tab = new Tab();
    tab.open(0);
    tab.edit(["a"]);
    const { id } = tab.send();
    const busy: NoteFrame = { t: "error", id, code: "busy", message: "Cannot take edit" };
    tab.receive(busy);
    expect([tab.session.saveState, tab.session.problem]).toEqual(["saving", "Cannot take edit"]);
    expect(tab.session.wakeAt()).toBe(500);
    expect(tab.session.nextFrame(499)).toBeUndefined();
    tab.now = 500;
    expect(tab.send().id).toBe(id);
    tab.receive(busy);
    expect(tab.session.wakeAt()).toBe(1_500);
    tab.now = 1_500;
    tab.send();
    tab.receive({ ...busy, code: "store_full", retryAfterSeconds: 20 });
    expect(tab.session.wakeAt()).toBe(21_500);
    tab.now = 21_500;
    tab.send();
    tab.receive({ t: "deltas", from: 0, list: [{ id, by: "me", d: ["a"] }] });
    expect([tab.session.saveState, tab.session.problem]).toEqual(["saved", undefined]);
  });

  test("that is final takes the edit back and hands out what was typed", () => {
    const tab = new Tab("text", 1);
    tab.open(1);
    tab.edit([4, " mine"]);
    const { id } = tab.send();
    tab.edit([9, " too"]);
    tab.receive({ t: "error", id, code: "too_large", message: "Cannot change this note" });
    expect(tab.shown).toBe("text");
    expect(tab.session.saveState).toBe("refused");
    expect(tab.session.refusal).toEqual({
      code: "too_large",
      message: "Cannot change this note",
      text: "text mine too",
      inserted: " mine too",
    });
    expect(tab.session.undo()).toBeUndefined();
    expect(tab.session.keep(false)[0]?.refusal?.inserted).toBe(" mine too");
    tab.session.discard();
    expect(tab.session.saveState).toBe("saved");
    expect(tab.session.keep(false)).toEqual([]);
  });

  test("about another edit is nobody's business", () => {
    const tab = new Tab("text", 1);
    tab.open(1);
    tab.edit(["a"]);
    tab.send();
    tab.receive({ t: "error", id: "another-edit", code: "forbidden", message: "Cannot" });
    tab.receive({ t: "error", code: "invalid", message: "Cannot read frame" });
    expect(tab.session.saveState).toBe("saving");
  });

  test("about an edit in a note that is not open opens it again, and not in a hurry", () => {
    const tab = new Tab("text", 1);
    tab.open(1);
    tab.edit(["a"]);
    const { id } = tab.send();
    tab.receive({ t: "error", id, code: "invalid", message: "Cannot edit note: open it first" });
    expect(tab.session.nextFrame(0)).toBeUndefined();
    expect(tab.session.nextFrame(500)).toMatchObject({ t: "open", version: 1 });
  });

  test("while opening is tried again, or closes the note", () => {
    const tab = new Tab("text", 1);
    tab.session.connected();
    tab.session.nextFrame(0);
    tab.receive({ t: "error", code: "busy", message: "Cannot open note" });
    expect(tab.session.nextFrame(100)).toBeUndefined();
    expect(tab.session.nextFrame(600)?.t).toBe("open");
    tab.receive({ t: "error", code: "not_found", message: "Cannot open note" });
    expect(tab.session.closed).toBe("missing");
    expect(tab.session.nextFrame(60_000)).toBeUndefined();
    tab.session.connected();
    expect(tab.session.nextFrame(60_000)?.t).toBe("open");
  });
});

describe("a note that is taken away", () => {
  test("is closed, and what was not saved waits where it was typed", () => {
    for (const [frame, why] of [
      [{ t: "role", role: "read" }, "read"],
      [{ t: "trashed" }, "trashed"],
      [{ t: "revoked" }, "revoked"],
      [{ t: "revoked", deleted: true }, "purged"],
    ] as const) {
      const tab = new Tab("text", 1);
      tab.open(1);
      tab.edit(["mine "]);
      const { id } = tab.send();
      tab.receive(frame);
      tab.receive({ t: "error", id, code: "forbidden", message: "Cannot change this note" });
      expect([tab.session.closed, tab.session.saveState]).toEqual([why, "refused"]);
      expect([tab.session.unsaved, tab.shown]).toEqual(["mine ", "mine text"]);
      expect(tab.session.nextFrame(60_000)).toBeUndefined();
      expect(tab.session.wakeAt()).toBeUndefined();
      expect(tab.session.keep(false)[0]?.operations[0]?.id).toBe(id);
    }
  });

  test("takes what waited, merged with what others did, when it can be written again", () => {
    for (const [closing, opening] of [
      [
        { t: "role", role: "read" },
        { t: "role", role: "write" },
      ],
      [{ t: "trashed" }, undefined],
    ] as const) {
      const tab = new Tab("text", 1);
      tab.open(1);
      tab.edit([4, " mine"]);
      const { id } = tab.send();
      tab.receive(closing);
      tab.receive({ t: "deltas", from: 1, list: [theirs(["their "])] });
      expect(tab.shown).toBe("their text mine");
      if (opening) {
        tab.receive({ t: "error", id, code: "forbidden", message: "Cannot change this note" });
        tab.receive(opening);
      } else tab.open(2);
      expect(tab.send()).toMatchObject({ id, base: 2, delta: [10, " mine"] });
      tab.receive({ t: "deltas", from: 2, list: [{ id, by: "me", d: [10, " mine"] }] });
      expect([tab.session.saveState, tab.session.unsaved]).toEqual(["saved", ""]);
    }
  });

  test("is asked for when only a refused edit tells of it, and not in a hurry", () => {
    const tab = new Tab("text", 1);
    tab.open(1);
    tab.edit(["mine "]);
    const { id } = tab.send();
    tab.receive({ t: "error", id, code: "forbidden", message: "Cannot change this note" });
    expect(tab.session.nextFrame(0)).toBeUndefined();
    expect(tab.session.nextFrame(500)).toMatchObject({ t: "open", version: 1 });
    tab.receive({ t: "opened", version: 1, role: "read" });
    expect([tab.session.closed, tab.session.unsaved]).toEqual(["read", "mine "]);
  });

  test("says what was told last, also where it cannot be opened anymore", () => {
    for (const [deleted, why] of [
      [true, "purged"],
      [undefined, "revoked"],
    ] as const) {
      const tab = new Tab("text", 1);
      tab.open(1);
      tab.receive({ t: "trashed" });
      tab.receive({ t: "revoked", ...(deleted && { deleted }) });
      tab.session.disconnected();
      tab.session.connected();
      tab.session.nextFrame(0);
      tab.receive({ t: "error", code: "not_found", message: "Cannot open note" });
      expect(tab.session.closed).toBe(why);
    }
  });

  test("gives up what waits when the person does not want it", () => {
    const tab = new Tab("text", 1);
    tab.open(1);
    tab.edit(["mine "]);
    tab.receive({ t: "trashed" });
    tab.shown = apply(tab.shown, tab.session.discard());
    expect([tab.shown, tab.session.saveState]).toEqual(["text", "saved"]);
    tab.open(1);
    expect(tab.session.nextFrame(0)).toBeUndefined();
  });

  test("may come back with the next connection", () => {
    const tab = new Tab("text", 1);
    tab.open(1);
    tab.receive({ t: "trashed" });
    tab.session.disconnected();
    tab.open(1);
    expect(tab.session.closed).toBeUndefined();
  });
});

describe("what a dead tab left behind", () => {
  const operations = [
    { id: "left-behind-1", delta: [3, "A"], sealed: true },
    { id: "left-behind-2", delta: [4, "B"], sealed: false },
  ];

  test("is moved over what happened since, and sent", () => {
    const tab = new Tab(">abc", 6, [{ version: 5, operations }]);
    tab.open(6);
    expect(tab.session.saveState).toBe("saving");
    expect(tab.session.nextFrame(0)).toMatchObject({ t: "open", version: 5 });
    tab.edit(["typed "]);
    tab.receive({ t: "opened", version: 6, role: "write", deltas: [theirs([">"])] });
    expect(tab.shown).toBe("typed >abcAB");
    expect(tab.send()).toMatchObject({ id: "left-behind-1", base: 6, delta: [4, "A"] });
  });

  test("is left out where it had been accepted", () => {
    const tab = new Tab("abcA", 6, [{ version: 5, operations }]);
    tab.open(6);
    tab.openKept(5, 6, [{ id: "left-behind-1", by: "person", d: [3, "A"] }]);
    expect(tab.shown).toBe("abcAB");
    expect(tab.send()).toMatchObject({ id: "left-behind-2", base: 6, delta: [4, "B"] });
  });

  test("comes one tab after the other", () => {
    const kept = [
      { version: 5, operations },
      { version: 4, operations: [{ id: "left-behind-3", delta: ["C"], sealed: false }] },
    ];
    const tab = new Tab("abc", 5, kept);
    tab.open(5);
    tab.openKept(5, 5);
    expect(tab.session.keep(false)).toHaveLength(2);
    for (const from of [5, 6]) {
      const { id, delta } = tab.send();
      tab.receive({ t: "deltas", from, list: [{ id, by: "me", d: delta }] });
    }
    expect(tab.session.nextFrame(tab.now)).toMatchObject({ t: "open", version: 4 });
    const deltas = [theirs([]), theirs([3, "A"]), theirs([4, "B"])];
    tab.receive({ t: "opened", version: 7, role: "write", deltas });
    expect(tab.shown).toBe("CabcAB");
  });

  test("is merged by its text when the server knows deltas no more", () => {
    const tab = new Tab("all new: abc", 900, [{ version: 5, operations, base: "abc" }]);
    tab.open(900);
    tab.session.nextFrame(0);
    tab.receive({ t: "reset", version: 900, role: "write", text: "all new: abc" });
    expect(tab.shown).toBe("all new: abcAB");
    tab.receive({ t: "ack", id: tab.send().id, version: 7 });
    tab.receive({ t: "ack", id: tab.send().id, version: 8 });
    expect([tab.shown, tab.session.saveState]).toEqual(["all new: abc", "saved"]);
  });

  test("is handed out when nobody knows anymore where it belongs", () => {
    const tab = new Tab("all new", 900, [{ version: 5, operations }]);
    tab.open(900);
    tab.session.nextFrame(0);
    tab.receive({ t: "reset", version: 900, role: "write", text: "all new" });
    const { id } = tab.send();
    tab.receive({ t: "error", id, code: "too_old", message: "Cannot merge edit" });
    expect([tab.shown, tab.session.refusal?.inserted]).toEqual(["all new", "AB"]);
  });

  test("is handed out when it does not fit, and a refusal is handed out again", () => {
    const refusal = { code: "gone", message: "The note is in the trash", text: "x", inserted: "x" };
    const tab = new Tab("a", 5, [
      { version: 5, operations: [], refusal },
      { version: 5, operations },
    ]);
    tab.open(5);
    tab.openKept(5, 5);
    expect(tab.session.refusal?.inserted).toBe("x\nAB");
    expect(tab.shown).toBe("a");
  });
});

describe("positions of others", () => {
  test("are moved from their version to the text that is shown", () => {
    const tab = new Tab("abc", 1);
    tab.open(2, [theirs(["12"])]);
    tab.edit(["me "]);
    expect(tab.session.shownCaret([1, 1], 1)?.[0]).toBe(6);
    expect(tab.session.shownCaret([3, 3], 2)?.[0]).toBe(6);
    expect(tab.session.shownCaret([99, 99], 2)?.[0]).toBe(8);
    expect(tab.session.shownCaret([1, 1], 3)?.[0]).toBeUndefined();
    expect(tab.session.shownCaret([1, 1], 0)?.[0]).toBeUndefined();
  });

  test("come with their edits, and not with one's own", () => {
    const tab = new Tab("abc", 1);
    tab.open(1);
    tab.edit(["me "]);
    const { id } = tab.send();
    const list: Entry[] = [
      { id, by: "me", d: ["me "], c: [3, 3] },
      { id: "theirs-01", by: "ana", d: [6, "x"], c: [7, 7] },
      { id: "theirs-02", by: "bo", d: ["y"], c: [1, 1] },
    ];
    const { carets } = tab.receive({ t: "deltas", from: 1, list });
    expect(carets).toEqual([
      { client: "ana", caret: [8, 8] },
      { client: "bo", caret: [1, 1] },
    ]);
  });
});

describe("undo and redo", () => {
  test("are edits like any other", () => {
    const tab = new Tab("", 0);
    tab.open(0);
    tab.edit(["mine"]);
    const { id } = tab.send();
    tab.receive({ t: "deltas", from: 0, list: [{ id, by: "me", d: ["mine"] }] });
    tab.receive({ t: "deltas", from: 1, list: [theirs(["theirs "])] });
    tab.shown = apply(tab.shown, tab.session.undo() ?? []);
    tab.check();
    expect(tab.shown).toBe("theirs ");
    expect(tab.send()).toMatchObject({ base: 2, delta: [7, -4] });
    tab.shown = apply(tab.shown, tab.session.redo() ?? []);
    tab.check();
    expect([tab.shown, tab.session.saveState]).toEqual(["theirs mine", "saving"]);
  });
});
