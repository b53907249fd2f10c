/** Asks rooms of this node and of the other one: one at a time, and many at once. */

import { type Actors, type Cluster, systemClock } from "../../actors/mod.ts";
import { quantile } from "./quantile.ts";
import { COUNT, type RoomTypes } from "./rooms.ts";
import { askInRounds } from "./rounds.ts";

/** How long and how many. */
export interface RemotePlan {
  rooms: number;
  /** Asks that are on their way at once in the second part. */
  inFlight: number;
  warmUpMs: number;
  measureMs: number;
}

/** Asks of the rooms of one node. */
export interface RemoteAsks {
  /** One at a time. */
  asks: number;
  p50Ms: number;
  p99Ms: number;
  /** Many at once. */
  perSecond: number;
}

/** What came of it. */
export interface RemoteFigures {
  local: RemoteAsks;
  remote: RemoteAsks;
}

/** Asks rooms of both nodes. */
export async function askRemotely(
  { cluster, rooms }: { cluster: Cluster; rooms: Actors<RoomTypes> },
  plan: RemotePlan,
): Promise<RemoteFigures> {
  const isHere = (id: string) => cluster.nodeOf(`room:${id}`) === cluster.self;
  const local = await askThose(rooms, mintIds(plan.rooms, isHere), plan);
  const remote = await askThose(
    rooms,
    mintIds(plan.rooms, (id) => !isHere(id)),
    plan,
  );
  return { local, remote };
}

function mintIds(count: number, isWanted: (id: string) => boolean): string[] {
  const ids: string[] = [];
  while (ids.length < count) {
    const id = systemClock.mintId();
    if (isWanted(id)) ids.push(id);
  }
  return ids;
}

async function askThose(
  rooms: Actors<RoomTypes>,
  ids: readonly string[],
  plan: RemotePlan,
): Promise<RemoteAsks> {
  const { inFlight, warmUpMs, measureMs } = plan;
  const ask = (index: number) => rooms.ask(ids[index % ids.length] ?? "", COUNT);
  await askOneByOne(ask, warmUpMs);
  const waits = await askOneByOne(ask, measureMs);
  const rounds = { inFlight, warmUpMs, windowMs: measureMs, windows: 1 };
  const [window] = await askInRounds(ask, rounds);
  return {
    asks: waits.length,
    p50Ms: quantile(waits, 0.5),
    p99Ms: quantile(waits, 0.99),
    perSecond: window === undefined ? Number.NaN : window.asks / (window.ms / 1_000),
  };
}

/** How long each took, in ascending order. */
async function askOneByOne(
  ask: (index: number) => Promise<unknown>,
  forMs: number,
): Promise<Float64Array> {
  const waits: number[] = [];
  const untilMs = performance.now() + forMs;
  for (let askedMs = performance.now(); askedMs < untilMs; askedMs = performance.now()) {
    await ask(waits.length);
    waits.push(performance.now() - askedMs);
  }
  return Float64Array.from(waits).sort();
}
