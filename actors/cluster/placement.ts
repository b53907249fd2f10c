/**
 * Where actors live. An address hashes to one of a fixed number of shards, and rendezvous hashing
 * (Thaler and Ravishankar, "A name-based mapping scheme for rendezvous", 1996) says which node should
 * own a shard: every node that knows the same nodes answers the same, and when one comes or goes only
 * its own shards move.
 */

import type { ActorKind } from "../ids.ts";
import { limits } from "../limits.ts";
import type { NodeId } from "./ports.ts";

/** The shard of an address, from 0. */
export function shardOf(address: string, shards: number = limits.shardsMax): number {
  return mix(hash(address)) % shards;
}

/** As `shardOf` for the ids of one kind: what their addresses have in common is hashed once. */
export function sharder(kind: ActorKind): (id: string) => number {
  const begun = hash(`${kind}:`);
  return (id) => mix(hash(id, begun)) % limits.shardsMax;
}

/** The node that should own each shard; undefined everywhere when there are no nodes. */
export function place(
  nodes: readonly NodeId[],
  shards: number = limits.shardsMax,
): readonly (NodeId | undefined)[] {
  const seeds = nodes.map((id) => ({ id, seed: hash(id) }));
  return Array.from({ length: shards }, (_, shard) => {
    let best: { id: NodeId; weight: number } | undefined;
    for (const { id, seed } of seeds) {
      const weight = mix(seed ^ Math.imul(shard + 1, 0x9e3779b1));
      const wins =
        best === undefined || weight > best.weight || (weight === best.weight && id > best.id);
      if (wins) best = { id, weight };
    }
    return best?.id;
  });
}

/** FNV-1a over the UTF-16 units, from the beginning or from what came before. */
function hash(text: string, begun = 0x811c9dc5): number {
  let value = begun;
  for (let i = 0; i < text.length; i++) {
    value = Math.imul(value ^ text.charCodeAt(i), 0x01000193);
  }
  return value >>> 0;
}

/** The finalizer of MurmurHash3: every bit of the input changes half of the output. */
function mix(value: number): number {
  let bits = value;
  bits = Math.imul(bits ^ (bits >>> 16), 0x85ebca6b);
  bits = Math.imul(bits ^ (bits >>> 13), 0xc2b2ae35);
  return (bits ^ (bits >>> 16)) >>> 0;
}
