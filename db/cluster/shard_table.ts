/**
 * Who owns which shard, in Postgres. A claim raises the shard's epoch, and waits for that until every
 * transaction that writes under the old one has ended; whoever writes holds the row by `FOR SHARE`.
 */

import {
  type LeasedNode,
  type NodeId,
  type ShardClaim,
  type ShardRow,
  type ShardTable,
  SuiteError,
} from "../../actors/mod.ts";
import type { PostgresConnections, Statement } from "../postgres/connections.ts";
import { unavailable } from "../postgres/errors.ts";

/** Leases that ended so long ago are forgotten; nodes have a new id at every start. */
const FORGOTTEN_AFTER = "interval '1 hour'";

/** The table of shards over the connections to the cluster's schema. */
export class PostgresShardTable implements ShardTable {
  readonly #connections: PostgresConnections;

  constructor(database: { connections: PostgresConnections }) {
    this.#connections = database.connections;
  }

  async renew(node: LeasedNode, leaseMs: number): Promise<LeasedNode[]> {
    const { id, name, takesShards, seesRegister } = node;
    const rows = await this.#run<NodeRow>({
      name: "renew",
      text: RENEW,
      values: [id, name, takesShards, seesRegister, leaseMs],
    });
    return [node, ...rows.map(toLeasedNode)];
  }

  async withdraw(id: NodeId): Promise<void> {
    await this.#run({ text: "DELETE FROM node WHERE id = $1", values: [id] });
  }

  async shards(): Promise<ShardRow[]> {
    const rows = await this.#run<{ shard: number; owner: string | null; epoch: number }>({
      name: "shards",
      text: "SELECT shard, owner, epoch FROM shard ORDER BY shard",
    });
    return rows.map(({ shard, owner, epoch }) => ({ shard, epoch, owner: owner ?? undefined }));
  }

  async claim(
    node: NodeId,
    shards: readonly number[],
    { alive }: { alive: readonly NodeId[] },
  ): Promise<ShardClaim[]> {
    if (shards.length === 0) return [];
    return await this.#run<ShardClaim>({
      name: "claim",
      text: CLAIM,
      values: [node, [...shards], [...alive]],
    });
  }

  async release(node: NodeId, shards: readonly ShardClaim[]): Promise<void> {
    if (shards.length === 0) return;
    await this.#run({
      name: "release",
      text: RELEASE,
      values: [node, shards.map(({ shard }) => shard), shards.map(({ epoch }) => epoch)],
    });
  }

  async #run<Row>(statement: Statement): Promise<Row[]> {
    try {
      return (await this.#connections.query(statement)).rows;
    } catch (error) {
      throw error instanceof SuiteError ? error : unavailable(error);
    }
  }
}

interface NodeRow {
  id: string;
  name: string;
  takes_shards: boolean;
  sees_register: boolean;
}

function toLeasedNode(row: NodeRow): LeasedNode {
  return {
    id: row.id,
    name: row.name,
    takesShards: row.takes_shards,
    seesRegister: row.sees_register,
  };
}

const RENEW = `
  WITH renewed AS (
    INSERT INTO node (id, name, takes_shards, sees_register, lease_until)
    VALUES ($1, $2, $3, $4, clock_timestamp() + $5::float8 * interval '1 millisecond')
    ON CONFLICT (id) DO UPDATE SET name = excluded.name, takes_shards = excluded.takes_shards,
      sees_register = excluded.sees_register, lease_until = excluded.lease_until
  ), forgotten AS (
    DELETE FROM node WHERE id <> $1 AND lease_until < clock_timestamp() - ${FORGOTTEN_AFTER}
  )
  SELECT id, name, takes_shards, sees_register FROM node
  WHERE id <> $1 AND lease_until > clock_timestamp() ORDER BY id`;

/** Locks in the order of shards, as writers do, so that nobody waits in a circle. */
const CLAIM = `
  WITH free AS (
    SELECT shard FROM shard
    WHERE shard = ANY ($2::int[])
      -- Who has lost its own lease meanwhile, while the claim was on its way, gets nothing.
      AND EXISTS (SELECT FROM node WHERE node.id = $1 AND lease_until > clock_timestamp())
      AND (
      owner IS NULL OR owner = $1 OR (
        owner <> ALL ($3::text[]) AND NOT EXISTS (
          SELECT FROM node WHERE node.id = shard.owner AND lease_until > clock_timestamp()
        )
      )
    )
    ORDER BY shard FOR UPDATE
  )
  UPDATE shard SET owner = $1, epoch = shard.epoch + 1 FROM free
  WHERE shard.shard = free.shard
  RETURNING shard.shard, shard.epoch`;

const RELEASE = `
  WITH held AS (
    SELECT shard.shard FROM shard
    JOIN unnest($2::int[], $3::int8[]) AS claim (shard, epoch)
      ON claim.shard = shard.shard AND claim.epoch = shard.epoch
    WHERE shard.owner = $1
    ORDER BY shard.shard FOR UPDATE OF shard
  )
  UPDATE shard SET owner = NULL FROM held WHERE shard.shard = held.shard`;
