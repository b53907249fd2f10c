/** Examples, and properties with `quill-delta` as the oracle. */

import { describe, expect, test } from "bun:test";
import fc from "fast-check";
import QuillDelta, { type Op } from "quill-delta";
import {
  apply,
  baseLength,
  type Component,
  cleanText,
  compose,
  cutsSurrogatePair,
  type Delta,
  diff,
  diffWords,
  fits,
  invert,
  isEmpty,
  isPlainText,
  lengthChange,
  normalize,
  parseDelta,
  split,
  transform,
  transformPosition,
} from "./delta.ts";

// Few letters, so that repeats are common; pairs, CJK, combining marks and joined emoji.
const piece = fc.constantFrom(
  ..."aab \n\n漢字",
  "é",
  "e\u0301",
  "😀",
  "👩‍💻",
  "🇩🇪",
  "ا",
  "words of it\n",
);
const text = fc.array(piece, { maxLength: 24 }).map((pieces) => pieces.join(""));

/** A delta that fits a text and cuts no surrogate pair. */
function deltaFor(base: string): fc.Arbitrary<Delta> {
  const units = [...base].map((character) => character.length);
  const step = fc.record({
    kind: fc.constantFrom("retain", "delete", "insert", "insert"),
    count: fc.integer({ min: 1, max: 6 }),
    inserted: text,
  });
  return fc.array(step, { maxLength: 8 }).map((steps) => {
    let index = 0;
    const components: Component[] = [];
    for (const { kind, count, inserted } of steps) {
      if (kind === "insert") components.push(inserted);
      else {
        const span = units.slice(index, index + count).reduce((sum, size) => sum + size, 0);
        index += count;
        components.push(kind === "retain" ? span : -span);
      }
    }
    return normalize(components);
  });
}

/** A text with two deltas that were made against it at the same time. */
const concurrent = text.chain((base) =>
  fc.record({ base: fc.constant(base), a: deltaFor(base), b: deltaFor(base) }),
);

/** A text with three deltas, each made after the one before. */
const chained = text.chain((base) =>
  deltaFor(base).chain((a) =>
    deltaFor(apply(base, a)).chain((b) =>
      deltaFor(apply(apply(base, a), b)).map((c) => ({ base, a, b, c })),
    ),
  ),
);

function toQuill(delta: Delta): QuillDelta {
  const ops: Op[] = delta.map((component) => {
    if (typeof component === "string") return { insert: component };
    return component > 0 ? { retain: component } : { delete: -component };
  });
  return new QuillDelta(ops);
}

function fromQuill(quill: QuillDelta): Component[] {
  return quill.ops.map((op) => {
    if (typeof op.insert === "string") return op.insert;
    if (typeof op.retain === "number") return op.retain;
    return -(op.delete ?? 0);
  });
}

function quillText(quill: QuillDelta): string {
  return quill.ops.map((op) => op.insert).join("");
}

/** How much a delta deletes and inserts. */
function changedUnits(delta: Delta): number {
  let units = 0;
  for (const part of delta) units += typeof part === "string" ? part.length : Math.max(0, -part);
  return units;
}

function isCanonical(delta: Delta): boolean {
  return JSON.stringify(normalize(delta)) === JSON.stringify(delta);
}

describe("normalize()", () => {
  test("merges neighbors, drops zeros, puts inserts before deletes and ends without a retain", () => {
    expect(normalize([3, -2, "yo"])).toEqual([3, "yo", -2]);
    expect(normalize([1, 0, 2, "", "a", "b", -1, 0, -1, "c", -1, 7])).toEqual([3, "abc", -3]);
    expect(normalize([5])).toEqual([]);
    expect(normalize(["-5", -5])).toEqual(["-5", -5]);
  });
});

