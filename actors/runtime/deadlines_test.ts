import { expect, test } from "bun:test";
import fc from "fast-check";
import { FakeClock } from "../../tests/support/fake_clock.ts";
import { type DeadlineEntry, Deadlines } from "./deadlines.ts";

class Wait implements DeadlineEntry {
  tick = -1;
  expiredAt: number | undefined;
  readonly #clock: FakeClock;

  constructor(clock: FakeClock) {
    this.#clock = clock;
  }

  expire(): void {
    expect(this.expiredAt).toBeUndefined();
    this.expiredAt = this.#clock.monotonic();
  }
}

function setUp() {
  const clock = new FakeClock();
  return { clock, deadlines: new Deadlines(clock, { tickMs: 50, spanMs: 1_000 }) };
}

test("an entry expires once, not early and at most a tick late", async () => {
  const { clock, deadlines } = setUp();
  await clock.advance(17);
  const wait = new Wait(clock);
  deadlines.add(wait, 100);
  await clock.advance(99);
  expect(wait.expiredAt).toBeUndefined();
  await clock.advance(52);
  expect(wait.expiredAt).toBeWithin(117, 168);
  await clock.advance(5_000);
  expect(deadlines.size).toBe(0);
});

test("an entry without time to wait expires with the next tick", async () => {
  const { clock, deadlines } = setUp();
  const waits = [0, -100].map((ms) => {
    const wait = new Wait(clock);
    deadlines.add(wait, ms);
    return wait;
  });
  await clock.advance(50);
  expect(waits.map((wait) => wait.expiredAt)).toEqual([50, 50]);
});

test("an entry that was removed does not expire", async () => {
  const { clock, deadlines } = setUp();
  const [kept, removed] = [new Wait(clock), new Wait(clock)];
  deadlines.add(kept, 100);
  deadlines.add(removed, 100);
  deadlines.remove(removed);
  deadlines.remove(removed);
  await clock.advance(500);
  expect(kept.expiredAt).toBeDefined();
  expect(removed.expiredAt).toBeUndefined();
});

test("a wait longer than the wheel spans is cut to the span", async () => {
  const { clock, deadlines } = setUp();
  const wait = new Wait(clock);
  deadlines.add(wait, 60_000);
  await clock.advance(1_100);
  expect(wait.expiredAt).toBeDefined();
});

test("no timer runs while nothing waits", async () => {
  const { clock, deadlines } = setUp();
  expect(clock.timers).toBe(0);
  const wait = new Wait(clock);
  deadlines.add(wait, 100);
  expect(clock.timers).toBe(1);
  deadlines.remove(wait);
  await clock.advance(200);
  expect(clock.timers).toBe(0);
});

test("a program that was held up for longer than the span ends every wait, and none before its time", async () => {
  const { clock, deadlines } = setUp();
  const early = [100, 500, 1_000].map((ms) => {
    const wait = new Wait(clock);
    deadlines.add(wait, ms);
    return wait;
  });
  // Held up: this one is added before the wheel has caught up, into slots it has yet to pass.
  const held = clock.jump(2_500);
  const late = new Wait(clock);
  deadlines.add(late, 600);
  await held;
  await clock.advance(100);
  expect(early.every((wait) => wait.expiredAt !== undefined)).toBe(true);
  expect(late.expiredAt).toBeUndefined();
  await clock.advance(600);
  expect(late.expiredAt).toBeWithin(3_100, 3_152);
});

test("expireAll() ends all waiting at once", () => {
  const { clock, deadlines } = setUp();
  const waits = [50, 400, 900].map((ms) => {
    const wait = new Wait(clock);
    deadlines.add(wait, ms);
    return wait;
  });
  deadlines.expireAll();
  expect(waits.every((wait) => wait.expiredAt === 0)).toBe(true);
  expect(deadlines.size).toBe(0);
});

test("entries expire in time whatever comes and goes", async () => {
  const steps = fc.array(
    fc.record({ waitMs: fc.nat(1_000), passMs: fc.nat(300), isRemoved: fc.boolean() }),
    { maxLength: 30 },
  );
  await fc.assert(
    fc.asyncProperty(steps, async (list) => {
      const { clock, deadlines } = setUp();
      const waits: { wait: Wait; dueMs: number; isRemoved: boolean }[] = [];
      for (const { waitMs, passMs, isRemoved } of list) {
        const wait = new Wait(clock);
        deadlines.add(wait, waitMs);
        waits.push({ wait, dueMs: clock.monotonic() + waitMs, isRemoved });
        if (isRemoved) deadlines.remove(wait);
        await clock.advance(passMs);
      }
      await clock.advance(1_100);
      for (const { wait, dueMs, isRemoved } of waits) {
        if (isRemoved) expect(wait.expiredAt).toBeUndefined();
        else expect(wait.expiredAt).toBeWithin(dueMs, dueMs + 101);
      }
      expect(deadlines.size).toBe(0);
    }),
    { numRuns: 30 },
  );
});
