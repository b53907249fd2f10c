import { expect, jest, test } from "bun:test";
import { isId } from "../ids.ts";
import { systemClock } from "./clock.ts";

test("mintId() answers ids, each a new one", () => {
  const ids = Array.from({ length: 100 }, () => systemClock.mintId());
  expect(ids.every(isId)).toBe(true);
  expect(new Set(ids).size).toBe(100);
});

test("now() tells the time and monotonic() only grows", () => {
  expect(Math.abs(systemClock.now() - Date.now())).toBeLessThan(60_000);
  const first = systemClock.monotonic();
  expect(systemClock.monotonic()).toBeGreaterThanOrEqual(first);
  expect(systemClock.random()).toBeWithin(0, 1);
});

test("setTimer() calls back, and not when it was canceled", async () => {
  const called: string[] = [];
  const cancels = [0, 1].map((ms) => systemClock.setTimer(ms, () => called.push(`${ms} canceled`)));
  for (const cancel of cancels) cancel();
  await new Promise<void>((resolve) => systemClock.setTimer(0, resolve));
  await new Promise<void>((resolve) => {
    systemClock.setTimer(2, resolve);
    // Timers of the suite do not keep a program alive; this one keeps the test's.
    setTimeout(() => {}, 50);
  });
  expect(called).toEqual([]);
});

test("setTimer() waits as long as it is told, also longer than the system's timers can", () => {
  jest.useFakeTimers();
  try {
    const called: string[] = [];
    const timerMsMax = 2 ** 31 - 1;
    const delayMs = timerMsMax * 2 + 1_000;
    systemClock.setTimer(delayMs, () => called.push("far away"));
    const cancel = systemClock.setTimer(delayMs, () => called.push("canceled on the way"));
    jest.advanceTimersByTime(timerMsMax);
    jest.advanceTimersByTime(timerMsMax);
    cancel();
    jest.advanceTimersByTime(999);
    expect(called).toEqual([]);
    jest.advanceTimersByTime(1);
    expect(called).toEqual(["far away"]);
  } finally {
    jest.useRealTimers();
  }
});
