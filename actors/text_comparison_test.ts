import { describe, expect, test } from "bun:test";
import fc from "fast-check";
import { apply, cutsSurrogatePair, type Delta } from "./delta.ts";
import { compareTexts } from "./text_comparison.ts";

const MANY = { componentsMax: 1_000 };
const UNITS = 200_000;

/** Numbers that look like chance and are the same each time (a linear congruential generator). */
function chance(seed: number): (max: number) => number {
  let state = seed;
  return (max) => {
    state = (Math.imul(state, 1_103_515_245) + 12_345) & 0x7fffffff;
    return (state >>> 8) % max;
  };
}

function proseOf(units: number): string {
  const next = chance(1);
  const words = ["lorem", "ipsum", "dolor", "été", "中文", "😀", "note"];
  let text = "";
  while (text.length < units) text += `${words[next(7)]}${next(12) === 0 ? "\n" : " "}`;
  return text;
}

function changed(text: string, places: number): string {
  const next = chance(places);
  const characters = [...text];
  for (let i = 0; i < places; i++) characters[next(characters.length)] = "CHANGED";
  return characters.join("");
}

function numbered(count: number, numberOf: (index: number) => number, end: string): string {
  return Array.from({ length: count }, (_, index) => `line ${numberOf(index)}${end}`).join("");
}

function insertedUnits(delta: Delta): number {
  return delta.reduce<number>((sum, one) => (typeof one === "string" ? sum + one.length : sum), 0);
}

const prose = proseOf(UNITS);
const lines = prose.split("\n");
const count = UNITS / 10;
/** Texts that make a comparison work, or give up. */
const HARD: [name: string, before: string, after: string][] = [
  ["one character over and over, over a short text", "x", "a".repeat(UNITS)],
  ["a short text over one character over and over", "a".repeat(UNITS), "x"],
  ["one character between others", `b${"a".repeat(UNITS)}c`, `d${"a".repeat(UNITS - 9)}e`],
  ["two characters in turn, the other way around", "ab".repeat(UNITS / 2), "ba".repeat(UNITS / 2)],
  ["the same line, between others", `b\n${"a\n".repeat(count)}c`, `d\n${"a\n".repeat(count - 9)}e`],
  ["two lines in turn, the other way around", "a\nb\n".repeat(count), "b\na\n".repeat(count)],
  ["empty lines that get a character each", "\n".repeat(UNITS), "x\n".repeat(UNITS / 2)],
  ["lines in the other order", prose, lines.toReversed().join("\n")],
  ["lines that occur once, in the other order", ...ordered((i) => count - i, "\n")],
  ["words that occur once, in the other order", ...ordered((i) => count - i, " ")],
  ["lines that occur once, in pairs the other way around", ...ordered((i) => i ^ 1, "\n")],
  ["lines that occur once, shuffled", ...ordered((i) => (i * 7_919) % count, "\n")],
  ["characters without an order", randomOf(2), randomOf(3)],
  ["characters without an order, changed", randomOf(2), changed(randomOf(2), 300)],
  ["pairs of units", "😀".repeat(UNITS / 2), "😁😀".repeat(UNITS / 4)],
  ["prose, changed everywhere", prose, changed(prose, UNITS / 20)],
];

function ordered(numberOf: (index: number) => number, end: string): [string, string] {
  return [numbered(count, (index) => index, end), numbered(count, numberOf, end)];
}

function randomOf(seed: number): string {
  const next = chance(seed);
  return Array.from({ length: UNITS }, () => String.fromCharCode(97 + next(26))).join("");
}

describe("compareTexts()", () => {
  test("finds what was changed, word by word, and leaves the rest alone", () => {
    const before = "one two three\nfour five six\nseven eight nine\n";
    const after = "one 2 three\nfour five six\nzero\nseven eight nine!\n";
    expect(compareTexts(before, after, MANY)).toEqual([4, "2", -3, 21, "zero\n", 16, "!"]);
  });

  test("finds changes that are far apart in one long line, with spaces and without", () => {
    for (const line of [prose.replaceAll("\n", " "), randomOf(5)]) {
      const after = `${line.slice(0, 1_000)}!${line.slice(1_000, 150_000)}?${line.slice(150_000)}`;
      expect(insertedUnits(compareTexts(line, after, MANY))).toBeLessThan(200);
    }
  });

  test("finds a few changes among lines that are all the same", () => {
    const same = "the same\n".repeat(5_000);
    const after = `${same.slice(0, 9_000)}new\n${same.slice(9_000, 27_000)}${same.slice(27_009)}`;
    const delta = compareTexts(`a\n${same}b\n`, `c\n${after}d\n`, MANY);
    expect(insertedUnits(delta)).toBeLessThan(20);
  });

  test("makes one text of any other, with whole characters and few components", () => {
    const text = fc
      .array(fc.constantFrom("a", "b", "word ", "line\n", "😀", "😁", "é", "\n", " ", "中"), {
        maxLength: 60,
      })
      .map((parts) => parts.join(""));
    const components = fc.integer({ min: 3, max: 30 });
    fc.assert(
      fc.property(text, text, components, (before, after, componentsMax) => {
        const delta = compareTexts(before, after, { componentsMax });
        expect(apply(before, delta)).toBe(after);
        expect(delta.length).toBeLessThanOrEqual(componentsMax);
        expect(cutsSurrogatePair((place) => before.charCodeAt(place), delta)).toBe(false);
        expect(delta.every((one) => typeof one === "number" || one.isWellFormed())).toBe(true);
        expect(compareTexts(before, after, { componentsMax })).toEqual(delta);
      }),
      { seed: 1, numRuns: 1_000 },
    );
  });

  test.each(HARD)("takes work in proportion to its texts: %s", (_, before, after) => {
    const meter = { steps: 0 };
    const delta = compareTexts(before, after, { ...MANY, meter });
    expect(apply(before, delta)).toBe(after);
    expect(delta.length).toBeLessThanOrEqual(MANY.componentsMax);
    expect(insertedUnits(delta)).toBeLessThanOrEqual(after.length);
    expect(meter.steps).toBeLessThan((before.length + after.length) * 8);
  });
});
