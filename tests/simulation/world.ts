/** What a history takes place in, for whoever takes part in it. */

import { shardOf } from "../../actors/cluster/placement.ts";
import { limits } from "../../actors/limits.ts";
import type { Agenda } from "./agenda.ts";
import type { Chance } from "./chance.ts";
import type { SimulatedDatabase } from "./database.ts";
import type { LeaseRule } from "./leases.ts";
import type { Lines } from "./lines.ts";
import type { SimulatedNode } from "./node.ts";
import type { SimulatedRegister } from "./register.ts";
import type { Witness } from "./witness.ts";

/** What is built so and not otherwise; each is turned off to see that something notices. */
export interface Safeguards {
  /** Writes are refused under an epoch that is not the newest. */
  isFenced: boolean;
  /** A node owns nothing when its lease is over. */
  keepsToLease: boolean;
  /** An actor answers a repeat as it answered the first time. */
  knowsRepeats: boolean;
  /** Whoever asks again does so under the same id. */
  keepsIds: boolean;
}

/** Everything in its place. */
export const SAFEGUARDS: Safeguards = {
  isFenced: true,
  keepsToLease: true,
  knowsRepeats: true,
  keepsIds: true,
};

/** Few shards, so that a history is short; more than one node hands over at a time. */
export const SHARDS = 8;
/** So that a rebalancing comes in waves. */
export const MOVING_MAX = 3;

/** The addresses of the actors, by number. */
export const ADDRESSES: readonly string[] = Array.from({ length: 12 }, (_, i) => `document:${i}`);

const SHARD_BY_ADDRESS = ADDRESSES.map((address) => shardOf(address, SHARDS));

/** The shard of an address, by its number. */
export function shardOfNumber(address: number): number {
  const shard = SHARD_BY_ADDRESS[address];
  if (shard === undefined) {
    throw new RangeError(
      `Cannot find shard: wanted an address below ${ADDRESSES.length}, received ${address}`,
    );
  }
  return shard;
}

/** A call without an answer fails after this long. */
export const CALL_MS_MAX = 1_000;

/** A call that is on its way may still do something after this long, whoever has given it up. */
export const STRAY_MS_MAX = 4_000;

/**
 * How long others have to see what a node does not see before it stands aside. Shorter, it would take
 * what it knows of them for the present, when the database is away for everybody: they notice by their
 * next call, and say so in the card after it, which is read at the next look.
 */
export const ISOLATION_MS = Math.max(limits.isolationMs, 3.5 * limits.leaseRenewMs + CALL_MS_MAX);

/** How far clocks may go wrong: a lease here and a lease there stay apart by the margin. */
export const DRIFT_MAX = 0.05;

/**
 * After this long without faults everything is as it should be. The lease of a node that is gone ends,
 * its shards are found in the table by those who should have them, those that are elsewhere are handed
 * over in waves, and whoever heard nothing of it reads the table. It may begin only when the last call
 * has arrived that was sent into a fault, and all of it may be by a clock that is slow.
 */
export const SETTLING_MS =
  (1 + DRIFT_MAX) *
    (limits.leaseMs +
      limits.shardTableReadMs +
      2 * limits.leaseRenewMs +
      Math.ceil(SHARDS / MOVING_MAX) * limits.handOverMsMax) +
  STRAY_MS_MAX;

/** One write that somebody wants: what it is for stays the same however often it is sent. */
export interface Operation {
  id: number;
  intent: number;
}

/** Everybody and everything there is. */
export interface World {
  readonly safeguards: Safeguards;
  readonly chance: Chance;
  readonly agenda: Agenda;
  readonly database: SimulatedDatabase;
  readonly register: SimulatedRegister;
  readonly lines: Lines;
  readonly leases: LeaseRule;
  readonly witness: Witness;
  /** The lives that have not ended. */
  readonly nodes: readonly SimulatedNode[];
  /** Lets a new node come. */
  join(): void;
  /** A life has ended. */
  bury(node: SimulatedNode): void;
}
