import { expect, test } from "bun:test";
import { FakeClock } from "../../tests/support/fake_clock.ts";
import { repeat } from "./repeat.ts";

function repeated(run: () => Promise<void>) {
  const clock = new FakeClock();
  const failures: unknown[] = [];
  const failed = (error: unknown) => void failures.push(error);
  return { clock, failures, stop: repeat(run, { everyMs: 1_000, clock, failed }) };
}

test("repeat() runs at once, after each end again, and after a failure all the same", async () => {
  let runs = 0;
  const { clock, failures, stop } = repeated(async () => {
    runs += 1;
    if (runs === 2) throw new Error("the second one");
  });
  expect(runs).toBe(1);
  await clock.advance(3_000);
  expect(runs).toBe(4);
  expect(failures).toEqual([new Error("the second one")]);
  stop();
  await clock.advance(3_000);
  expect([runs, clock.timers]).toEqual([4, 0]);
});

test("repeat() that is stopped during a run begins no other", async () => {
  const { promise, resolve } = Promise.withResolvers<void>();
  const { clock, stop } = repeated(() => promise);
  stop();
  resolve();
  await clock.advance(3_000);
  expect(clock.timers).toBe(0);
});
