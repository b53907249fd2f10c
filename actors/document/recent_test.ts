import { describe, expect, test } from "bun:test";
import { personId } from "../../tests/support/people.ts";
import { documentBehavior } from "../document.ts";
import { limits } from "../limits.ts";
import type { JournalEntry } from "../ports.ts";
import { remember, weightOfAll } from "./recent.ts";
import type { DocumentState } from "./types.ts";

const ADA = personId("ada");

const ID = "01JD2Z7Q5V4T8N3XKQ0C9B6MWE";
const ada = { userId: ADA, linkId: undefined };

function remembering(texts: readonly string[]): DocumentState {
  const state = documentBehavior.load(ID, undefined);
  for (const text of texts) {
    state.version += 1;
    const { version } = state;
    const entry: JournalEntry = {
      ...{ version, operationId: `operation-${version}`, authorId: ADA, at: 1, delta: [text] },
    };
    remember(state, entry);
    // What is known of the entries is what they are.
    expect(state.recentUnits).toBe(weightOfAll(state.recent));
    expect([...state.operations.values()]).toEqual(state.recent.map((one) => one.version));
    expect(state.recent.at(-1)).toBe(entry);
    expect(state.recent.length).toBeLessThan(limits.recentVersionsMax * 2);
    const isLittle = state.recentUnits <= limits.recentUnitsMax * 2;
    expect(isLittle || state.recent.length === 1).toBe(true);
  }
  return state;
}

describe("remember()", () => {
  test("keeps so many small entries, and no fewer than half of that", () => {
    const count = limits.recentVersionsMax * 5;
    const { recent } = remembering(Array.from({ length: count }, () => "x"));
    expect(recent.length).toBeGreaterThanOrEqual(limits.recentVersionsMax);
  });

  test("keeps large entries only as long as they weigh so much together", () => {
    const large = "x".repeat(limits.textPieceUnitsMax);
    const { recent } = remembering(Array.from({ length: 50 }, () => large));
    expect(recent.length).toBeGreaterThan(2);
    expect(recent.length).toBeLessThan(limits.recentUnitsMax / limits.textPieceUnitsMax + 10);
  });

  test("keeps the newest one whatever it weighs", () => {
    const { recent } = remembering(["x", "x".repeat(limits.recentUnitsMax * 3)]);
    expect(recent.map(({ version }) => version)).toEqual([2]);
  });
});

test("what a reader missed is told edit by edit only where it is little", () => {
  const state = documentBehavior.load(ID, undefined);
  const text = "x".repeat(limits.catchUpUnitsMax / 4);
  documentBehavior.apply(state, { type: "create", userId: ADA, at: 1, operationId: "c", text });
  for (let base = 1; base <= 5; base++) {
    const caret = undefined;
    const edit = {
      type: "edit",
      by: ada,
      at: 2,
      client: "c1",
      base,
      delta: [text],
      caret,
    } as const;
    documentBehavior.apply(state, { ...edit, operationId: `operation-${base}` });
  }
  const missed = (version: number) => {
    const opened = documentBehavior.apply(state, { type: "open", by: ada, at: 3, version });
    const caughtUp = documentBehavior.apply(state, { type: "catch_up", version });
    if (opened.type !== "done" || opened.reply.type !== "opened") throw new Error("not opened");
    if (caughtUp.type !== "done" || caughtUp.reply.type !== "caught_up")
      throw new Error("not told");
    const { entries, text } = opened.reply;
    expect(caughtUp.reply.entries).toEqual(entries);
    return entries?.length ?? text?.length;
  };
  expect(missed(4)).toBe(2);
  expect(missed(3)).toBe(3);
  expect(missed(2)).toBe(text.length * 5 + limits.savePieceUnitsMax);
  expect(missed(1)).toBe(text.length * 5 + limits.savePieceUnitsMax);
});
