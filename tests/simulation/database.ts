/** The database: shards with their epochs, the leases of nodes by its own clock, and what was written. */

import type { LeasedNode, NodeId, ShardClaim, ShardRow } from "../../actors/cluster/ports.ts";
import type { Fence } from "../../actors/runtime/behavior.ts";
import type { Agenda } from "./agenda.ts";
import type { Witness } from "./witness.ts";
import { ADDRESSES, type Operation, SHARDS } from "./world.ts";

/** One version of a document. */
export interface Entry extends Operation {
  epoch: number;
}

/** What the port of the table promises, each call in one moment. */
export class SimulatedDatabase {
  awayUntilMs = 0;
  readonly rows: ShardRow[] = Array.from({ length: SHARDS }, (_, shard) => ({
    shard,
    epoch: 0,
    owner: undefined,
  }));
  /** By address: what was done, in its order. */
  readonly logs: Entry[][] = ADDRESSES.map(() => []);
  readonly #intents = new Set<number>();
  readonly #leases = new Map<NodeId, { node: LeasedNode; untilMs: number }>();
  readonly #agenda: Agenda;
  readonly #witness: Witness;
  readonly #rate: number;
  readonly #isFenced: boolean;

  constructor(options: { agenda: Agenda; witness: Witness; rate: number; isFenced: boolean }) {
    this.#agenda = options.agenda;
    this.#witness = options.witness;
    this.#rate = options.rate;
    this.#isFenced = options.isFenced;
  }

  /** Renews a lease, and answers those that are good. */
  renew(node: LeasedNode, leaseMs: number): LeasedNode[] {
    this.#leases.set(node.id, { node, untilMs: this.#nowMs() + leaseMs });
    const nodes: LeasedNode[] = [];
    for (const lease of this.#leases.values()) if (this.#isGood(lease)) nodes.push(lease.node);
    return nodes;
  }

  /** Ends a lease. */
  withdraw(id: NodeId): void {
    this.#leases.delete(id);
  }

  /** Every shard. */
  shards(): ShardRow[] {
    return this.rows.map((row) => ({ ...row }));
  }

  /** Takes what may be taken. */
  claim(node: NodeId, shards: readonly number[], alive: readonly NodeId[]): ShardClaim[] {
    const claims: ShardClaim[] = [];
    for (const shard of shards) {
      const row = this.rows[shard];
      if (row === undefined) continue;
      const isTaken =
        row.owner !== undefined &&
        row.owner !== node &&
        (alive.includes(row.owner) || this.#isGood(this.#leases.get(row.owner)));
      if (isTaken) {
        this.#witness.count("claim_refused");
        continue;
      }
      row.owner = node;
      row.epoch++;
      claims.push({ shard, epoch: row.epoch });
    }
    this.#witness.count("claim", claims.length);
    return claims;
  }

  /** Gives up what nobody else has claimed meanwhile. */
  release(node: NodeId, shards: readonly ShardClaim[]): void {
    for (const { shard, epoch } of shards) {
      const row = this.rows[shard];
      if (row?.owner === node && row.epoch === epoch) row.owner = undefined;
    }
  }

  /** What was done at an address. */
  read(address: number): number[] {
    return this.#log(address).map(({ id }) => id);
  }

  /**
   * Writes one version, unless the fence is not the newest. A version has a key, so a write that was
   * believed to have failed and comes late stays out too. What comes through a missing fence replaces
   * what is there, as in a store that keeps no versions.
   */
  commit(
    operation: Operation,
    { address, version, fence }: { address: number; version: number; fence: Fence },
  ): "ok" | "refused" | "conflict" {
    const newest = this.rows[fence.shard]?.epoch;
    const isStale = newest !== fence.epoch;
    if (isStale && this.#isFenced) {
      this.#witness.count("write_refused");
      return "refused";
    }
    const log = this.#log(address);
    const name = `operation ${operation.id} at "${ADDRESSES[address]}"`;
    if (isStale) {
      const text = `${name} came through under ${fence.epoch}, the newest is ${newest}`;
      this.#witness.violate("stale_write", text);
    }
    if (version !== log.length + 1) {
      if (!isStale && version <= log.length) {
        this.#witness.count("write_late");
        return "conflict";
      }
      const text = `${name} is version ${version}, there are ${log.length} already`;
      this.#witness.violate("version", text);
    }
    if (this.#intents.has(operation.intent)) {
      this.#witness.violate("twice", `${name} was done before`);
    }
    this.#intents.add(operation.intent);
    log[version - 1] = { id: operation.id, intent: operation.intent, epoch: fence.epoch };
    this.#witness.count("write");
    return "ok";
  }

  #log(address: number): Entry[] {
    const log = this.logs[address];
    if (log === undefined) {
      throw new RangeError(
        `Cannot find log: wanted an address below ${this.logs.length}, received ${address}`,
      );
    }
    return log;
  }

  #isGood(lease: { untilMs: number } | undefined): boolean {
    return lease !== undefined && this.#nowMs() < lease.untilMs;
  }

  #nowMs(): number {
    return this.#agenda.nowMs * this.#rate;
  }
}
