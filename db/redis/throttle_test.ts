import { expect, test } from "bun:test";
import { limits } from "../../actors/mod.ts";
import { startRedis } from "../../scripts/cluster/redis.ts";
import { TestRedis } from "../../tests/support/test_redis.ts";
import { waitFor } from "../../tests/support/wait_for.ts";
import { RedisThrottle, redisThrottles } from "./throttle.ts";

const redis = new TestRedis(startRedis);
const options = { name: "test", attemptsMax: 4, windowSeconds: 60 };

test("nodes count together", async () => {
  const here = new RedisThrottle(await redis.open(), options);
  const there = new RedisThrottle(await redis.open(), options);
  const nodes = [here, there, here, there, here, there];
  const waits = await Promise.all(nodes.map((throttle) => throttle.attempt("inga")));
  expect(waits.filter((seconds) => seconds === 0)).toHaveLength(4);
  await there.forgive("inga");
  expect(await here.attempt("inga")).toBe(0);
  expect(await there.attempt("inga")).toBeGreaterThan(0);
  await here.clear("inga");
  expect(await there.attempt("inga")).toBe(0);
});

test("throttles have names of their own", async () => {
  const connection = await redis.open();
  const { account, address } = redisThrottles(connection);
  for (let i = 0; i < limits.signInFailuresPerAccountMax; i++) await account.attempt("helen");
  expect(await account.attempt("helen")).toBeGreaterThan(0);
  expect(await address.attempt("helen")).toBe(0);
});

test("each node counts for itself while Redis is away, and nothing fails", async () => {
  const connection = await redis.open();
  const throttle = new RedisThrottle(connection, options);
  for (let i = 0; i < 4; i++) expect(await throttle.attempt("tariq")).toBe(0);
  await redis.server.kill();
  for (let i = 0; i < 4; i++) expect(await throttle.attempt("tariq")).toBe(0);
  expect(await throttle.attempt("tariq")).toBeGreaterThan(0);
  await throttle.forgive("tariq");
  expect(await throttle.attempt("tariq")).toBe(0);
  await throttle.clear("tariq");
  for (let i = 0; i < 4; i++) expect(await throttle.attempt("tariq")).toBe(0);
  await redis.server.restart();
  await waitFor(() => connection.isUp);
  for (let i = 0; i < 4; i++) expect(await throttle.attempt("tariq")).toBe(0);
  expect(await throttle.attempt("tariq")).toBeGreaterThan(0);
});
