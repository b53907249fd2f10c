import { afterEach, beforeEach, expect, test } from "bun:test";
import { join } from "node:path";
import {
  type DomainEvent,
  type EventHandler,
  limits,
  SuiteError,
  systemClock,
} from "../../actors/mod.ts";
import { startRedis } from "../../scripts/cluster/redis.ts";
import { startTcpProxy } from "../../scripts/cluster/tcp_proxy.ts";
import { noteEvent } from "../../tests/support/events.ts";
import { MemoryLog } from "../../tests/support/memory_log.ts";
import { openParkedEvents } from "../../tests/support/parked_events.ts";
import { TestRedis } from "../../tests/support/test_redis.ts";
import { waitFor } from "../../tests/support/wait_for.ts";
import type { SqlParkedEvents } from "../inbox/parked_events.ts";
import { RedisEventStream } from "./event_stream.ts";

const redis = new TestRedis(startRedis);
const open = new Set<RedisEventStream>();

/** One for the nodes of a test. */
let parked: SqlParkedEvents;

beforeEach(async () => {
  parked = await openParkedEvents();
});

afterEach(async () => {
  await Promise.all([...open].map((stream) => stream.close()));
  open.clear();
  await redis.server.command("FLUSHALL");
});

/** A node that takes events. */
async function node(handler?: EventHandler, url?: string, isImpaired = () => false) {
  const taken: string[] = [];
  const connection = await redis.open(url === undefined ? {} : { url });
  const log = new MemoryLog();
  const options = { consumer: systemClock.mintId(), clock: systemClock, log, parked, isImpaired };
  const stream = new RedisEventStream(connection, options);
  open.add(stream);
  const take = async ({ id }: DomainEvent) => void taken.push(id);
  const stop = await stream.consume("inbox", handler ?? take);
  return { stream, taken, log, connection, stop };
}

const ids = (count: number, prefix = "") =>
  Array.from({ length: count }, (_, index) => `${prefix}${index}`);

const consumers = async () =>
  ((await redis.server.command("XINFO", "CONSUMERS", "suite:events", "inbox")) as object[]).length;

const pending = async () =>
  ((await redis.server.command("XPENDING", "suite:events", "inbox")) as [number])[0];

test("what a process had in hand when it was killed is handled by another", async () => {
  const writer = new RedisEventStream(await redis.open(), {
    consumer: "writer",
    clock: systemClock,
    log: new MemoryLog(),
    parked,
  });
  await writer.publish(ids(5).map((id) => noteEvent(id, { subjectId: id })));
  const program = join(import.meta.dir, "../../tests/support/event_consumer.ts");
  const child = Bun.spawn([process.execPath, program, redis.url, "inbox"], { stdout: "pipe" });
  let printed = "";
  for await (const chunk of child.stdout) {
    printed += new TextDecoder().decode(chunk);
    if (printed.split("\n").length > 5) break;
  }
  const other = await node();
  expect(await pending()).toBe(5);
  child.kill("SIGKILL");
  await child.exited;
  await waitFor(() => other.taken.length === 5);
  expect(other.taken.toSorted()).toEqual(ids(5));
  await waitFor(async () => (await pending()) === 0 && (await consumers()) === 1);
});

test("a node that leaves hands its group over at once", async () => {
  const first = await node();
  await first.stream.publish([noteEvent("1")]);
  await waitFor(() => first.taken.length === 1);
  const second = await node();
  const startedMs = performance.now();
  await first.stop();
  await second.stream.publish([noteEvent("2")]);
  await waitFor(() => second.taken.length === 1);
  expect(performance.now() - startedMs).toBeLessThan(limits.eventLeaseMs);
  expect(first.taken).toEqual(["1"]);
  expect(await consumers()).toBe(1);
});

test("stop() waits for the handler that runs, and leaves what waits for somebody else", async () => {
  const { promise: gate, resolve: openGate } = Promise.withResolvers<void>();
  const begun: string[] = [];
  const first = await node(async ({ id }) => {
    begun.push(id);
    await gate;
  });
  await first.stream.publish([noteEvent("1"), noteEvent("2")]);
  await waitFor(() => begun.length === 1);
  const stopped = first.stop();
  const second = await node();
  openGate();
  await stopped;
  await waitFor(() => second.taken.length === 1);
  expect([begun, second.taken]).toEqual([["1"], ["2"]]);
});

