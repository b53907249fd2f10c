/** What happens to clusters, as a table: each fault, and what is done about it. */

import { limits } from "../../actors/mod.ts";
import type { Cluster, NodeProxies } from "../../scripts/cluster/mod.ts";
import type { SuiteNode } from "../../scripts/cluster/node.ts";
import { waitFor } from "../support/wait_for.ts";
import { healthOf, waitUntilWhole } from "./evidence.ts";
import type { Crowd } from "./typists.ts";

/** Where a fault takes place. */
export interface Stage {
  cluster: Cluster;
  crowd: Crowd;
  /** Whom it hits. */
  node: SuiteNode;
  proxies: NodeProxies;
  others: readonly SuiteNode[];
  /** Counts how often the scene was played, from 0. */
  round: number;
  random: () => number;
}

/** A fault; over when everything is there again that it took away. */
export interface Fault {
  name: string;
  /** Within this every note is writable again. */
  goalMs?: number;
  act(stage: Stage): Promise<void>;
}

const startIt: Fault = {
  name: "a node is started",
  async act({ cluster, node }) {
    await node.restart();
    await waitUntilWhole(cluster);
  },
};

/** Scenes, each a few faults in a row that leave the cluster as it was. */
export const SCENES: readonly (readonly Fault[])[] = [
  [
    {
      name: "a node is killed",
      goalMs: 5_000,
      async act({ cluster, crowd, node, others }) {
        await node.kill();
        await crowd.served();
        await waitUntilWhole(cluster, others);
      },
    },
    startIt,
  ],
  [
    {
      name: "a node is asked to end",
      goalMs: 1_000,
      async act({ cluster, crowd, node, others }) {
        const code = await node.stop();
        if (code !== 0) throw new Error(`Cannot stop ${node.name}: wanted 0, received ${code}`);
        await crowd.served();
        await waitUntilWhole(cluster, others);
      },
    },
    startIt,
  ],
  [
    {
      name: "a node stands still for longer than its lease",
      async act({ cluster, node, others }) {
        const sinceMs = performance.now();
        node.signal("SIGSTOP");
        await waitFor(() => performance.now() - sinceMs > limits.leaseMs * 1.5);
        await waitUntilWhole(cluster, others);
        node.signal("SIGCONT");
        await waitUntilWhole(cluster);
      },
    },
  ],
  [
    {
      name: "Redis is killed and started again",
      async act({ cluster, crowd, random }) {
        await cluster.redis.kill();
        await Promise.all(cluster.nodes.map((node) => seesPart(node, "redis", "down")));
        // What lives where its writer is goes on.
        await crowd.typed(Math.floor(random() * 100));
        await cluster.redis.restart();
        await waitUntilWhole(cluster);
      },
    },
  ],
  [
    {
      name: "Postgres is started again",
      async act({ cluster, round }) {
        // Every other time without a word, so that it has to recover.
        if (round % 2 === 1) await cluster.postgres.kill();
        await cluster.postgres.restart();
        await waitUntilWhole(cluster);
      },
    },
  ],
  [
    {
      name: "a node is cut off from Redis",
      act: (stage) => cutOff(stage, "redis"),
    },
  ],
  [
    {
      name: "a node is cut off from Postgres",
      act: (stage) => cutOff(stage, "postgres"),
    },
  ],
];

async function seesPart(node: SuiteNode, part: string, state: "ok" | "down"): Promise<void> {
  await waitFor(async () => (await healthOf(node))?.parts[part] === state, {
    what: `${node.name} to see ${part} ${state}`,
  });
}

/** Alone with what it sees it stands aside, and the others take what it had; then it comes back. */
async function cutOff(stage: Stage, part: "redis" | "postgres"): Promise<void> {
  const { cluster, node, others, proxies, round } = stage;
  // Every other time the network loses its way instead of saying so.
  if (round % 2 === 1) proxies[part].stall();
  else proxies[part].cut();
  try {
    await waitFor(async () => (await healthOf(node))?.node.standing === "aside", {
      deadlineMs: 20_000,
      what: `${node.name} to stand aside`,
    });
    await waitFor(async () => (await shardsOf(others)) === limits.shardsMax, {
      deadlineMs: 20_000,
      what: "the others to have taken everything",
    });
  } finally {
    proxies[part].heal();
  }
  await waitUntilWhole(cluster);
}

async function shardsOf(nodes: readonly SuiteNode[]): Promise<number> {
  const all = await Promise.all(nodes.map(healthOf));
  return all.reduce((sum, health) => sum + (health?.node.shards ?? 0), 0);
}
