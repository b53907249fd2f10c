import { expect, test } from "bun:test";
import { backOffMs } from "./back_off.ts";

const WHOLE = { firstMs: 100, maxMs: 5_000, random: 1 };

test("pauses double up to a maximum, however often it failed", () => {
  const pauses = [1, 2, 3, 6, 7, 5_000].map((failures) => backOffMs(failures, WHOLE));
  expect(pauses).toEqual([100, 200, 400, 3_200, 5_000, 5_000]);
});

test("pauses are never shorter than half of that", () => {
  expect(backOffMs(1, { ...WHOLE, random: 0 })).toBe(50);
  expect(backOffMs(99, { ...WHOLE, random: 0 })).toBe(2_500);
});