describe("parseDelta()", () => {
  test("answers the canonical form of what is a delta", () => {
    expect(parseDelta([3, -2, "yo", 4])).toEqual([3, "yo", -2]);
    expect(parseDelta([])).toEqual([]);
  });

  test("refuses what is not an array of integers and strings", () => {
    for (const value of [undefined, null, {}, "abc", 3, [null], [[1]], [1.5], [NaN], [Infinity]]) {
      expect(parseDelta(value)).toBeUndefined();
    }
  });

  test("refuses integers that are too large to count with, alone or together", () => {
    expect(parseDelta([2 ** 53])).toBeUndefined();
    expect(parseDelta([-(2 ** 53)])).toBeUndefined();
    expect(parseDelta([Number.MAX_SAFE_INTEGER, -1])).toBeUndefined();
  });

  test("refuses NUL, carriage returns and lone surrogates in inserts", () => {
    for (const inserted of ["a\0", "a\r\nb", "\ud83d", "\ude00", "\ude00\ud83d"]) {
      expect(parseDelta([inserted])).toBeUndefined();
    }
    expect(parseDelta(["\ud83d", "\ude00"])).toBeUndefined();
  });

  test("holds a delta to the limits it is given", () => {
    expect(parseDelta([1, "a"], { componentsMax: 2 })).toEqual([1, "a"]);
    expect(parseDelta([1, "a", 1], { componentsMax: 2 })).toBeUndefined();
    expect(parseDelta(["abc", -3], { unitsMax: 3 })).toEqual(["abc", -3]);
    expect(parseDelta(["ab", 1, "cd"], { unitsMax: 3 })).toBeUndefined();
    expect(parseDelta([2, -2], { unitsMax: 3 })).toBeUndefined();
  });
});

describe("plain text", () => {
  test("cleanText() makes plain text of anything", () => {
    expect(cleanText("a\r\nb\rc\0d\ud83de😀")).toBe("a\nb\nc\uFFFDd\uFFFDe😀");
    fc.assert(
      fc.property(fc.string({ unit: "binary" }), (any) => {
        expect(isPlainText(cleanText(any))).toBe(true);
        expect(cleanText(cleanText(any))).toBe(cleanText(any));
        if (isPlainText(any)) expect(cleanText(any)).toBe(any);
      }),
    );
  });

  test("isPlainText() refuses what a note may not hold", () => {
    expect(["", "a\tb\n😀", "a\0", "\r", "\ud83d", "x\ude00"].map(isPlainText)).toEqual([
      true,
      true,
      false,
      false,
      false,
      false,
    ]);
  });
});

describe("apply()", () => {
  test("retains, inserts, deletes and keeps the rest", () => {
    expect(apply("Hello world", [5, ",", 1, "big ", "W", -1])).toBe("Hello, big World");
  });

  test("refuses a delta that does not fit", () => {
    expect(() => apply("abc", [2, -2])).toThrow(
      new RangeError("Cannot apply a delta: expected a text of at least 4 units, received 3"),
    );
    expect(fits([2, -2], 3)).toBe(false);
    expect(fits([2, -2], 4)).toBe(true);
  });

  test("does as quill-delta does, and lengths agree", () => {
    fc.assert(
      fc.property(concurrent, ({ base, a }) => {
        const after = apply(base, a);
        expect(after).toBe(quillText(new QuillDelta().insert(base).compose(toQuill(a))));
        expect(lengthChange(a)).toBe(after.length - base.length);
        expect(baseLength(a)).toBeLessThanOrEqual(base.length);
        expect(isPlainText(after)).toBe(true);
      }),
    );
  });
});

describe("cutsSurrogatePair()", () => {
  const base = "a😀b";
  const unitAt = (position: number) => base.charCodeAt(position);

  test("finds a step that ends inside a pair", () => {
    expect(cutsSurrogatePair(unitAt, [2, "x"])).toBe(true);
    expect(cutsSurrogatePair(unitAt, [1, -1])).toBe(true);
    expect(cutsSurrogatePair(unitAt, [1, "x", -1])).toBe(true);
    expect(cutsSurrogatePair(unitAt, [2, -1])).toBe(true);
  });

  test("lets a delta between characters pass", () => {
    expect(cutsSurrogatePair(unitAt, ["x", 1, "y", -2, 1, "z"])).toBe(false);
    expect(cutsSurrogatePair(unitAt, [-4])).toBe(false);
    fc.assert(
      fc.property(concurrent, ({ base, a }) => {
        expect(cutsSurrogatePair((position) => base.charCodeAt(position), a)).toBe(false);
      }),
    );
  });
});

describe("compose()", () => {
  test("does both, one after the other, as quill-delta does", () => {
    fc.assert(
      fc.property(chained, ({ base, a, b }) => {
        const both = compose(a, b);
        expect(apply(base, both)).toBe(apply(apply(base, a), b));
        expect(isCanonical(both)).toBe(true);
        expect([...both]).toEqual(fromQuill(toQuill(a).compose(toQuill(b)).chop()));
      }),
    );
  });

  test("is associative", () => {
    fc.assert(
      fc.property(chained, ({ a, b, c }) => {
        expect(compose(compose(a, b), c)).toEqual(compose(a, compose(b, c)));
      }),
    );
  });

  test("with nothing is the delta itself", () => {
    expect(compose([], [1, "x"])).toEqual([1, "x"]);
    expect(compose([1, "x"], [])).toEqual([1, "x"]);
    expect(isEmpty(compose(["x"], [-1]))).toBe(true);
  });
});

