import { beforeEach, describe, expect, test } from "bun:test";
import { FakeClock } from "../../tests/support/fake_clock.ts";
import { Expiries } from "./expiries.ts";

const DAY_MS = 24 * 60 * 60 * 1_000;

describe("expiries", () => {
  let clock: FakeClock;
  let due: string[][];
  let expiries: Expiries<string>;
  const inMs = (ms: number) => clock.now() + ms;

  beforeEach(() => {
    clock = new FakeClock();
    due = [];
    expiries = new Expiries(clock, (keys) => due.push([...keys]));
  });

  test("come at their moment, those of one moment together, by one timer", async () => {
    expiries.set("late", inMs(500));
    expiries.set("one", inMs(100));
    expiries.set("two", inMs(100));
    expect(clock.timers).toBe(1);
    await clock.advance(99);
    expect(due).toEqual([]);
    await clock.advance(1);
    expect(due).toEqual([["one", "two"]]);
    await clock.advance(400);
    expect(due).toEqual([["one", "two"], ["late"]]);
    expect(clock.timers).toBe(0);
  });

  test("move when they are set again, and do not come when they are taken back", async () => {
    expiries.set("one", inMs(100));
    expiries.set("two", inMs(100));
    expiries.set("one", inMs(300));
    expiries.set("two", undefined);
    await clock.advance(200);
    expect(due).toEqual([]);
    await clock.advance(100);
    expect(due).toEqual([["one"]]);
    expiries.set("one", inMs(50));
    expiries.set("one", undefined);
    expect(clock.timers).toBe(0);
  });

  test("may be further away than a timer of the system can count", async () => {
    expiries.set("one", inMs(400 * DAY_MS));
    await clock.advance(399 * DAY_MS);
    expect(due).toEqual([]);
    await clock.advance(DAY_MS);
    expect(due).toEqual([["one"]]);
  });

  test("that have passed already come at once", async () => {
    expiries.set("one", inMs(-5));
    await clock.advance(1);
    expect(due).toEqual([["one"]]);
  });

  test("leave no timer when they are stopped", () => {
    expiries.set("one", inMs(100));
    expiries.stop();
    expect(clock.timers).toBe(0);
  });
});
