import { expect, test } from "bun:test";
import { limits } from "../../actors/mod.ts";
import { startRedis } from "../../scripts/cluster/redis.ts";
import { startTcpProxy } from "../../scripts/cluster/tcp_proxy.ts";
import { isAtOnce } from "../../tests/support/at_once.ts";
import { TestRedis } from "../../tests/support/test_redis.ts";
import { waitFor } from "../../tests/support/wait_for.ts";
import type { RedisConnection } from "./open.ts";
import { RedisTransport } from "./transport.ts";

const redis = new TestRedis(startRedis);

const bytes = (text: string) => new TextEncoder().encode(text);

/** A node that notes what it hears. */
async function node(name: string, connection: RedisConnection) {
  const transport = new RedisTransport(connection);
  const heard: string[] = [];
  const counts = { resumed: 0 };
  await transport.listen(name, {
    receive: (frame) => heard.push(new TextDecoder().decode(frame)),
    resumed: () => counts.resumed++,
  });
  return { transport, heard, counts, connection };
}

test("frames arrive in order, whole, and only where they were sent", async () => {
  const inga = await node("inga", await redis.open());
  const tariq = await node("tariq", await redis.open());
  const texts = Array.from({ length: 5_000 }, (_, index) => `${index} ${"x".repeat(index % 300)}`);
  const outcomes: Promise<string>[] = [];
  for (const [index, text] of texts.entries()) {
    outcomes.push(inga.transport.send("tariq", bytes(text)));
    if (index % 100 === 0) await outcomes.at(-1);
  }
  expect(new Set(await Promise.all(outcomes))).toEqual(new Set(["sent"]));
  await waitFor(() => tariq.heard.length === texts.length);
  expect(tariq.heard).toEqual(texts);
  expect(inga.heard).toEqual([]);
  await inga.transport.send("inga", bytes("to myself"));
  await waitFor(() => inga.heard.length === 1);
});

test("frames of one moment share a message, and a large one travels alone", async () => {
  const inga = await node("inga", await redis.open());
  const tariq = await node("tariq", await redis.open());
  const published = async () => {
    const info = String(await redis.server.command("INFO", "commandstats"));
    return Number(/cmdstat_publish:calls=(\d+)/.exec(info)?.[1] ?? 0);
  };
  const before = await published();
  const large = "y".repeat(limits.bundleBytesMax + 1);
  const texts = [...Array.from({ length: 100 }, (_, index) => `${index}`), large, "last"];
  await Promise.all(texts.map((text) => inga.transport.send("tariq", bytes(text))));
  await waitFor(() => tariq.heard.length === texts.length);
  expect(tariq.heard).toEqual(texts);
  expect((await published()) - before).toBe(3);
});

test("send() tells when nobody listens", async () => {
  const inga = await node("inga", await redis.open());
  expect(await inga.transport.send("nobody", bytes("hello"))).toBe("unheard");
  const helen = await node("helen", await redis.open());
  expect(await inga.transport.send("helen", bytes("hello"))).toBe("sent");
  await helen.transport.close();
  expect(await inga.transport.send("helen", bytes("hello"))).toBe("unheard");
});

test("send() fails at once while Redis is away, and goes on when it is back", async () => {
  const inga = await node("inga", await redis.open());
  const tariq = await node("tariq", await redis.open());
  await redis.server.kill();
  await waitFor(() => !inga.connection.isUp && !tariq.connection.isUp);
  const sending = inga.transport.send("tariq", bytes("lost"));
  expect(await isAtOnce(sending)).toBe(true);
  await expect(sending).rejects.toMatchObject({ code: "unreachable", retryAfterSeconds: 1 });
  await redis.server.restart();
  await waitFor(() => inga.counts.resumed === 1 && tariq.counts.resumed === 1);
  await waitFor(() => inga.connection.state() === "ok");
  expect(await inga.transport.send("tariq", bytes("found"))).toBe("sent");
  await waitFor(() => tariq.heard.length > 0);
  expect(tariq.heard).toEqual(["found"]);
});

test("listen() goes on without Redis; frames are heard once it is there", async () => {
  await using proxy = await startTcpProxy({ port: redis.server.port });
  proxy.cut();
  const tariq = await node("late", await redis.open({ url: `redis://127.0.0.1:${proxy.port}` }));
  const inga = await node("inga", await redis.open());
  expect(await inga.transport.send("late", bytes("too early"))).toBe("unheard");
  proxy.heal();
  await waitFor(() => tariq.counts.resumed === 1);
  expect(await inga.transport.send("late", bytes("in time"))).toBe("sent");
  await waitFor(() => tariq.heard.length === 1);
});

test("a listener whose network is cut is unheard, hears again, and is told that it missed something", async () => {
  await using proxy = await startTcpProxy({ port: redis.server.port });
  const far = await node("far", await redis.open({ url: `redis://127.0.0.1:${proxy.port}` }));
  const inga = await node("inga", await redis.open());
  proxy.cut();
  await waitFor(async () => (await inga.transport.send("far", bytes("?"))) === "unheard");
  proxy.heal();
  await waitFor(() => far.counts.resumed === 1);
  expect(await inga.transport.send("far", bytes("!"))).toBe("sent");
  await waitFor(() => far.heard.at(-1) === "!");
});

test("a stalled network ends in errors for all that was sent, and heals", async () => {
  await using proxy = await startTcpProxy({ port: redis.server.port });
  const far = await node("far", await redis.open({ url: `redis://127.0.0.1:${proxy.port}` }));
  await node("inga", await redis.open());
  proxy.stall();
  const sends = Array.from({ length: 20 }, () => far.transport.send("inga", bytes("?")));
  for (const outcome of await Promise.allSettled(sends)) {
    expect(outcome).toMatchObject({ status: "rejected", reason: { code: "unreachable" } });
  }
  await waitFor(() => far.connection.state() === "down");
  proxy.heal();
  await waitFor(() => far.connection.state() === "ok");
  await waitFor(async () => (await far.transport.send("inga", bytes("!"))) === "sent");
});

test("send() refuses more than may wait, and takes more when that is gone", async () => {
  const inga = await node("inga", await redis.open());
  await node("tariq", await redis.open());
  const frame = new Uint8Array(limits.unsentFrameBytesMax / 8);
  const sends = Array.from({ length: 9 }, () => inga.transport.send("nobody", frame));
  await expect(sends.pop()).rejects.toMatchObject({ code: "busy", retryAfterSeconds: 1 });
  await Promise.allSettled(sends);
  await waitFor(() => inga.transport.send("tariq", bytes("hello")).catch(() => undefined));
});
