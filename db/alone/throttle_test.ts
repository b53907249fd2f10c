import { afterEach, expect, setSystemTime, test } from "bun:test";
import { limits } from "../../actors/mod.ts";
import { MONDAY_MORNING } from "../../tests/support/people.ts";
import { MemoryThrottle, makeThrottles } from "./throttle.ts";

afterEach(() => {
  setSystemTime();
});

test("attempts go on up to the limit, then they have to wait for the end of the window", async () => {
  setSystemTime(MONDAY_MORNING);
  const throttle = new MemoryThrottle({ attemptsMax: 2, windowSeconds: 60 });
  expect(await throttle.attempt("inga")).toBe(0);
  expect(await throttle.attempt("inga")).toBe(0);
  setSystemTime(MONDAY_MORNING + 20_000);
  expect(await throttle.attempt("inga")).toBe(40);
  expect(await throttle.attempt("tariq")).toBe(0);
  setSystemTime(MONDAY_MORNING + 60_000);
  expect(await throttle.attempt("inga")).toBe(0);
});

test("sign-in allows fewer attempts for an account than for an address", async () => {
  const { account, address } = makeThrottles();
  for (let i = 0; i < limits.signInFailuresPerAccountMax; i++) {
    expect(await account.attempt("inga")).toBe(0);
    expect(await address.attempt("192.0.2.7")).toBe(0);
  }
  expect(await account.attempt("inga")).toBeGreaterThan(0);
  expect(await address.attempt("192.0.2.7")).toBe(0);
});
