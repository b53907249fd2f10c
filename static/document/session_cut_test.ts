/** Edits that are more than one frame may hold, or more than may be sent at the moment. */

import { describe, expect, test } from "bun:test";
import { apply, compose, type Delta, type SplitLimits } from "../../actors/delta.ts";
import { limits } from "../../actors/limits.ts";
import { Tab, theirs } from "../../tests/support/document_tab.ts";
import { OPERATION_MAX } from "./operations.ts";

describe("an edit that is too large for one frame", () => {
  const small: SplitLimits = { unitsMax: 4, componentsMax: 2 };

  /** Lets the server take everything that is sent, and answers what that was. */
  function takeAll(tab: Tab): Delta[] {
    const taken: Delta[] = [];
    for (;;) {
      const frame = tab.session.nextFrame(tab.now);
      if (frame?.t !== "edit") return taken;
      taken.push(frame.delta);
      tab.receive({
        ...{ t: "deltas", from: frame.base },
        list: [{ id: frame.id, by: "me", d: frame.delta }],
      });
    }
  }

  test("keeps to half of what the server takes, since others may make it grow", () => {
    expect(OPERATION_MAX.unitsMax).toBe(limits.textPieceUnitsMax);
    expect(OPERATION_MAX.componentsMax * 2).toBe(limits.deltaComponentsMax);
  });

  test("goes in pieces, one after the other, and is being saved until the last is taken", () => {
    const tab = new Tab("", 0);
    tab.open(0);
    const text = "漢字😀.".repeat(limits.textUnitsMax / 5);
    tab.edit([text]);
    tab.edit([text.length, "!"]);
    const first = tab.send();
    expect(tab.session.nextFrame(tab.now)).toBeUndefined();
    expect(tab.session.saveState).toBe("saving");
    tab.receive({ t: "deltas", from: 0, list: [{ id: first.id, by: "me", d: first.delta }] });
    const taken = [first.delta, ...takeAll(tab)];
    expect(taken.length).toBe(limits.textUnitsMax / limits.textPieceUnitsMax + 1);
    expect(taken.reduce(apply, "")).toBe(`${text}!`);
    expect(tab.session.saveState).toBe("saved");
  });

  test("may be many small ones that were made offline", () => {
    const tab = new Tab(".".repeat(20_000), 0);
    for (let i = 0; i < 10_000; i++) tab.edit([i * 3 + 1, "x"]);
    tab.open(0);
    const { text } = tab.session;
    const taken = takeAll(tab);
    expect(taken.reduce<Delta>(compose, [])).toHaveLength(20_000);
    for (const delta of taken) expect(delta.length).toBeLessThanOrEqual(1_000);
    expect(taken.reduce(apply, ".".repeat(20_000))).toBe(text);
    expect(tab.session.saveState).toBe("saved");
  });

  test("is moved over what others do between its pieces, and theirs over it", () => {
    const tab = new Tab("ab", 0, [], small);
    tab.open(0);
    tab.edit([1, "0123456789"]);
    const { id, delta } = tab.send();
    expect(delta).toEqual([1, "0123"]);
    tab.receive({ t: "deltas", from: 0, list: [{ id, by: "me", d: delta }, theirs([3, "?"])] });
    expect(tab.shown).toBe("a01?23456789b");
    expect(takeAll(tab)).toEqual([
      [6, "4567"],
      [10, "89"],
    ]);
  });

  test("is taken back as one", () => {
    const tab = new Tab("", 0, [], small);
    tab.open(0);
    tab.edit(["0123456789"]);
    tab.send();
    const back = tab.session.undo();
    expect(back).toEqual([-10]);
    expect(tab.session.text).toBe("");
  });

  test("is kept as it will be sent, so that what a dead tab sent of it counts once", () => {
    const tab = new Tab("", 0, [], small);
    tab.open(0);
    tab.edit(["0123456789"]);
    const kept = tab.session.keep(true);
    const { id } = tab.send();
    const heir = new Tab("0123", 1, structuredClone(kept), small);
    heir.open(1);
    heir.openKept(0, 1, [{ id, by: "me", d: ["0123"] }]);
    expect(heir.shown).toBe("0123456789");
    expect(takeAll(heir)).toEqual([
      [4, "4567"],
      [8, "89"],
    ]);
  });

  describe("because an older page kept it", () => {
    const operations = [{ id: "operation-old", delta: ["0123456789"], sealed: false }];

    test("is asked for, and goes in pieces where the server has it not", () => {
      const tab = new Tab("", 0, [{ version: 0, operations }], small);
      tab.open(0);
      tab.openKept(0, 0);
      const question = tab.send();
      expect(question).toMatchObject({ id: "operation-old", delta: [-(2 ** 40)] });
      tab.receive({ t: "error", id: question.id, code: "bad_delta", message: "" });
      expect(takeAll(tab).reduce(apply, "")).toBe("0123456789");
      expect(tab.session.saveState).toBe("saved");
    });

    test("is not sent again where the server has it", () => {
      const tab = new Tab("", 0, [{ version: 0, operations }], small);
      tab.open(0);
      tab.openKept(0, 0);
      const { id } = tab.send();
      tab.receive({ t: "ack", id, version: 1 });
      expect(tab.session.nextFrame(tab.now)).toMatchObject({ t: "open", version: 0 });
      const deltas = [{ id, by: "me", d: ["0123456789"] }];
      tab.receive({ t: "opened", version: 1, role: "write", deltas });
      expect(tab.shown).toBe("0123456789");
      expect(tab.session.saveState).toBe("saved");
    });
  });

  test("because others cut its deletions into many is asked for, and goes in pieces", () => {
    const tab = new Tab(".".repeat(12), 0, [], small);
    tab.open(0);
    tab.edit([-12]);
    tab.send();
    tab.session.disconnected();
    tab.open(
      5,
      [1, 3, 5, 7, 9].map((at, i) => theirs([at + i, "x"], `theirs-${i}`)),
    );
    expect(tab.shown).toBe("xxxxx");
    const question = tab.send();
    expect(question).toMatchObject({ delta: [-(2 ** 40)] });
    tab.receive({ t: "error", id: question.id, code: "bad_delta", message: "" });
    for (const delta of takeAll(tab)) expect(delta.length).toBeLessThanOrEqual(2);
    expect(tab.shown).toBe("xxxxx");
    expect(tab.session.saveState).toBe("saved");
  });
});

