import { expect, test } from "bun:test";
import { systemClock } from "../../actors/mod.ts";
import { startSentinel } from "../../scripts/cluster/redis.ts";
import { noteEvent } from "../../tests/support/events.ts";
import { MemoryLog } from "../../tests/support/memory_log.ts";
import { openParkedEvents } from "../../tests/support/parked_events.ts";
import { TestRedis } from "../../tests/support/test_redis.ts";
import { waitFor } from "../../tests/support/wait_for.ts";
import { RedisEventStream } from "./event_stream.ts";
import { RedisNodeRegister } from "./node_register.ts";
import { RedisTransport } from "./transport.ts";

const redis = new TestRedis(startSentinel);

test("sentinels lead to the master, and to the replica that took over from it", async () => {
  const log = new MemoryLog();
  const connection = await redis.open({ log });
  expect(connection.state()).toBe("ok");
  const register = new RedisNodeRegister(connection);
  const card = { id: "one", name: "one", takesShards: true, holdsShards: true, seesTable: true };
  await register.announce(card, 60_000);
  const transport = new RedisTransport(connection);
  const counts = { received: 0, resumed: 0 };
  await transport.listen("one", {
    receive: () => counts.received++,
    resumed: () => counts.resumed++,
  });
  const parked = await openParkedEvents();
  const stream = new RedisEventStream(connection, {
    consumer: "one",
    clock: systemClock,
    log,
    parked,
  });
  const taken: string[] = [];
  await stream.consume("inbox", async ({ id }) => void taken.push(id));
  await stream.publish([noteEvent("before")]);
  await waitFor(() => taken.length === 1);

  await redis.server.master.kill();
  await waitFor(() => connection.state() === "down");
  await expect(register.nodes()).rejects.toMatchObject({ code: "unreachable" });
  await waitFor(() => connection.state() === "ok", { deadlineMs: 20_000 });
  await waitFor(() =>
    register.announce(card, 60_000).then(
      () => true,
      () => false,
    ),
  );
  expect((await register.nodes()).map(({ id }) => id)).toEqual(["one"]);
  expect(counts.resumed).toBe(1);
  expect(await transport.send("one", new Uint8Array([1]))).toBe("sent");
  await waitFor(() => counts.received === 1);
  await stream.publish([noteEvent("after")]);
  await waitFor(() => taken.includes("after"));
  await stream.close();
  const messages = log.lines.map(({ message }) => message);
  expect(messages.filter((message) => message === "Redis is away")).toHaveLength(1);
}, 60_000);
