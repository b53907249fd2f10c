import { expect, test } from "bun:test";
import { startRedis } from "../../scripts/cluster/redis.ts";
import { TestRedis } from "../../tests/support/test_redis.ts";
import { waitFor } from "../../tests/support/wait_for.ts";
import { RedisTopicBus } from "./topic_bus.ts";

const redis = new TestRedis(startRedis);

/** A node that notes what others say. */
async function listener() {
  const connection = await redis.open();
  const bus = new RedisTopicBus(connection);
  const heard: string[] = [];
  const counts = { resumed: 0 };
  bus.listen({
    receive: (topic, text) => heard.push(`${topic}: ${text}`),
    resumed: () => counts.resumed++,
  });
  return { bus, heard, counts, connection, settle: () => connection.channels.settle() };
}

test("a topic is heard by the nodes that watch it, and never by the one that speaks", async () => {
  const [inga, tariq, helen] = [await listener(), await listener(), await listener()];
  inga.bus.subscribe("document:tide");
  tariq.bus.subscribe("document:tide");
  helen.bus.subscribe("document:moon");
  await Promise.all([inga.settle(), tariq.settle(), helen.settle()]);
  inga.bus.publish("document:tide", "The tide is high — 🌊");
  inga.bus.publish("document:moon", "Full");
  await waitFor(() => tariq.heard.length === 1 && helen.heard.length === 1);
  expect(tariq.heard).toEqual(["document:tide: The tide is high — 🌊"]);
  expect(helen.heard).toEqual(["document:moon: Full"]);
  helen.bus.publish("document:tide", "Low");
  await waitFor(() => inga.heard.length === 1);
  expect(inga.heard).toEqual(["document:tide: Low"]);
});

test("what is said of one topic arrives in order", async () => {
  const [inga, tariq] = [await listener(), await listener()];
  tariq.bus.subscribe("document:log");
  await tariq.settle();
  for (let i = 0; i < 2_000; i++) inga.bus.publish("document:log", `${i}`);
  await waitFor(() => tariq.heard.length === 2_000);
  expect(tariq.heard).toEqual(Array.from({ length: 2_000 }, (_, i) => `document:log: ${i}`));
  expect(inga.bus.lost).toBe(0);
});

test("the last word counts when a topic is watched and left in one moment", async () => {
  const node = await listener();
  node.bus.subscribe("one");
  node.bus.unsubscribe("one");
  node.bus.unsubscribe("two");
  node.bus.subscribe("two");
  await node.settle();
  const channels = await redis.server.command("PUBSUB", "CHANNELS", "suite:topic:*");
  expect((channels as string[]).filter((name) => /:(?:one|two)$/.test(name))).toEqual([
    expect.stringMatching(/:two$/),
  ]);
});

test("many topics are watched with few commands", async () => {
  const node = await listener();
  await redis.server.command("CONFIG", "RESETSTAT");
  for (let i = 0; i < 20_000; i++) node.bus.subscribe(`document:${i}`);
  await node.settle();
  const info = String(await redis.server.command("INFO", "commandstats"));
  expect(Number(/cmdstat_subscribe:calls=(\d+)/.exec(info)?.[1])).toBe(20);
  for (let i = 0; i < 20_000; i++) node.bus.unsubscribe(`document:${i}`);
  await node.settle();
});

test("topics are heard again after Redis was away, and losses are counted", async () => {
  const [inga, tariq] = [await listener(), await listener()];
  tariq.bus.subscribe("document:tide");
  await tariq.settle();
  await redis.server.kill();
  await waitFor(() => !inga.connection.isUp && tariq.connection.state() === "down");
  inga.bus.publish("document:tide", "lost");
  tariq.bus.subscribe("document:moon");
  await waitFor(() => inga.bus.lost === 1);
  await redis.server.restart();
  await waitFor(() => tariq.counts.resumed === 1 && inga.connection.isUp);
  inga.bus.publish("document:tide", "High");
  inga.bus.publish("document:moon", "Full");
  await waitFor(() => tariq.heard.length === 2);
  expect(tariq.heard).toEqual(["document:tide: High", "document:moon: Full"]);
});

test("close() falls silent", async () => {
  const [inga, tariq] = [await listener(), await listener()];
  tariq.bus.subscribe("document:end");
  await tariq.settle();
  await tariq.bus.close();
  await inga.bus.close();
  inga.bus.publish("document:end", "unsaid");
  expect(inga.bus.lost).toBe(1);
  const helen = await listener();
  helen.bus.publish("document:end", "unheard");
  await waitFor(() => helen.connection.run((commands) => commands.ping()));
  expect(tariq.heard).toEqual([]);
});
