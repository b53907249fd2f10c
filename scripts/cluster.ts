/**
 * A cluster for development, with one command: Postgres, Redis, nodes and a balancer, on this machine
 * and in one folder. Ctrl+C stops everything, and the data stay for the next time.
 */

import { dirname, join, relative, resolve } from "node:path";
import { parseArgs } from "node:util";
import { type Cluster, startCluster } from "./cluster/mod.ts";

const ROOT = dirname(import.meta.dir);
const NODES_MAX = 9;
const USAGE = "bun scripts/cluster.ts [--nodes 3] [--port 3000] [--dir ./data/cluster]";

function readOptions(): { nodes: number; port: number; dir: string } {
  const { values } = parseArgs({
    options: {
      nodes: { type: "string", default: "3" },
      port: { type: "string", default: "3000" },
      dir: { type: "string", default: join(ROOT, "data", "cluster") },
    },
  });
  return {
    nodes: readNumber("--nodes", values.nodes, NODES_MAX),
    port: readNumber("--port", values.port, 65_535),
    dir: resolve(values.dir),
  };
}

function readNumber(name: string, text: string, max: number): number {
  const value = Number(text);
  if (Number.isInteger(value) && value >= 1 && value <= max) return value;
  throw new Error(`Cannot read ${name}: wanted 1 to ${max}, received "${text}"; ${USAGE}`);
}

/** Resolves with the first signal that asks to stop; the second ends this process at once. */
function stopSignal(): Promise<void> {
  const { promise, resolve: stop } = Promise.withResolvers<void>();
  let asked = false;
  for (const signal of ["SIGINT", "SIGTERM", "SIGHUP"] as const) {
    process.on(signal, () => {
      if (asked) process.exit(1);
      asked = true;
      stop();
    });
  }
  return promise;
}

function describe(cluster: Cluster): string {
  const { postgres, redis, nodes } = cluster;
  const logs = [...nodes, postgres, redis].map(({ logPath }) => relative(process.cwd(), logPath));
  const lines = [`MVP Suite runs on ${nodes.length} nodes at ${cluster.url}`];
  if (cluster.setupLink !== undefined) lines.push(`First account: ${cluster.setupLink}`);
  lines.push(`Nodes: ${nodes.map(({ name, pid, url }) => `${name} (${pid}) ${url}`).join(", ")}`);
  lines.push(`Logs: ${logs.join(", ")}`, "Ctrl+C stops it; the data stay.");
  return lines.join("\n");
}

async function main(): Promise<void> {
  const options = readOptions();
  const stopping = stopSignal();
  console.log("Starting Postgres, Redis and the nodes…");
  const starting = startCluster(options);
  // Who asks to stop while it starts does not have to wait: ends with this process.
  const cluster = await Promise.race([starting, stopping]);
  if (cluster === undefined) process.exit(130);
  console.log(describe(cluster));
  let isStopping = false;
  for (const node of cluster.nodes) {
    void node.exited.then((code) => {
      if (!isStopping) console.log(`${node.name} has ended with ${code}; see ${node.logPath}`);
    });
  }
  await stopping;
  isStopping = true;
  console.log("\nStopping…");
  await cluster.stop();
  process.exit(0);
}

try {
  await main();
} catch (error) {
  console.error(error instanceof Error ? error.message : String(error));
  process.exit(1);
}