describe("an edit that was too much at once", () => {
  test.each([
    ["with its id", true],
    ["without an id", false],
  ])("waits as long as the server says, and is sent again as it was, refused %s", (_, hasId) => {
    const tab = new Tab();
    tab.open(0);
    tab.edit(["a"]);
    const { id, delta } = tab.send();
    const error = { t: "error", code: "throttled", message: "Cannot take this yet" } as const;
    tab.receive({ ...error, ...(hasId && { id }), retryAfterSeconds: 7 });
    expect(tab.session.saveState).toBe("saving");
    expect(tab.session.problem).toBe("Cannot take this yet");
    expect(tab.session.wakeAt()).toBe(7_000);
    tab.now = 6_999;
    expect(tab.session.nextFrame(tab.now)).toBeUndefined();
    tab.now = 7_000;
    expect(tab.send()).toMatchObject({ id, delta });
  });

  test("is not taken for one when nothing was sent", () => {
    const tab = new Tab();
    tab.open(0);
    tab.receive({ t: "error", code: "throttled", message: "", retryAfterSeconds: 7 });
    tab.edit(["a"]);
    expect(tab.send()).toMatchObject({ delta: ["a"] });
  });

  test("holds an opening back as long as the server says", () => {
    const tab = new Tab();
    tab.session.connected();
    tab.session.nextFrame(tab.now);
    tab.receive({ t: "error", code: "throttled", message: "", retryAfterSeconds: 7 });
    expect(tab.session.wakeAt()).toBe(7_000);
    tab.now = 7_000;
    expect(tab.session.nextFrame(tab.now)).toMatchObject({ t: "open" });
  });
});
