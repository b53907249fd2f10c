import { expect, test } from "bun:test";
import { limits } from "../../actors/mod.ts";
import { startRedis } from "../../scripts/cluster/redis.ts";
import { FakeClock } from "../../tests/support/fake_clock.ts";
import { TestRedis } from "../../tests/support/test_redis.ts";
import { waitFor } from "../../tests/support/wait_for.ts";
import { RedisSharedFacts } from "./shared_facts.ts";

const redis = new TestRedis(startRedis);

/** Two nodes that share facts, and the clock that both go by. */
async function nodes() {
  const clock = new FakeClock();
  const [here, there] = [await redis.open(), await redis.open()];
  return {
    clock,
    connections: [here, there],
    here: new RedisSharedFacts(here, { nodeId: "here", clock }),
    there: new RedisSharedFacts(there, { nodeId: "there", clock }),
  };
}

test("present() knows who is in documents on all nodes, each person once", async () => {
  const { here, there } = await nodes();
  await here.setPresent("tide", ["inga", "tariq"], 10_000);
  await there.setPresent("tide", ["tariq", "helen"], 10_000);
  await there.setPresent("moon", ["helen"], 10_000);
  const present = await here.present(["tide", "moon", "empty"]);
  expect(present.get("tide")?.sort()).toEqual(["helen", "inga", "tariq"]);
  expect(present.get("moon")).toEqual(["helen"]);
  expect(present.has("empty")).toBe(false);
  await there.setPresent("tide", [], 10_000);
  expect((await here.present(["tide"])).get("tide")).toEqual(["inga", "tariq"]);
});

test("who was on a node that died is gone in time, although others keep the document alive", async () => {
  const { here, there, clock } = await nodes();
  await here.setPresent("harbor", ["inga"], 10_000);
  await clock.advance(6_000);
  await there.setPresent("harbor", ["helen"], 10_000);
  await clock.advance(6_000);
  expect((await there.present(["harbor"])).get("harbor")).toEqual(["helen"]);
  await waitFor(
    async () => Number(await redis.server.command("HLEN", "suite:present:harbor")) === 1,
  );
  expect(await redis.server.command("PTTL", "suite:present:harbor")).toBeGreaterThan(0);
});

test("changedAt() says when a list was marked last, as long as that is remembered", async () => {
  const { here, there } = await nodes();
  expect(await there.changedAt("list:inga")).toBeUndefined();
  await here.markChanged(["list:inga", "list:tariq"], 1_000, 10_000);
  await here.markChanged(["list:inga"], 2_000, 10_000);
  expect(await there.changedAt("list:inga")).toBe(2_000);
  expect(await there.changedAt("list:tariq")).toBe(1_000);
  await here.markChanged(["list:tariq"], 3_000, 1);
  await waitFor(async () => (await there.changedAt("list:tariq")) === undefined);
});

test("without Redis nothing is known, and what was marked meanwhile is written when it is back", async () => {
  const { here, there, connections, clock } = await nodes();
  await here.markChanged(["list:before"], 1_000, 10_000);
  await redis.server.kill();
  await waitFor(() => connections.every((connection) => !connection.isUp));
  expect(await there.present(["tide"])).toEqual(new Map());
  expect(await there.changedAt("list:inga")).toBe(Number.POSITIVE_INFINITY);
  await here.setPresent("tide", ["inga"], 10_000);
  await here.markChanged(["list:inga"], 4_000, 10_000);
  await redis.server.restart();
  await waitFor(async () => (await there.changedAt("list:inga")) === 4_000);
  // It came back empty, so a mark that is missing proves nothing for a while.
  expect(await there.changedAt("list:before")).toBe(Number.POSITIVE_INFINITY);
  await clock.advance(limits.factsUncertainMs);
  expect(await there.changedAt("list:before")).toBeUndefined();
});

test("marks that wait for Redis are bounded", async () => {
  const { here, connections } = await nodes();
  await redis.server.kill();
  await waitFor(() => connections.every((connection) => !connection.isUp));
  const topics = Array.from({ length: limits.factsUnwrittenMax + 5 }, (_, i) => `list:${i}`);
  await here.markChanged(topics, 5_000, 60_000);
  await redis.server.restart();
  await waitFor(async () => (await here.changedAt(topics.at(-1) ?? "")) === 5_000);
  await waitFor(
    async () => Number(await redis.server.command("DBSIZE")) === limits.factsUnwrittenMax,
  );
});
