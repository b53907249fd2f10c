/** The tables of a cluster, as Kysely sees them. */

/** The schema of shards and nodes. */
export interface ClusterSchema {
  shard: { shard: number; owner: string | null; epoch: number; fence: boolean | null };
  node: {
    id: string;
    name: string;
    takes_shards: boolean;
    sees_register: boolean;
    lease_until: Date;
  };
}
