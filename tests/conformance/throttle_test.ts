/** What every throttle promises, wherever it counts. */

import { describe, expect, test } from "bun:test";
import type { Throttle } from "../../actors/mod.ts";
import { MemoryThrottle, type ThrottleOptions } from "../../db/alone/throttle.ts";
import { RedisThrottle } from "../../db/redis/throttle.ts";
import { startRedis } from "../../scripts/cluster/redis.ts";
import { TestRedis } from "../support/test_redis.ts";
import { waitFor } from "../support/wait_for.ts";

const redis = new TestRedis(startRedis);
let throttles = 0;

const kinds: Record<string, (options: ThrottleOptions) => Promise<Throttle>> = {
  memory: async (options) => new MemoryThrottle(options),
  Redis: async (options) => {
    const name = `test${throttles++}`;
    return new RedisThrottle(await redis.open(), { name, ...options });
  },
};

describe.each(Object.entries(kinds))("a throttle that counts in %s", (_, make) => {
  test("lets attempts go on up to the limit, then they have to wait for the end of the window", async () => {
    const throttle = await make({ attemptsMax: 2, windowSeconds: 60 });
    expect(await throttle.attempt("inga")).toBe(0);
    expect(await throttle.attempt("inga")).toBe(0);
    const seconds = await throttle.attempt("inga");
    expect(seconds).toBeGreaterThan(55);
    expect(seconds).toBeLessThanOrEqual(60);
    expect(await throttle.attempt("tariq")).toBe(0);
  });

  test("begins again when the window is over", async () => {
    const throttle = await make({ attemptsMax: 1, windowSeconds: 1 });
    expect(await throttle.attempt("inga")).toBe(0);
    expect(await throttle.attempt("inga")).toBe(1);
    await waitFor(async () => (await throttle.attempt("inga")) === 0);
  });

  test("does not let many attempts at once slip through together", async () => {
    const throttle = await make({ attemptsMax: 3, windowSeconds: 60 });
    const waits = await Promise.all(Array.from({ length: 10 }, () => throttle.attempt("inga")));
    expect(waits.filter((seconds) => seconds === 0)).toHaveLength(3);
  });

  test("does not count an attempt that had to wait", async () => {
    const throttle = await make({ attemptsMax: 1, windowSeconds: 60 });
    await throttle.attempt("inga");
    for (let i = 0; i < 5; i++) expect(await throttle.attempt("inga")).toBeGreaterThan(0);
    await throttle.forgive("inga");
    expect(await throttle.attempt("inga")).toBe(0);
  });

  test("counts a heavy attempt as several, and not at all when it does not fit", async () => {
    const throttle = await make({ attemptsMax: 10, windowSeconds: 60 });
    expect(await throttle.attempt("inga", 7)).toBe(0);
    for (let i = 0; i < 3; i++) expect(await throttle.attempt("inga", 4)).toBeGreaterThan(0);
    expect(await throttle.attempt("inga", 3)).toBe(0);
    expect(await throttle.attempt("inga")).toBeGreaterThan(0);
  });

  test("forgives one attempt and never more than were made", async () => {
    const throttle = await make({ attemptsMax: 1, windowSeconds: 60 });
    for (let i = 0; i < 3; i++) await throttle.forgive("inga");
    expect(await throttle.attempt("inga")).toBe(0);
    expect(await throttle.attempt("inga")).toBeGreaterThan(0);
  });

  test("forgets all attempts when it is cleared", async () => {
    const throttle = await make({ attemptsMax: 1, windowSeconds: 60 });
    await throttle.attempt("inga");
    await throttle.clear("inga");
    expect(await throttle.attempt("inga")).toBe(0);
  });
});