test("what fails is out of the stream at once, and is tried again by any node", async () => {
  const taken: string[] = [];
  const bad = await node(async ({ id }) => {
    if (id.startsWith("poison")) throw new Error("Cannot digest");
    taken.push(id);
  });
  const poison = ids(limits.eventsInHandMax + 10, "poison");
  const good = ids(20);
  await bad.stream.publish([...poison, ...good].map((id) => noteEvent(id, { subjectId: id })));
  await waitFor(() => taken.length === good.length);
  await waitFor(async () => (await pending()) === 0);
  expect(await parked.counts()).toMatchObject({ waiting: poison.length });
  await bad.stop();
  const next = await node();
  await waitFor(() => poison.every((id) => next.taken.includes(id)));
  await waitFor(async () => (await parked.counts()).waiting === 0);
});

test("an event in hand when a process ended is counted before it is tried, one that nobody can read is set aside", async () => {
  const first = await node();
  await first.stream.publish([noteEvent("first")]);
  await waitFor(() => first.taken.length === 1);
  await first.stop();
  await first.stream.publish([noteEvent("deadly")]);
  await redis.server.command("XADD", "suite:events", "*", "event", "{");
  const read = ["GROUP", "inbox", "gone", "STREAMS", "suite:events", ">"];
  await redis.server.command("XREADGROUP", ...read);
  // Processes died with it before, so that there is no next try.
  await parked.park({
    ...{
      group: "inbox",
      id: "deadly",
      subjectId: "tide",
      text: JSON.stringify(noteEvent("deadly")),
    },
    ...{ state: "waiting", isHolding: true, failures: 0, error: "", since: 0, dueAt: 0 },
  });
  for (let death = 0; death < limits.eventDeathsMax; death++) {
    await parked.take("inbox", death, { limit: 9, hiddenMs: 1 });
  }
  const next = await node();
  await waitFor(async () => (await parked.counts()).setAside === 2);
  await waitFor(async () => (await pending()) === 0);
  expect(next.log.find("Set an event aside")).toHaveLength(2);
  expect(next.taken).toEqual([]);
  const found = await parked.list(9);
  expect(found.map(({ error }) => error).toSorted()).toEqual([
    ...["Cannot read the event", "No process survived it"],
  ]);
});

test("a Redis that comes back empty gets its group again", async () => {
  const { stream, taken, connection } = await node();
  await stream.publish([noteEvent("before")]);
  await waitFor(() => taken.length === 1);
  await redis.server.kill();
  await waitFor(() => !connection.isUp);
  await expect(stream.publish([noteEvent("lost")])).rejects.toMatchObject({ code: "unreachable" });
  await redis.server.restart();
  await waitFor(() =>
    stream.publish([noteEvent("after")]).then(
      () => true,
      () => false,
    ),
  );
  await waitFor(() => taken.includes("after"));
  await redis.server.command("FLUSHALL");
  await stream.publish([noteEvent("last")]);
  await waitFor(() => taken.includes("last"));
  expect(taken).toEqual(["before", "after", "last"]);
});

test("a reader whose network stalls loses its turn, and takes it again later", async () => {
  await using proxy = await startTcpProxy({ port: redis.server.port });
  const far = await node(undefined, `redis://127.0.0.1:${proxy.port}`);
  await far.stream.publish([noteEvent("far")]);
  await waitFor(() => far.taken.length === 1);
  const near = await node();
  proxy.stall();
  await near.stream.publish([noteEvent("near")]);
  await waitFor(() => near.taken.length === 1);
  await near.stop();
  proxy.heal();
  await near.stream.publish([noteEvent("again")]);
  await waitFor(() => far.taken.includes("again"), { deadlineMs: 15_000 });
  await far.stop();
});

test("what all events need being away, they wait where they are, and none is parked", async () => {
  let isBroken = true;
  let tries = 0;
  const done = new Set<string>();
  const handler = async ({ id }: DomainEvent) => {
    tries++;
    if (isBroken) throw new SuiteError("store_failed", "Cannot save");
    done.add(id);
  };
  const { stream } = await node(handler, undefined, () => isBroken);
  const count = limits.eventsInHandMax * 6;
  await stream.publish(ids(count).map((id) => noteEvent(id, { subjectId: id })));
  await waitFor(() => tries >= limits.eventsInHandMax);
  expect(await pending()).toBe(limits.eventsInHandMax);
  expect(await parked.counts()).toMatchObject({ waiting: 0, setAside: 0 });
  isBroken = false;
  await waitFor(() => done.size === count);
});
