/**
 * Follows live notes that move to this node: when all of them are owned here, when all have answered
 * here, and how long an ask had to wait meanwhile.
 */

import { place, shardOf } from "../../actors/cluster/placement.ts";
import type { ActorSystem, Actors, Cluster, DocumentTypes } from "../../actors/mod.ts";
import { askRole } from "./live_notes.ts";
import { quantile } from "./quantile.ts";
import { noteId } from "./stored_notes.ts";

/** What to follow. */
export interface MovePlan {
  /** The first so many notes live somewhere. */
  notes: number;
  /** Joins the cluster first and takes its share, or takes what the other node leaves. */
  reason: "join" | "inherit";
}

/** What was seen. */
export interface MoveFigures {
  /** Notes that moved here. */
  notes: number;
  /** From the beginning until every one of them is owned here. */
  ownedMs: number;
  /** And until every one has answered from here. */
  answeredMs: number;
  /** Asks that were made of some of them meanwhile, and how long those took. */
  asks: number;
  p50Ms: number;
  p99Ms: number;
  longestMs: number;
}

const MOVE_MS_MAX = 30_000;
const LOOK_MS = 5;
/** One note in each of so many shards is asked again and again, with this pause between. */
const PROBED_SHARDS = 256;
const PROBE_PAUSE_MS = 20;

type Documents = Actors<DocumentTypes>;
/** Notes by shard. */
type Notes = Map<number, number[]>;

/** Follows one move to its end. */
export async function followMove(
  { cluster, system, documents }: { cluster: Cluster; system: ActorSystem; documents: Documents },
  { notes, reason }: MovePlan,
): Promise<MoveFigures> {
  const startedMs = performance.now();
  if (reason === "join") await cluster.start(system);
  const moving = movingNotes(cluster, { notes, reason });
  const count = [...moving.values()].reduce((sum, { length }) => sum + length, 0);
  const probes = new Probes(documents, moving);
  const asked: Promise<unknown>[] = [];
  while (moving.size > 0) {
    await Bun.sleep(LOOK_MS);
    if (performance.now() - startedMs > MOVE_MS_MAX) {
      throw new Error(`Cannot follow the move: ${moving.size} shards did not arrive`);
    }
    for (const [shard, indexes] of moving) {
      if (!cluster.accepts(shard)) continue;
      moving.delete(shard);
      asked.push(...indexes.map((index) => askRole(documents, index)));
    }
  }
  const ownedMs = performance.now() - startedMs;
  await Promise.all(asked);
  const answeredMs = performance.now() - startedMs;
  const waits = await probes.stop();
  return {
    ...{ notes: count, ownedMs, answeredMs, asks: waits.length },
    ...{ p50Ms: quantile(waits, 0.5), p99Ms: quantile(waits, 0.99), longestMs: quantile(waits, 1) },
  };
}

/** The notes that are not here and will be. */
function movingNotes(cluster: Cluster, { notes, reason }: MovePlan): Notes {
  const ids = cluster.report().nodes.map(({ id }) => id);
  const places = place(reason === "join" ? ids : [cluster.self]);
  const moving: Notes = new Map();
  for (let index = 0; index < notes; index++) {
    const shard = shardOf(`document:${noteId(index)}`);
    if (places[shard] !== cluster.self || cluster.accepts(shard)) continue;
    const others = moving.get(shard);
    if (others) others.push(index);
    else moving.set(shard, [index]);
  }
  return moving;
}

/** Asks some notes all the time, wherever they live. */
class Probes {
  readonly #waits: number[] = [];
  readonly #running: Promise<unknown>;
  #isStopped = false;

  constructor(documents: Documents, notes: Notes) {
    const chosen = [...notes.values()].slice(0, PROBED_SHARDS).flatMap(([first]) => first ?? []);
    this.#running = Promise.all(chosen.map((index) => this.#probe(documents, index)));
  }

  /** How long the asks took, in ascending order. */
  async stop(): Promise<Float64Array> {
    this.#isStopped = true;
    await this.#running;
    return Float64Array.from(this.#waits).sort();
  }

  async #probe(documents: Documents, index: number): Promise<void> {
    while (!this.#isStopped) {
      const askedMs = performance.now();
      await askRole(documents, index);
      this.#waits.push(performance.now() - askedMs);
      await Bun.sleep(PROBE_PAUSE_MS);
    }
  }
}
