import { afterAll, describe, expect, test } from "bun:test";
import { join } from "node:path";
import { temporaryFolder } from "../../tests/support/temporary_folder.ts";
import { waitFor } from "../../tests/support/wait_for.ts";
import { startRedis, startRedisCluster, startSentinel } from "./redis.ts";

const folder = temporaryFolder();
afterAll(() => folder[Symbol.dispose]());

describe("startRedis()", () => {
  test("starts one that keeps nothing and takes settings", async () => {
    const args = ["--maxmemory", "10mb"];
    await using redis = await startRedis({ dir: join(folder.path, "one"), args });
    expect(redis.url).toBe(`redis://127.0.0.1:${redis.port}`);
    expect(await redis.command("CONFIG", "GET", "maxmemory")).toEqual({ maxmemory: "10485760" });
    expect(await redis.command("CONFIG", "GET", "save")).toEqual({ save: "" });
    const { pid } = redis;
    await redis.command("SET", "tide", "7");
    await redis.kill();
    await expect(redis.command("PING")).rejects.toThrow();
    await redis.restart();
    expect(redis.pid).not.toBe(pid);
    expect(await redis.command("GET", "tide")).toBeNull();
  });

  test("says why it did not start", async () => {
    const args = ["--no-such-setting", "yes"];
    const failed = startRedis({ dir: join(folder.path, "wrong"), args });
    await expect(failed).rejects.toThrow(/Cannot start Redis: .*\n.*no-such-setting/s);
  });
});

test("startRedisCluster() starts three masters that share the slots", async () => {
  await using cluster = await startRedisCluster({ dir: join(folder.path, "cluster") });
  expect(cluster.urls.length).toBe(3);
  for (const node of cluster.nodes) {
    const info = String(await node.command("CLUSTER", "INFO"));
    expect(info).toContain("cluster_slots_ok:16384");
    expect(info).toContain("cluster_size:3");
  }
});

test("startSentinel() starts a replica that takes over when its master is gone", async () => {
  await using watched = await startSentinel({ dir: join(folder.path, "sentinel") });
  const [sentinel] = watched.sentinels;
  const masterPort = async () => {
    const address = await sentinel?.command("SENTINEL", "GET-MASTER-ADDR-BY-NAME", watched.name);
    return Number((address as string[])[1]);
  };
  expect(await masterPort()).toBe(watched.master.port);
  await watched.master.command("SET", "tide", "7");
  await waitFor(async () => (await watched.replica.command("GET", "tide")) === "7");
  await watched.master.kill();
  await waitFor(async () => (await masterPort()) === watched.replica.port, { deadlineMs: 15_000 });
  await waitFor(async () => String(await watched.replica.command("ROLE")).startsWith("master"));
});
