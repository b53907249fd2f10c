/**
 * A node as a process of its own: rooms and notes on a real Postgres, other nodes over a real Redis, and
 * nothing of HTTP. Its parent calls it over the channel between the two processes; what the calls do is
 * in the files beside this one.
 */

import { Cluster, documentBehavior, systemClock } from "../../actors/mod.ts";
import { RedisNodeRegister } from "../../db/redis/node_register.ts";
import { openRedis } from "../../db/redis/open.ts";
import { RedisTransport } from "../../db/redis/transport.ts";
import { serveCalls } from "./calls.ts";
import { activateNotes } from "./live_notes.ts";
import { followMove, type MoveFigures, type MovePlan } from "./moving.ts";
import { openPlace } from "./places.ts";
import { askRemotely, type RemoteFigures, type RemotePlan } from "./remote_asks.ts";
import { quietLog, registerRooms, startSystem } from "./rooms.ts";

/** Who a node is, and where it meets the others. */
export interface MemberOptions {
  name: string;
  databaseUrl: string;
  redisUrl: string;
}

/** What a node can be told to do. */
export type MemberCalls = {
  join(): Promise<void>;
  /** How many shards it owns. */
  shards(): Promise<number>;
  /** Hands over what it owns. */
  leave(): Promise<void>;
  /** Asks the first so many notes, so that they live wherever they belong. */
  activate(notes: number): Promise<void>;
  follow(plan: MovePlan): Promise<MoveFigures>;
  askRemotely(plan: RemotePlan): Promise<RemoteFigures>;
};

async function openMember({ name, databaseUrl, redisUrl }: MemberOptions): Promise<MemberCalls> {
  const stores = await openPlace({ databaseUrl });
  const { shardTable: table } = stores;
  if (table === undefined) throw new Error("Cannot open a node: expected a table of shards");
  const redis = await openRedis(redisUrl, { log: quietLog });
  const cluster = new Cluster({
    ...{ name, clock: systemClock, log: quietLog, table },
    register: new RedisNodeRegister(redis),
    transport: new RedisTransport(redis),
  });
  const system = startSystem(cluster.territory);
  const rooms = cluster.route("room", registerRooms(system));
  const documents = cluster.route(
    "document",
    system.register(documentBehavior, stores.documentStore),
  );
  return {
    join: () => cluster.start(system),
    shards: async () => cluster.report().shards,
    leave: () => cluster.leave(),
    activate: (notes) => activateNotes(documents, { notes }),
    follow: (plan) => followMove({ cluster, system, documents }, plan),
    askRemotely: (plan) => askRemotely({ cluster, rooms }, plan),
  };
}

if (import.meta.main) serveCalls(openMember);