describe("transform()", () => {
  test("puts inserts at the same place on the side it is told", () => {
    expect(transform(["one"], ["two"], "right")).toEqual([3, "two"]);
    expect(transform(["one"], ["two"], "left")).toEqual(["two"]);
  });

  test("does not delete twice", () => {
    expect(transform([1, -2], [-4], "right")).toEqual([-2]);
  });

  test("lets both orders end in the same text (TP1)", () => {
    fc.assert(
      fc.property(concurrent, ({ base, a, b }) => {
        const late = transform(a, b, "right");
        const early = transform(b, a, "left");
        expect(apply(apply(base, a), late)).toBe(apply(apply(base, b), early));
        expect(isCanonical(late) && isCanonical(early)).toBe(true);
      }),
    );
  });

  test("does as quill-delta does", () => {
    fc.assert(
      fc.property(concurrent, ({ a, b }) => {
        const [over, late] = [toQuill(a), toQuill(b)];
        expect([...transform(a, b, "right")]).toEqual(fromQuill(over.transform(late, true)));
        expect([...transform(a, b, "left")]).toEqual(fromQuill(over.transform(late, false)));
      }),
    );
  });

  test("cuts no surrogate pair", () => {
    fc.assert(
      fc.property(concurrent, ({ base, a, b }) => {
        const after = apply(base, a);
        const late = transform(a, b, "right");
        expect(cutsSurrogatePair((position) => after.charCodeAt(position), late)).toBe(false);
      }),
    );
  });
});

describe("transformPosition()", () => {
  test("sticks to the side of an insert it is told", () => {
    expect(transformPosition(2, [2, "abc"], "before")).toBe(2);
    expect(transformPosition(2, [2, "abc"], "after")).toBe(5);
    expect(transformPosition(2, [2, "abc"])).toBe(5);
    expect(transformPosition(4, [1, -2])).toBe(2);
    expect(transformPosition(2, [1, -5])).toBe(1);
  });

  test("does as quill-delta does", () => {
    fc.assert(
      fc.property(concurrent, fc.nat(60), ({ base, a }, wanted) => {
        const position = Math.min(wanted, base.length);
        const quill = toQuill(a);
        expect(transformPosition(position, a, "after")).toBe(
          quill.transformPosition(position, false),
        );
        expect(transformPosition(position, a, "before")).toBe(
          quill.transformPosition(position, true),
        );
      }),
    );
  });
});

describe("invert()", () => {
  test("takes a delta back", () => {
    expect(invert([1, "x", -2], "abcd")).toEqual([1, "bc", -1]);
    fc.assert(
      fc.property(concurrent, ({ base, a }) => {
        const inverse = invert(a, base);
        expect(apply(apply(base, a), inverse)).toBe(base);
        expect(isCanonical(inverse)).toBe(true);
        expect([...inverse]).toEqual(fromQuill(toQuill(a).invert(new QuillDelta().insert(base))));
      }),
    );
  });

  test("refuses a delta that does not fit", () => {
    expect(() => invert([-4], "abc")).toThrow(
      "Cannot invert a delta: expected a text of at least 4 units, received 3",
    );
  });
});

