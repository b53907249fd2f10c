import { expect, test } from "bun:test";
import type { NodeCard } from "../../actors/mod.ts";
import { startRedis } from "../../scripts/cluster/redis.ts";
import { TestRedis } from "../../tests/support/test_redis.ts";
import { waitFor } from "../../tests/support/wait_for.ts";
import { RedisNodeRegister } from "./node_register.ts";

const redis = new TestRedis(startRedis);

function card(id: string, given: Partial<NodeCard> = {}): NodeCard {
  return {
    id,
    name: `node-${id}`,
    takesShards: true,
    holdsShards: true,
    seesTable: true,
    ...given,
  };
}

async function register(): Promise<RedisNodeRegister> {
  await redis.server.command("FLUSHALL");
  return new RedisNodeRegister(await redis.open());
}

const names = async (register: RedisNodeRegister) =>
  (await register.nodes()).map(({ name }) => name).sort();

test("nodes() lists what was announced, with what was said last", async () => {
  const nodes = await register();
  expect(await nodes.nodes()).toEqual([]);
  await nodes.announce(card("one"), 5_000);
  await nodes.announce(card("two"), 5_000);
  await nodes.announce(card("one", { takesShards: false, seesTable: false }), 5_000);
  expect((await nodes.nodes()).sort((a, b) => a.id.localeCompare(b.id))).toEqual([
    card("one", { takesShards: false, seesTable: false }),
    card("two"),
  ]);
});

test("a card that is not renewed in time is gone, and leaves nothing behind", async () => {
  const nodes = await register();
  await nodes.announce(card("short"), 50);
  await nodes.announce(card("long"), 5_000);
  await waitFor(async () => (await names(nodes)).join() === "node-long");
  expect(await redis.server.command("HLEN", "suite:nodes")).toBe(1);
  // One that announces itself for less does not take the others along.
  await nodes.announce(card("short"), 1);
  await waitFor(async () => (await names(nodes)).join() === "node-long");
  expect(await redis.server.command("PTTL", "suite:nodes")).toBeGreaterThan(3_000);
});

test("withdraw() takes a card away at once", async () => {
  const nodes = await register();
  await nodes.announce(card("one"), 5_000);
  await nodes.withdraw("one");
  await nodes.withdraw("nobody");
  expect(await nodes.nodes()).toEqual([]);
});

test("every call fails with `unreachable` while Redis is away", async () => {
  const nodes = await register();
  await redis.server.kill();
  const unreachable = { code: "unreachable", retryAfterSeconds: 1 };
  await expect(nodes.announce(card("one"), 5_000)).rejects.toMatchObject(unreachable);
  await expect(nodes.nodes()).rejects.toMatchObject(unreachable);
  await expect(nodes.withdraw("one")).rejects.toMatchObject(unreachable);
  await redis.server.restart();
  await waitFor(() =>
    nodes.announce(card("one"), 5_000).then(
      () => true,
      () => false,
    ),
  );
  expect(await names(nodes)).toEqual(["node-one"]);
});
