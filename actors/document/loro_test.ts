import { expect, test } from "bun:test";
import fc from "fast-check";
import { LoroDoc } from "loro-crdt/base64";
import { apply, type Delta, normalize } from "../delta.ts";
import { documentBehavior } from "../document.ts";
import { limits } from "../limits.ts";
import { change, isApplicable, textIn, textOf } from "./loro.ts";
import type { DocumentState } from "./types.ts";

const ID = "01JD2Z7Q5V4T8N3XKQ0C9B6MWE";

function noteOf(text: string): DocumentState {
  const state = documentBehavior.load(ID, undefined);
  if (text !== "") change(state, [text], 1);
  return state;
}

/** A state whose text counts how often it is asked of Loro, and in which no position may be looked up. */
function watched(text: string): { state: DocumentState; asked: () => number } {
  const state = noteOf(text);
  const { body } = textIn(state);
  let asked = 0;
  const read = body.toString.bind(body);
  const refuse = () => {
    throw new Error("Cannot look up a position: it takes as long as reading the text");
  };
  const spies = { convertPos: refuse, charAt: refuse, slice: refuse };
  Object.assign(body, spies, {
    toString: () => {
      asked += 1;
      return read();
    },
  });
  return { state, asked: () => asked };
}

const words = fc.array(fc.constantFrom("a", "é", "中", "😀", "👩‍👩‍👧", "\n"), { maxLength: 12 });
const deltas = fc.array(
  fc.oneof(
    fc.integer({ min: -4, max: 4 }),
    words.map((list) => list.join("")),
  ),
  { maxLength: 6 },
);

/** Whether a step of a delta begins or ends inside of a character, or beyond the text. */
function isCutting(text: string, delta: Delta): boolean {
  const starts = new Set([0]);
  let end = 0;
  for (const character of text) {
    end += character.length;
    starts.add(end);
  }
  let position = 0;
  for (const component of delta) {
    if (typeof component === "number") position += Math.abs(component);
    if (!starts.has(position)) return true;
  }
  return false;
}

test("a delta is applicable where it fits and cuts no character, and changes the text as it says", () => {
  fc.assert(
    fc.property(words, fc.array(deltas, { maxLength: 5 }), (list, many) => {
      const state = noteOf(list.join(""));
      let text = list.join("");
      for (const components of many) {
        const delta = normalize(components);
        const isWhole = !isCutting(text, delta);
        expect(isApplicable(state, delta)).toBe(isWhole);
        if (!isWhole) continue;
        change(state, delta, state.version + 1);
        text = apply(text, delta);
        expect(textIn(state).length).toBe(text.length);
        expect(textIn(state).body.toString()).toBe(text);
        expect(textOf(state)).toBe(text);
      }
    }),
    { seed: 1, numRuns: 300 },
  );
});

test("however many places a delta has, Loro is asked for the text once, and not again by later ones", () => {
  const { state, asked } = watched("😀".repeat(5_000));
  const many = Array.from({ length: 2_000 }, (_, i) => (i % 2 === 0 ? 2 : "x"));
  for (let edits = 0; edits < 20; edits++) {
    expect(isApplicable(state, [3, "x"])).toBe(edits > 0);
    expect(isApplicable(state, many)).toBe(edits === 0);
    change(state, edits === 0 ? many : [3, "y"], state.version + 1);
  }
  expect(asked()).toBeLessThanOrEqual(1);
});

test("a text without characters of two units is not looked at, until it gets one", () => {
  const { state, asked } = watched("plain text, naïve and 中文");
  expect(isApplicable(state, [5, "x", -3])).toBe(true);
  change(state, [5, "x", -3], 2);
  expect(asked()).toBe(0);
  change(state, ["😀"], 3);
  expect(isApplicable(state, [1, "x"])).toBe(false);
  expect(isApplicable(state, [2, "x"])).toBe(true);
  expect(asked()).toBe(1);
});

test("a long insert is many pieces to Loro, and one text to everybody else", () => {
  const pieces = 5;
  for (const text of ["x".repeat(limits.insertPieceUnitsMax * pieces), "z😀".repeat(7_000)]) {
    const state = noteOf("around");
    change(state, [3, text], 2);
    const { doc, body } = textIn(state);
    expect(body.toString()).toBe(`aro${text}und`);
    const made = doc.exportJsonUpdates().changes.flatMap(({ ops }) => ops);
    expect(made.length).toBeGreaterThan(pieces);
    const copy = new LoroDoc();
    copy.import(doc.export({ mode: "snapshot" }));
    expect(copy.getText("body").toString()).toBe(`aro${text}und`);
  }
});
