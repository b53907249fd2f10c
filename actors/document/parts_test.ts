import { describe, expect, test } from "bun:test";
import fc from "fast-check";
import { limits } from "../limits.ts";
import { partsOf } from "./parts.ts";

function cut(text: string, unitsMax: number): string[] {
  return [...partsOf(text, unitsMax)].map(({ start, end, prefix }) => {
    return prefix + text.slice(start, end);
  });
}

describe("partsOf()", () => {
  test("leaves a short text whole, and an empty one too", () => {
    expect(cut("short", 100)).toEqual(["short"]);
    expect(cut("", 100)).toEqual([""]);
  });

  test("divides between paragraphs, or else between lines, or else between characters", () => {
    expect(cut("aaaaa\n\nbbbbb", 9)).toEqual(["aaaaa\n\n", "bbbbb"]);
    expect(cut("aaaaa\nbbbbb", 9)).toEqual(["aaaaa\n", "bbbbb"]);
    expect(cut("😀😀😀", 3)).toEqual(["😀", "😀", "😀"]);
  });

  test("holds so many lines at most, however short they are", () => {
    const text = "- a\n".repeat(2.5 * limits.renderPartLinesMax);
    const parts = cut(text, limits.renderPartUnitsMax);
    expect(parts.join("")).toBe(text);
    expect(parts.map((part) => part.split("\n").length - 1)).toEqual([
      limits.renderPartLinesMax,
      limits.renderPartLinesMax,
      limits.renderPartLinesMax / 2,
    ]);
  });

  test("opens a block of code again that goes on in the next part", () => {
    const parts = cut("```js\nonetwo\nthree\n```\nfour five\n", 14);
    expect(parts).toEqual(["```js\nonetwo\n", "```js\nthree\n```\n", "four five\n"]);
  });

  test("closes a block only by a fence of its own kind and length", () => {
    expect(cut("````\n```\n~~~\nxxxxxxxx\n````\nyyyyyyy\n", 16).at(1)).toStartWith("````\n");
  });

  test("loses nothing and makes no part longer than it may be", () => {
    const line = fc.constantFrom("", "```", "~~~~", "text", "😀😀", "# title");
    fc.assert(
      fc.property(fc.array(line), fc.integer({ min: 8, max: 40 }), (lines, unitsMax) => {
        const text = lines.join("\n");
        const parts = [...partsOf(text, unitsMax)];
        expect(parts.map(({ start, end }) => text.slice(start, end)).join("")).toBe(text);
        for (const { start, end } of parts) {
          expect(end - start).toBeLessThanOrEqual(unitsMax);
          expect(text.slice(start, end).isWellFormed()).toBe(true);
        }
      }),
      { seed: 1 },
    );
  });
});
