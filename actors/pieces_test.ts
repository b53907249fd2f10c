import { expect, test } from "bun:test";
import fc from "fast-check";
import { piecesOf } from "./pieces.ts";

test("piecesOf() cuts no character in two and loses nothing", () => {
  expect([...piecesOf("", 2)]).toEqual([""]);
  expect([...piecesOf("abcde", 2)]).toEqual(["ab", "cd", "e"]);
  expect([...piecesOf("a😀b", 2)]).toEqual(["a", "😀", "b"]);
  fc.assert(
    fc.property(fc.string({ unit: "grapheme" }), fc.integer({ min: 2, max: 5 }), (text, most) => {
      const pieces = [...piecesOf(text, most)];
      expect(pieces.join("")).toBe(text);
      for (const piece of pieces) {
        expect(piece.length).toBeLessThanOrEqual(most);
        expect(piece.isWellFormed()).toBe(true);
      }
    }),
    { seed: 1 },
  );
});
