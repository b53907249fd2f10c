import { describe, expect, test } from "bun:test";
import fc from "fast-check";
import { ada, NOTE_ID } from "../../tests/support/stored_note.ts";
import { apply, compose, type Delta, lengthChange, normalize, transform } from "../delta.ts";
import { documentBehavior } from "../document.ts";
import { limits } from "../limits.ts";
import type { JournalEntry } from "../ports.ts";
import { deletionsOf } from "./deletions.ts";
import { change, isApplicable, textIn } from "./loro.ts";
import type { DocumentOperation, DocumentState } from "./types.ts";

/** A note with a text that is written already. */
function noteOf(text: string): DocumentState {
  const state = documentBehavior.load(NOTE_ID, undefined);
  state.ownerId = ada.userId;
  change(state, [text], 1);
  return state;
}

function deletedUnits(delta: Delta): number {
  return delta.reduce<number>(
    (sum, one) => (typeof one === "number" && one < 0 ? sum - one : sum),
    0,
  );
}

describe("deletionsOf()", () => {
  test("leaves a delta alone that deletes little, however much it inserts", () => {
    const state = noteOf("x".repeat(limits.entryDeletedUnitsMax * 2));
    const many = Array.from({ length: limits.entryDeletionsMax * 4 }, (_, i) => (i % 2 ? "y" : 2));
    expect(deletionsOf(state, many)).toBeUndefined();
    expect(deletionsOf(state, [3, "text", -limits.entryDeletedUnitsMax])).toBeUndefined();
  });

  test("takes as much as one entry may, and as many places", () => {
    const state = noteOf("x".repeat(limits.entryDeletedUnitsMax * 2));
    const all = [3, "text", -limits.entryDeletedUnitsMax - 1];
    expect(deletionsOf(state, all)).toEqual([3, -limits.entryDeletedUnitsMax]);
    const places = Array.from({ length: limits.entryDeletionsMax * 3 }, (_, i) => (i % 2 ? -1 : 2));
    expect(deletedUnits(deletionsOf(state, places) ?? [])).toBe(limits.entryDeletionsMax);
  });

  test("cuts no character, whatever is deleted", () => {
    const units = limits.entryDeletedUnitsMax;
    const text = `${"x".repeat(units / 2)}${"😀".repeat(units)}`;
    const state = noteOf(text);
    const places = fc.integer({ min: 0, max: units / 2 });
    fc.assert(
      fc.property(places, places, fc.boolean(), (kept, deleted, inserts) => {
        const rest = text.length - kept - deleted - 1;
        const own = inserts ? "instead" : "";
        const [first, second] = [kept, deleted].map((one) => one - (one % 2));
        const delta = normalize([first ?? 0, -(second ?? 0), 1, own, -(rest - (rest % 2))]);
        if (!isApplicable(state, delta)) return;
        const part = deletionsOf(state, delta);
        if (part === undefined) return;
        expect(isApplicable(state, part)).toBe(true);
        expect(deletedUnits(part)).toBeGreaterThan(0);
        expect(deletedUnits(part)).toBeLessThanOrEqual(units);
        expect(compose(part, transform(part, delta, "right"))).toEqual(delta);
      }),
      { seed: 1 },
    );
  });
});

/** Runs an operation to its end; `between` happens between its parts. */
function run(
  state: DocumentState,
  operation: DocumentOperation,
  between = () => {},
): JournalEntry[] {
  const entries: JournalEntry[] = [];
  for (let next = operation; ; ) {
    const outcome = documentBehavior.apply(state, next);
    if (outcome.type === "refused") throw outcome.error;
    if (outcome.type === "needs") throw new Error("Cannot go on: expected all in memory");
    for (const one of outcome.changes ?? []) if (one.type === "append") entries.push(one.entry);
    if (outcome.type === "done") return entries;
    next = outcome.rest;
    between();
  }
}

function edit(base: number, delta: Delta, id: string) {
  const given = { by: ada, at: 2, client: "c1", caret: undefined, etag: undefined };
  return { type: "edit", ...given, base, delta, operationId: id } as const;
}

describe("an edit that deletes much", () => {
  const text = "A line of text. 😀\n".repeat(10_000);

  test("is several entries, the last of which is the edit itself with what it inserts", () => {
    const state = noteOf(text);
    const entries = run(state, edit(1, ["new", -text.length], "operation-all"));
    const parts = Math.ceil(text.length / limits.entryDeletedUnitsMax);
    expect(entries).toHaveLength(parts);
    expect(entries.map(({ version }) => version)).toEqual(
      Array.from({ length: parts }, (_, i) => i + 2),
    );
    expect(entries.at(-1)?.operationId).toBe("operation-all");
    for (const { delta, operationId } of entries) {
      expect(deletedUnits(delta)).toBeLessThanOrEqual(limits.entryDeletedUnitsMax);
      if (operationId !== "operation-all") expect(lengthChange(delta)).toBe(-deletedUnits(delta));
    }
    expect(new Set(entries.map(({ operationId }) => operationId)).size).toBe(parts);
    expect(textIn(state).body.toString()).toBe("new");
    expect(run(state, edit(1, ["new", -text.length], "operation-all"))).toEqual([]);
  });

  test("leaves what others write between its parts", () => {
    const state = noteOf(text);
    let typed = 0;
    const entries = run(state, edit(1, [-text.length], "operation-all"), () => {
      typed += 1;
      run(state, edit(state.version, [typed - 1, "!"], `operation-${typed}`));
    });
    expect(typed).toBe(entries.length - 1);
    expect(textIn(state).body.toString()).toBe("!".repeat(typed));
  });

  test("is refused as a whole where it does not fit", () => {
    const state = noteOf(text);
    expect(() => run(state, edit(1, [-text.length - 1], "operation-all"))).toThrow("does not fit");
    expect(state.version).toBe(1);
  });

  test("goes on from its parts when it is sent again after a crash", () => {
    const state = noteOf(text);
    const operation = edit(1, [5, "kept", -(text.length - 5)], "operation-all");
    const first = documentBehavior.apply(state, operation);
    expect(first.type).toBe("continues");
    run(state, operation);
    expect(textIn(state).body.toString()).toBe(apply(text, operation.delta));
  });
});
