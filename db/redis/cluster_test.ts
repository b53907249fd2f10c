import { expect, test } from "bun:test";
import { systemClock } from "../../actors/mod.ts";
import { startRedisCluster } from "../../scripts/cluster/redis.ts";
import { noteEvent } from "../../tests/support/events.ts";
import { MemoryLog } from "../../tests/support/memory_log.ts";
import { openParkedEvents } from "../../tests/support/parked_events.ts";
import { TestRedis } from "../../tests/support/test_redis.ts";
import { waitFor } from "../../tests/support/wait_for.ts";
import { RedisEventStream } from "./event_stream.ts";
import { RedisNodeRegister } from "./node_register.ts";
import { RedisSharedFacts } from "./shared_facts.ts";
import { RedisThrottle } from "./throttle.ts";
import { RedisTopicBus } from "./topic_bus.ts";
import { RedisTransport } from "./transport.ts";

const redis = new TestRedis(startRedisCluster);

const bytes = (text: string) => new TextEncoder().encode(text);

async function node(name: string) {
  const connection = await redis.open();
  const transport = new RedisTransport(connection);
  const bus = new RedisTopicBus(connection);
  const frames: string[] = [];
  const texts: string[] = [];
  const counts = { resumed: 0 };
  bus.listen({ receive: (topic, text) => texts.push(`${topic}: ${text}`), resumed() {} });
  await transport.listen(name, {
    receive: (frame) => frames.push(new TextDecoder().decode(frame)),
    resumed: () => counts.resumed++,
  });
  await waitFor(() => connection.state() === "ok");
  return { connection, transport, bus, frames, texts, counts };
}

test("a register of nodes, throttles and facts work wherever their keys lie", async () => {
  const { connection } = await node("keys");
  expect(connection.state()).toBe("ok");
  const register = new RedisNodeRegister(connection);
  const card = { name: "one", takesShards: true, holdsShards: true, seesTable: true };
  await register.announce({ id: "one", ...card }, 5_000);
  expect(await register.nodes()).toEqual([{ id: "one", ...card }]);
  const throttle = new RedisThrottle(connection, {
    name: "test",
    attemptsMax: 2,
    windowSeconds: 60,
  });
  const people = Array.from({ length: 20 }, (_, index) => `person-${index}`);
  await Promise.all(
    people.map(async (person) => {
      const waits = [];
      for (let i = 0; i < 3; i++) waits.push(await throttle.attempt(person));
      expect(waits).toEqual([0, 0, expect.any(Number)]);
      expect(waits[2]).toBeGreaterThan(0);
      await throttle.forgive(person);
      expect(await throttle.attempt(person)).toBe(0);
    }),
  );
  const facts = new RedisSharedFacts(connection, { nodeId: "one", clock: systemClock });
  await Promise.all(people.map((person) => facts.setPresent(person, [person], 60_000)));
  expect([...(await facts.present(people)).keys()]).toEqual(people);
  await facts.markChanged(people, 1_000, 60_000);
  expect(new Set(await Promise.all(people.map((person) => facts.changedAt(person))))).toEqual(
    new Set([1_000]),
  );
});

test("frames arrive in order, and a channel that nobody hears is told from one that is heard", async () => {
  const names = ["inga", "tariq", "helen", "marta", "jonas"];
  const nodes = await Promise.all(names.map(node));
  const texts = Array.from({ length: 500 }, (_, index) => `${index}`);
  for (const sender of nodes) {
    const sends = names.flatMap((name) =>
      texts.map((text) => sender.transport.send(name, bytes(text))),
    );
    expect(new Set(await Promise.all(sends))).toEqual(new Set(["sent"]));
    for (let i = 0; i < 20; i++) {
      expect(await sender.transport.send(`nobody-${i}`, bytes("?"))).toBe("unheard");
    }
  }
  for (const { frames } of nodes) {
    await waitFor(() => frames.length === texts.length * names.length);
    expect(frames.slice(0, texts.length)).toEqual(texts);
  }
  const [inga, tariq] = nodes;
  await tariq?.transport.close();
  expect(await inga?.transport.send("tariq", bytes("?"))).toBe("unheard");
});

