import { expect, test } from "bun:test";
import { FakeClock } from "../../tests/support/fake_clock.ts";
import { limits } from "../limits.ts";
import { Population, type Resident } from "./population.ts";
import type { RuntimeLimits } from "./runtime_limits.ts";

function setUp(given: Partial<RuntimeLimits> = {}) {
  const clock = new FakeClock();
  const memory = { bytes: 0 };
  const population = new Population(clock, {
    limits: { ...limits, idleMsMax: 10_000, sweepMs: 1_000, ...given },
    residentBytes: () => memory.bytes,
  });
  const left: string[] = [];
  const person = (name: string): Resident & { idleSinceMs: number } => ({
    idleSinceMs: clock.monotonic(),
    leave() {
      left.push(name);
      population.startLeaving();
    },
  });
  const settleIn = (name: string) => {
    const resident = person(name);
    expect(population.join()).toBe(true);
    population.rest(resident);
    return resident;
  };
  return { clock, memory, population, left, settleIn };
}

test("who is idle for too long leaves, the others stay", async () => {
  const { clock, left, settleIn } = setUp();
  settleIn("ada");
  await clock.advance(5_000);
  settleIn("grace");
  await clock.advance(6_000);
  expect(left).toEqual(["ada"]);
  await clock.advance(5_000);
  expect(left).toEqual(["ada", "grace"]);
});

test("who works does not leave, however long", async () => {
  const { clock, population, left, settleIn } = setUp();
  const ada = settleIn("ada");
  population.wake(ada);
  await clock.advance(60_000);
  expect(left).toEqual([]);
  ada.idleSinceMs = clock.monotonic();
  population.rest(ada);
  await clock.advance(9_000);
  expect(left).toEqual([]);
  await clock.advance(2_000);
  expect(left).toEqual(["ada"]);
});

test("when all places are taken, the least recently used leaves for the next", () => {
  const { population, left, settleIn } = setUp({ liveActorsMax: 2 });
  const ada = settleIn("ada");
  settleIn("grace");
  population.wake(ada);
  population.rest(ada);
  settleIn("alan");
  expect(left).toEqual(["grace"]);
});

test("join() refuses when all places are taken by actors that work", () => {
  const { population, settleIn } = setUp({ liveActorsMax: 2 });
  for (const name of ["ada", "grace"]) population.wake(settleIn(name));
  expect(population.join()).toBe(false);
  population.part();
  expect(population.join()).toBe(true);
});

test("one who leaves gives up the place at once, and nobody else has to leave for it", () => {
  const { population, left, settleIn } = setUp({ liveActorsMax: 2 });
  settleIn("ada");
  settleIn("grace");
  settleIn("alan");
  population.endLeaving();
  population.part();
  expect(left).toEqual(["ada"]);
  settleIn("edsger");
  expect(left).toEqual(["ada", "grace"]);
});

test("one who still leaves does not take a place from a newcomer", () => {
  const { population, left, settleIn } = setUp({ liveActorsMax: 1 });
  population.wake(settleIn("ada"));
  population.startLeaving();
  expect(population.join()).toBe(true);
  expect(population.join()).toBe(false);
  expect(left).toEqual([]);
});

test("under memory pressure some leave with each sweep, least recently used first, until it is over", async () => {
  const { clock, memory, left, settleIn } = setUp({
    residentBytesMax: 1_000,
    pressureLeaversMax: 2,
  });
  for (const name of ["ada", "grace", "alan", "edsger", "barbara"]) settleIn(name);
  memory.bytes = 1_001;
  await clock.advance(1_000);
  expect(left).toEqual(["ada", "grace"]);
  await clock.advance(1_000);
  expect(left).toEqual(["ada", "grace", "alan", "edsger"]);
  memory.bytes = 1_000;
  await clock.advance(3_000);
  expect(left).toHaveLength(4);
});

test("one timer serves all, and none runs while nobody is idle", async () => {
  const { clock, population, settleIn } = setUp();
  expect(clock.timers).toBe(0);
  const residents = ["ada", "grace", "alan"].map(settleIn);
  expect(clock.timers).toBe(1);
  for (const resident of residents) population.wake(resident);
  await clock.advance(1_000);
  expect(clock.timers).toBe(0);
});

test("drain() sends home who is idle, and who comes to rest later, and tells when nobody is left", () => {
  const { population, left, settleIn } = setUp();
  settleIn("ada");
  const grace = settleIn("grace");
  population.wake(grace);
  let emptied = 0;
  population.drain(() => emptied++);
  expect(left).toEqual(["ada"]);
  population.part();
  population.rest(grace);
  expect(left).toEqual(["ada", "grace"]);
  expect(emptied).toBe(0);
  population.part();
  expect(emptied).toBe(1);
});

test("drain() of an empty system is over at once", () => {
  const { population } = setUp();
  let emptied = 0;
  population.drain(() => emptied++);
  expect(emptied).toBe(1);
  expect(population.isDraining).toBe(true);
});
