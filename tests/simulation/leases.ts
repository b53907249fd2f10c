/**
 * What a lease promises: whoever counts on one is not taken for dead. A node that does not reach the
 * table lives by its card alone, and may be overlooked by one that has not seen the card; only the
 * epoch protects then. That is counted, and everything else is a violation.
 */

import type { NodeId, ShardClaim } from "../../actors/cluster/ports.ts";
import type { SimulatedNode } from "./node.ts";
import { SHARDS, type World } from "./world.ts";

/** Watches over claims. */
export class LeaseRule {
  readonly #world: World;
  /** By shard: whether the newest claim took it from a node that lived by its card alone. */
  readonly #isExcused: boolean[] = Array.from({ length: SHARDS }, () => false);

  constructor(world: World) {
    this.#world = world;
  }

  /** Shards were claimed; `owners` had them before. */
  taken(
    by: SimulatedNode,
    { claims, owners }: { claims: readonly ShardClaim[]; owners: readonly (NodeId | undefined)[] },
  ): void {
    const { nodes, witness } = this.#world;
    for (const { shard, epoch } of claims) {
      this.#isExcused[shard] = false;
      for (const node of nodes) {
        if (node === by) continue;
        const isOwner = owners[shard] === node.id;
        // Who holds it under an older one was overlooked before.
        const isHolder = node.member.epochOf(shard) === epoch - 1;
        if (isOwner && node.member.isLeasedByTable) {
          const text = `${by.id} took shard ${shard} from ${node.id}, which has a lease`;
          witness.violate("lease", text);
        } else if (isOwner && node.member.isLeasedByCard) {
          this.#isExcused[shard] = true;
          if (isHolder) {
            witness.count("overlap");
            witness.note(`${by.id} overlooked ${node.id}, which holds shard ${shard} by its card`);
          }
        } else if (isHolder) {
          const text = `${by.id} took shard ${shard}, which ${node.id} holds under ${epoch - 1}`;
          witness.violate("lease", text);
        }
      }
    }
  }

  /** Shards begin to be held. */
  held(by: SimulatedNode, claims: readonly ShardClaim[]): void {
    for (const { shard, epoch } of claims) {
      const row = this.#world.database.rows[shard];
      // A claim of its own that was given up may have come later than this one.
      if (row?.owner === by.id || this.#isExcused[shard]) continue;
      const text = `${by.id} begins to hold shard ${shard} under ${epoch}, ${row?.owner} owns it`;
      this.#world.witness.violate("lease", text);
    }
  }
}