test("topics are heard on all masters, with few commands", async () => {
  const [speaker, listener] = [await node("speaker"), await node("listener")];
  const topics = Array.from({ length: 3_000 }, (_, index) => `document:${index}`);
  for (const topic of topics) listener.bus.subscribe(topic);
  await listener.connection.channels.settle();
  for (const topic of topics) speaker.bus.publish(topic, "hello");
  await waitFor(() => listener.texts.length === topics.length);
  expect(listener.texts.toSorted()).toEqual(topics.map((topic) => `${topic}: hello`).toSorted());
  for (const topic of topics) listener.bus.unsubscribe(topic);
  await listener.connection.channels.settle();
  const left = await Promise.all(
    redis.server.nodes.map((server) => server.command("PUBSUB", "SHARDCHANNELS", "suite:topic:*")),
  );
  expect(left.flat()).toEqual([]);
});

test("events and their readers work in a cluster", async () => {
  const nodes = await Promise.all(["events-one", "events-two"].map(node));
  const taken: string[] = [];
  const parked = await openParkedEvents();
  const streams = nodes.map(({ connection }, index) => {
    const log = new MemoryLog();
    return new RedisEventStream(connection, {
      consumer: `${index}`,
      clock: systemClock,
      log,
      parked,
    });
  });
  for (const stream of streams) {
    await stream.consume("inbox", async ({ id }) => void taken.push(id));
  }
  const ids = Array.from({ length: 100 }, (_, index) => `${index}`);
  for (const stream of streams) await stream.publish(ids.map((id) => noteEvent(id)));
  await waitFor(() => taken.length === ids.length * streams.length);
  expect(taken).toEqual([...ids, ...ids]);
  for (const stream of streams) await stream.close();
});

test("channels follow their slots to another master", async () => {
  const [speaker, listener] = [await node("mover"), await node("moved")];
  const topics = Array.from({ length: 300 }, (_, index) => `note:${index}`);
  for (const topic of topics) listener.bus.subscribe(topic);
  await listener.connection.channels.settle();
  const [from, to, other] = redis.server.nodes;
  if (!from || !to || !other) throw new Error("Cannot go on: wanted three masters");
  await moveSlots(0, 1_500, { from, to, others: [other] });
  await waitFor(() => listener.counts.resumed > 0);
  await waitFor(() => {
    const heard = new Set(listener.texts);
    const unheard = topics.filter((topic) => !heard.has(`${topic}: moved`));
    for (const topic of unheard) speaker.bus.publish(topic, "moved");
    return unheard.length === 0;
  });
});

test("a master that dies takes only its own part along, and all heals when it is back", async () => {
  const nodes = await Promise.all(["left", "right"].map(node));
  const connections = nodes.map(({ connection }) => connection);
  await redis.server.nodes[2]?.kill();
  await waitFor(() => connections.every((connection) => connection.state() === "down"));
  await redis.server.nodes[2]?.restart();
  await waitFor(() => connections.every((connection) => connection.state() === "ok"), {
    deadlineMs: 20_000,
  });
  const [left] = nodes;
  await waitFor(async () => {
    const sends = ["left", "right"].map((name) => left?.transport.send(name, bytes("!")));
    return (await Promise.all(sends).catch(() => [])).every((outcome) => outcome === "sent");
  });
});

type Server = (typeof redis.server.nodes)[number];

/** Gives slots from one master to another; there must be no keys in them. */
async function moveSlots(
  first: number,
  last: number,
  { from, to, others }: { from: Server; to: Server; others: Server[] },
): Promise<void> {
  await from.command("FLUSHALL");
  const id = String(await to.command("CLUSTER", "MYID"));
  for (let slot = first; slot <= last; slot++) {
    for (const server of [to, from, ...others]) {
      await server.command("CLUSTER", "SETSLOT", String(slot), "NODE", id);
    }
  }
}
