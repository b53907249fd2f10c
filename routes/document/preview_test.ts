import { expect, test } from "bun:test";
import fc from "fast-check";
import { spliceOf } from "./preview.ts";

test("spliceOf() says nothing when nothing has changed", () => {
  expect(spliceOf(["a", "b"], ["a", "b"])).toBeUndefined();
  expect(spliceOf([], [])).toBeUndefined();
});

test("spliceOf() touches only what has changed", () => {
  expect(spliceOf(["a", "b", "c"], ["a", "x", "c"])).toEqual({
    start: 1,
    remove: 1,
    blocks: ["x"],
  });
  expect(spliceOf(["a", "a"], ["a", "a", "a"])).toEqual({ start: 2, remove: 0, blocks: ["a"] });
  expect(spliceOf(["a", "b"], ["b"])).toEqual({ start: 0, remove: 1, blocks: [] });
});

test("spliceOf() turns any list into any other", () => {
  const list = fc.array(fc.constantFrom("a", "b", "c"), { maxLength: 12 });
  fc.assert(
    fc.property(list, list, (before, after) => {
      const splice = spliceOf(before, after);
      const result: string[] = [...before];
      if (splice) result.splice(splice.start, splice.remove, ...splice.blocks);
      expect(result).toEqual(after);
    }),
  );
});
