import { describe, expect, test } from "bun:test";
import fc from "fast-check";
import { weigh } from "./frame_weight.ts";

const NO_LIMITS = { depthMax: Infinity, valuesMax: Infinity };

/** Values and names of a JSON value as the parser makes them, and how deep they are. */
function measure(value: unknown): { depth: number; values: number } {
  if (typeof value !== "object" || value === null) return { depth: 0, values: 1 };
  const names = Array.isArray(value) ? 0 : Object.keys(value).length;
  const inside = Object.values(value).map(measure);
  return {
    depth: 1 + Math.max(0, ...inside.map(({ depth }) => depth)),
    values: inside.reduce((sum, { values }) => sum + values, 1 + names),
  };
}

describe("weigh()", () => {
  test("counts no fewer values than there are, at most twice as many, and every level", () => {
    fc.assert(
      fc.property(fc.jsonValue({ maxDepth: 6 }), fc.constantFrom(0, 2), (value, indent) => {
        const { depth, values } = measure(value);
        const weight = weigh(JSON.stringify(value, null, indent), NO_LIMITS);
        expect(weight.isWithin).toBe(true);
        expect(weight.depth).toBe(depth);
        expect(weight.values).toBeGreaterThanOrEqual(values);
        expect(weight.values).toBeLessThanOrEqual(values * 2);
      }),
      { seed: 1 },
    );
  });

  test("sees nothing in strings, whatever they quote", () => {
    fc.assert(
      fc.property(fc.string({ unit: fc.constantFrom(...'[]{},:\\"a\n') }), (text) => {
        expect(weigh(JSON.stringify(text), NO_LIMITS)).toMatchObject({ depth: 0, values: 1 });
      }),
      { seed: 1 },
    );
  });

  test("looks no further than the first that is too many", () => {
    const limits = { depthMax: 4, valuesMax: 100 };
    expect(weigh("[".repeat(2_000_000), limits)).toMatchObject({
      isWithin: false,
      scannedUnits: 5,
    });
    const keys = `{${'"k":0,'.repeat(300_000)}"k":0}`;
    const { isWithin, scannedUnits } = weigh(keys, limits);
    expect(isWithin).toBe(false);
    expect(scannedUnits).toBeLessThan(400);
    expect(weigh("[],".repeat(600_000), limits).scannedUnits).toBeLessThan(400);
  });

  test("looks at each unit once", () => {
    const limits = { depthMax: 4, valuesMax: 100 };
    for (const text of ['"'.repeat(1_000), '\\"'.repeat(500), `["${"\\\\".repeat(499)}`]) {
      expect(weigh(text, limits).scannedUnits).toBeLessThanOrEqual(text.length);
    }
  });
});
