import { afterEach, expect, test } from "bun:test";
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
import { TestRedis } from "../../tests/support/test_redis.ts";
import { waitFor } from "../../tests/support/wait_for.ts";
import { RedisEventStream } from "./event_stream.ts";

const redis = new TestRedis(startRedis);
const open = new Set<RedisEventStream>();

afterEach(async () => {
  await Promise.all([...open].map((stream) => stream.close()));
  open.clear();
  await redis.server.command("FLUSHALL");
});

/** A node that takes events. */
async function node(handler?: EventHandler, url?: string) {
  const taken: string[] = [];
  const connection = await redis.open(url === undefined ? {} : { url });
  const log = new MemoryLog();
  const options = { consumer: systemClock.mintId(), clock: systemClock, log };
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

test("an event that always fails is set aside, and never blocks the others", async () => {
  const taken: string[] = [];
  const bad = await node(async ({ id }) => {
    if (id === "poison") throw new Error("Cannot digest");
    taken.push(id);
  });
  await bad.stream.publish([noteEvent("poison"), ...ids(20).map((id) => noteEvent(id))]);
  await waitFor(() => taken.length === 20);
  const entries = (await redis.server.command("XRANGE", "suite:events", "-", "+")) as [string][];
  const poison = entries[0]?.[0] ?? "";
  await waitFor(async () => String(await deliveries()) === "2");
  // Another node has to count on from there; what it was told so far makes this the last time.
  await bad.stop();
  const times = String(limits.eventFailuresMax - 1);
  const claim = ["XCLAIM", "suite:events", "inbox", "gone", "0", poison, "RETRYCOUNT", times];
  await redis.server.command("XCLAIM", ...claim.slice(1));
  const next = await node(async () => {
    throw new Error("Cannot digest either");
  });
  await waitFor(() => next.log.find("Set an event aside").length === 1);
  expect(next.log.find("Set an event aside")[0]?.fields).toMatchObject({
    id: "poison",
    deliveries: limits.eventFailuresMax,
  });
  await waitFor(async () => (await pending()) === 0);
  const dead = JSON.stringify(await redis.server.command("XRANGE", "suite:events:dead", "-", "+"));
  expect(dead).toContain("Cannot digest either");
  expect(dead).toContain("poison");

  async function deliveries(): Promise<unknown> {
    const rows = await redis.server.command("XPENDING", "suite:events", "inbox", "-", "+", "1");
    return (rows as unknown[][])[0]?.[3];
  }
});

test("an event that no process survives, and one that nobody can read, are set aside untried", async () => {
  const first = await node();
  await first.stream.publish([noteEvent("first")]);
  await waitFor(() => first.taken.length === 1);
  await first.stop();
  await first.stream.publish([noteEvent("deadly")]);
  await redis.server.command("XADD", "suite:events", "*", "event", "{");
  const read = ["GROUP", "inbox", "gone", "STREAMS", "suite:events", ">"];
  await redis.server.command("XREADGROUP", ...read);
  const rows = await redis.server.command("XPENDING", "suite:events", "inbox", "-", "+", "9");
  const [deadly = ""] = (rows as string[][])[0] ?? [];
  const times = String(limits.eventFailuresMax);
  const claim = ["suite:events", "inbox", "gone", "0", deadly, "RETRYCOUNT", times];
  await redis.server.command("XCLAIM", ...claim);
  const next = await node();
  await waitFor(() => next.log.find("Set an event aside").length === 2);
  await waitFor(async () => (await pending()) === 0);
  expect(next.taken).toEqual([]);
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

test("a failing handler is not hurried, and not asked for more than fits in hand", async () => {
  let isBroken = true;
  let tries = 0;
  const done = new Set<string>();
  const { stream } = await node(async ({ id }) => {
    tries++;
    if (isBroken) throw new SuiteError("store_failed", "Cannot save");
    done.add(id);
  });
  const count = limits.eventsInHandMax * 6;
  await stream.publish(ids(count).map((id) => noteEvent(id, { subjectId: id })));
  await waitFor(() => tries >= limits.eventsInHandMax);
  expect(await pending()).toBeLessThan(count);
  isBroken = false;
  await waitFor(() => done.size === count);
});
