import { expect, test } from "bun:test";
import { TurnTimes } from "./turn_times.ts";

test("figures() is all zero before the first turn", () => {
  expect(new TurnTimes(10).figures()).toEqual({ p50: 0, p99: 0, max: 0, turns: 0 });
});

test("figures() ranks the turns it has", () => {
  const times = new TurnTimes(1_000);
  for (let ms = 100; ms >= 1; ms--) times.add(ms);
  expect(times.figures()).toEqual({ p50: 50, p99: 99, max: 100, turns: 100 });
});

test("figures() forgets all but the latest turns", () => {
  const times = new TurnTimes(4);
  for (const ms of [900, 900, 1, 2, 3, 4]) times.add(ms);
  expect(times.figures()).toEqual({ p50: 2, p99: 4, max: 4, turns: 4 });
  expect(times.count).toBe(6);
});
