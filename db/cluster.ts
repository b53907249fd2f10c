/** How a cluster keeps who owns which shard, and which nodes are alive: in Postgres alone. */

import type { ShardTable } from "../actors/mod.ts";
import { clusterSteps } from "./cluster/migrations/mod.ts";
import { PostgresShardTable } from "./cluster/shard_table.ts";
import type { Service } from "./service.ts";

/** The cluster's own tables; there are none in SQLite, which belongs to one process. */
export interface ClusterPorts {
  shardTable: ShardTable | undefined;
}

/** What nodes know of each other. */
export const cluster: Service<unknown, ClusterPorts> = {
  name: "cluster",
  steps: clusterSteps,
  tables: [],
  rebuilt: ["shard", "node"],
  keptIn: "postgres",
  leavesTraces: false,
  async open(database) {
    const isHere = database.engine === "postgres";
    return { ports: { shardTable: isHere ? new PostgresShardTable(database) : undefined } };
  },
};
