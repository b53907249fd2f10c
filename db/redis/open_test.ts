import { expect, test } from "bun:test";
import { join } from "node:path";
import { SuiteError } from "../../actors/mod.ts";
import { freePort } from "../../scripts/cluster/free_port.ts";
import { startRedis } from "../../scripts/cluster/redis.ts";
import { startTcpProxy } from "../../scripts/cluster/tcp_proxy.ts";
import { isAtOnce } from "../../tests/support/at_once.ts";
import { MemoryLog } from "../../tests/support/memory_log.ts";
import { temporaryFolder } from "../../tests/support/temporary_folder.ts";
import { TestRedis } from "../../tests/support/test_redis.ts";
import { waitFor } from "../../tests/support/wait_for.ts";
import type { RedisConnection } from "./open.ts";

const redis = new TestRedis(startRedis);

const ping = (connection: RedisConnection) => connection.run((commands) => commands.ping());

async function failureOf(asked: Promise<unknown>): Promise<SuiteError> {
  const error = await asked.then(
    () => undefined,
    (error: unknown) => error,
  );
  if (!(error instanceof SuiteError)) throw new Error(`Cannot go on: received ${error}`);
  return error;
}

test("openRedis() answers with a connection that works", async () => {
  const log = new MemoryLog();
  const connection = await redis.open({ log });
  expect(connection.state()).toBe("ok");
  expect(await ping(connection)).toBe("PONG");
  await connection.close();
  expect(connection.state()).toBe("down");
  const error = await failureOf(ping(connection));
  expect(error.code).toBe("unreachable");
  expect(log.lines).toEqual([]);
});

test("openRedis() goes on without Redis, and heals when it is there", async () => {
  using folder = temporaryFolder();
  const port = freePort();
  const log = new MemoryLog();
  const connection = await redis.open({ url: `redis://127.0.0.1:${port}`, log });
  expect(connection.state()).toBe("down");
  const failing = failureOf(ping(connection));
  expect(await isAtOnce(failing)).toBe(true);
  expect(await failing).toMatchObject({ code: "unreachable", retryAfterSeconds: 1 });
  await using _late = await startRedis({ dir: join(folder.path, "late"), port });
  await waitFor(() => connection.state() === "ok");
  expect(await ping(connection)).toBe("PONG");
  expect(log.lines.map(({ message }) => message)).toEqual(["Redis is away", "Redis is back"]);
  await connection.close();
});

test("a Redis that is killed and started again is missed and found", async () => {
  const log = new MemoryLog();
  const connection = await redis.open({ log });
  let timesUp = 0;
  connection.onUp(() => timesUp++);
  await redis.server.kill();
  await waitFor(() => connection.state() === "down");
  expect(await isAtOnce(failureOf(ping(connection)))).toBe(true);
  await redis.server.restart();
  await waitFor(() => connection.state() === "ok");
  expect(await ping(connection)).toBe("PONG");
  expect(timesUp).toBe(1);
  expect(log.lines.map(({ message }) => message)).toEqual(["Redis is away", "Redis is back"]);
});

test("a network that swallows everything is noticed, and calls fail at once from then on", async () => {
  await using proxy = await startTcpProxy({ port: redis.server.port });
  const connection = await redis.open({ url: `redis://127.0.0.1:${proxy.port}` });
  proxy.stall();
  await failureOf(ping(connection));
  await waitFor(() => connection.state() === "down" && !connection.isUp);
  expect(await isAtOnce(failureOf(ping(connection)))).toBe(true);
  proxy.heal();
  await waitFor(() => connection.state() === "ok");
  expect(await ping(connection)).toBe("PONG");
  await connection.close();
});

test("calls that time out again and again open a breaker, so that others do not wait", async () => {
  await using proxy = await startTcpProxy({ port: redis.server.port });
  const connection = await redis.open({ url: `redis://127.0.0.1:${proxy.port}` });
  proxy.stall();
  const asked = Array.from({ length: 5 }, () => failureOf(ping(connection)));
  await Promise.all(asked);
  expect(await isAtOnce(failureOf(ping(connection)))).toBe(true);
  proxy.cut();
  proxy.heal();
  await waitFor(() => ping(connection).catch(() => false));
  await connection.close();
});

test("what Redis refuses is no reason to open the breaker", async () => {
  const connection = await redis.open();
  await connection.run((commands) => commands.set("suite:test", "text"));
  for (let i = 0; i < 10; i++) {
    const error = await failureOf(connection.run((commands) => commands.incr("suite:test")));
    expect(error.message).toContain("not an integer");
  }
  expect(await ping(connection)).toBe("PONG");
});
