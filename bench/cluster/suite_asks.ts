/**
 * Asks rooms in this process. Takes an `AskPlan` on standard input and answers with `AskWindow`s.
 */

import { type Actors, Cluster, limits, systemClock } from "../../actors/mod.ts";
import { COUNT, quietLog, type RoomTypes, registerRooms, startSystem } from "./rooms.ts";
import { type AskWindow, askInRounds, type RoundsPlan } from "./rounds.ts";

/** How to ask whom. */
export interface AskPlan extends RoundsPlan {
  /** How many actors take turns. */
  actors: number;
  /** Through the routing of a cluster of which this node owns everything. */
  isRouted: boolean;
}

const CLAIM_MS_MAX = 5_000;

async function run({ actors, isRouted, ...plan }: AskPlan): Promise<AskWindow[]> {
  const rooms = isRouted ? await joinAlone() : registerRooms(startSystem());
  const ids = Array.from({ length: actors }, () => systemClock.mintId());
  const id = (index: number) => ids[index % actors] ?? "";
  return await askInRounds((index) => rooms.ask(id(index), COUNT), plan);
}

/** A node that is alone and owns every shard; nothing of it leaves the process. */
async function joinAlone(): Promise<Actors<RoomTypes>> {
  const cluster = new Cluster({
    name: "alone",
    clock: systemClock,
    log: quietLog,
    register: {
      grantsLeases: false,
      announce: async () => {},
      nodes: async () => [],
      withdraw: async () => {},
    },
    table: {
      renew: async (node) => [node],
      withdraw: async () => {},
      shards: async () => [],
      claim: async (_, shards) => shards.map((shard) => ({ shard, epoch: 1 })),
      release: async () => {},
    },
    transport: { listen: async () => {}, send: async () => "unheard", close: async () => {} },
  });
  const system = startSystem(cluster.territory);
  const routed = cluster.route("room", registerRooms(system));
  await cluster.start(system);
  const untilMs = performance.now() + CLAIM_MS_MAX;
  while (cluster.report().shards < limits.shardsMax && performance.now() < untilMs) {
    await Bun.sleep(10);
  }
  return routed;
}

if (import.meta.main) {
  console.log(JSON.stringify(await run(await Bun.stdin.json())));
  process.exit(0);
}