describe("diff()", () => {
  test("finds the one place that changed", () => {
    expect(diff("abc", "abc")).toEqual([]);
    expect(diff("Hello world", "Hello big world")).toEqual([6, "big "]);
    expect(diff("abc", "")).toEqual([-3]);
    expect(diff("teh cat", "the cat", 7)).toEqual([1, "he", -2]);
  });

  test("places repeated letters by the caret", () => {
    expect(diff("aaa", "aaaa", 2)).toEqual([1, "a"]);
    expect(diff("aaa", "aaaa", 4)).toEqual([3, "a"]);
    expect(diff("aaaa", "aaa", 1)).toEqual([1, -1]);
    expect(diff("\n\n\n", "\n\n\n\n", 1)).toEqual(["\n"]);
  });

  test("replaces whole characters where only half of a pair changed", () => {
    expect(diff("a😀", "a😁")).toEqual([1, "😁", -2]);
    expect(diff("a😀b", "a🐀b")).toEqual([1, "🐀", -2]);
    expect(diff("😀", "😀😀", 1)).toEqual(["😀"]);
  });

  test("compares long texts by strides without missing a unit", () => {
    const [head, tail] = ["h".repeat(5000), "t".repeat(3333)];
    expect(diff(`${head}a${tail}`, `${head}bc${tail}`)).toEqual([5000, "bc", -1]);
  });

  test("gets from any text to any other, whole characters only, as short as without a caret", () => {
    const caret = fc.option(fc.nat(40), { nil: undefined });
    fc.assert(
      fc.property(text, text, caret, (before, after, hint) => {
        const delta = diff(before, after, hint);
        expect(apply(before, delta)).toBe(after);
        expect(cutsSurrogatePair((position) => before.charCodeAt(position), delta)).toBe(false);
        expect(isPlainText(delta.filter((part) => typeof part === "string").join(""))).toBe(true);
        expect(baseLength(delta)).toBeLessThanOrEqual(before.length);
        expect(isEmpty(delta)).toBe(before === after);
        expect(changedUnits(delta)).toBe(changedUnits(diff(before, after)));
      }),
    );
  });

  test("finds again where a caret typed", () => {
    const typed = text.chain((before) =>
      fc.record({
        before: fc.constant([...before]),
        at: fc.nat(before.length),
        typed: piece,
      }),
    );
    fc.assert(
      fc.property(typed, ({ before, at, typed }) => {
        const head = before.slice(0, at).join("");
        const after = head + typed + before.slice(at).join("");
        const delta = diff(before.join(""), after, head.length + typed.length);
        expect(delta).toEqual(normalize([head.length, typed]));
      }),
    );
  });
});

describe("diffWords()", () => {
  test("leaves lines and words between changes alone", () => {
    const before = "# Title\n\none two three\nmiddle\nlast line\n";
    const after = "# New title\n\none 2 three\nmiddle\nlast long line\n";
    const delta = diffWords(before, after);
    expect(apply(before, delta)).toBe(after);
    expect(transform(delta, [before.indexOf("middle"), "MY "], "right")).toEqual([
      after.indexOf("middle"),
      "MY ",
    ]);
    expect(lengthChange(delta)).toBe(after.length - before.length);
    expect(delta.filter((part) => typeof part === "string").join("|")).toBe("New t|2|long ");
  });

  test("gets from any text to any other, whole characters only", () => {
    fc.assert(
      fc.property(text, text, (before, after) => {
        const delta = diffWords(before, after);
        expect(apply(before, delta)).toBe(after);
        expect(isCanonical(delta)).toBe(true);
        expect(cutsSurrogatePair((position) => before.charCodeAt(position), delta)).toBe(false);
      }),
    );
  });
});

describe("split()", () => {
  test("cuts what is inserted and what there is of components", () => {
    expect(split([2, "abcdef", -3], { unitsMax: 4, componentsMax: 9 })).toEqual([
      [2, "abcd"],
      [6, "ef", -3],
    ]);
    expect(split([2, "a", 3, "b", -1], { unitsMax: 9, componentsMax: 3 })).toEqual([
      [2, "a"],
      [6, "b", -1],
    ]);
    expect(split([1, "a"], { unitsMax: 9, componentsMax: 9 })).toEqual([[1, "a"], []]);
    expect(split(["😀😀"], { unitsMax: 3, componentsMax: 9 })).toEqual([["😀"], [2, "😀"]]);
  });

  test("loses nothing, and each part is canonical, within its limits and of whole characters", () => {
    const given = text.chain((base) =>
      fc.record({
        base: fc.constant(base),
        delta: deltaFor(base),
        unitsMax: fc.integer({ min: 2, max: 8 }),
        componentsMax: fc.integer({ min: 2, max: 5 }),
      }),
    );
    fc.assert(
      fc.property(given, ({ base, delta, unitsMax, componentsMax }) => {
        let before = base;
        let rest = delta;
        let done: Delta = [];
        while (!isEmpty(rest)) {
          const [first, next] = split(rest, { unitsMax, componentsMax });
          expect(compose(first, next)).toEqual(rest);
          expect(isCanonical(first) && isCanonical(next)).toBe(true);
          expect(parseDelta(first, { insertedUnitsMax: unitsMax, componentsMax })).toEqual(first);
          expect(first).not.toEqual([]);
          expect(cutsSurrogatePair((position) => before.charCodeAt(position), first)).toBe(false);
          before = apply(before, first);
          done = compose(done, first);
          rest = next;
        }
        expect(done).toEqual(delta);
        expect(before).toBe(apply(base, delta));
      }),
    );
  });
});
