import { expect, test } from "bun:test";
import { join } from "node:path";
import { temporaryFolder } from "../../tests/support/temporary_folder.ts";
import { waitFor } from "../../tests/support/wait_for.ts";
import { startCluster } from "./mod.ts";

test("startCluster() starts nodes that one can lose, and cut off", async () => {
  using folder = temporaryFolder();
  await using cluster = await startCluster({
    ...{ dir: folder.path, nodes: 2, withProxies: true, fsync: false },
  });
  expect(cluster.setupLink).toStartWith(`${cluster.url}/signup?setup=`);
  expect(cluster.proxies.length).toBe(2);
  expect(cluster.balancer.ready.length).toBe(2);
  await cluster.nodes[0]?.kill();
  const response = await fetch(`${cluster.url}/healthz`, { keepalive: false });
  expect(response.status).toBe(200);
  await waitFor(() => cluster.balancer.ready.length === 1);
});

test("startCluster() stops what it started when one part does not start", async () => {
  using folder = temporaryFolder();
  const failed = startCluster({ dir: folder.path, nodes: 1, fsync: false, env: { PORT: "none" } });
  await expect(failed).rejects.toThrow('Cannot start node "node-1"');
  const log = await Bun.file(join(folder.path, "postgres", "postgres.log")).text();
  expect(log).toContain("database system is shut down");
});
