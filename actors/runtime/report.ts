/** What the runtime knows about itself, as data for the `/ops` page. */

import type { ActorKind } from "../ids.ts";
import type { ActivationState, KindCounters, QuarantineRecord } from "./actor.ts";
import type { DeadLetter, DeadLetterReason } from "./dead_letters.ts";
import type { TurnFigures, TurnTimes } from "./turn_times.ts";

/** One kind of actors. Counts are since the start of the system. */
export interface KindReport {
  kind: ActorKind;
  /** Actors in memory in each state. */
  live: number;
  loading: number;
  restarting: number;
  quarantined: number;
  leaving: number;
  /** Operations that wait in mailboxes: all of them, and in the fullest mailbox. */
  waiting: number;
  waitingMax: number;
  /** Actors that somebody listens to. */
  subscribed: number;
  operations: number;
  overloads: number;
  turns: number;
  /** How long the latest turns took. */
  turnMs: TurnFigures;
  commits: number;
  /** Mean number of batches of one commit. */
  batchesPerCommit: number;
  restarts: number;
  passivations: number;
}

/** An actor that is out of service. */
export interface QuarantinedActor {
  address: string;
  /** The message of the error it crashed with last. */
  message: string;
  crashes: number;
  /** Milliseconds since 1970. */
  since: number;
}

/** An actor in memory. */
export interface LiveActor {
  address: string;
  waiting: number;
  turns: number;
  lastTurnMs: number;
  /** How long it has had nothing to do. */
  idleMs: number;
}

/** The whole system at one moment. */
export interface SystemReport {
  uptimeMs: number;
  residentBytes: number;
  isDraining: boolean;
  kinds: KindReport[];
  quarantined: QuarantinedActor[];
  /** By waiting operations, then by turns; at most `limits.busiestActorsMax`. */
  busiest: LiveActor[];
  deadLetters: {
    counts: Partial<Record<DeadLetterReason, number>>;
    /** Newest first; at most `limits.deadLettersKeptMax`. */
    recent: DeadLetter[];
  };
}

/** What a report wants to know of an actor. */
export interface ReportedActor {
  readonly address: string;
  readonly activation: ActivationState;
  readonly mailbox: { readonly size: number };
  readonly turns: number;
  readonly lastTurnMs: number;
  readonly quarantine: QuarantineRecord | undefined;
  idleMs(nowMs: number): number;
}

/** What a report wants to know of a kind. */
export interface ReportedKind {
  readonly behavior: { readonly kind: ActorKind };
  readonly actors: Iterable<ReportedActor>;
  readonly committer: { readonly commits: number; readonly batches: number };
  readonly subscribers: { readonly size: number };
  readonly turnTimes: TurnTimes;
  readonly counters: KindCounters;
}

/** What is known about one kind. */
export function reportKind(kind: ReportedKind): KindReport {
  const states = { active: 0, loading: 0, restarting: 0, quarantined: 0, leaving: 0 };
  let waiting = 0;
  let waitingMax = 0;
  for (const actor of kind.actors) {
    states[actor.activation]++;
    waiting += actor.mailbox.size;
    waitingMax = Math.max(waitingMax, actor.mailbox.size);
  }
  const { active, ...others } = states;
  const { commits, batches } = kind.committer;
  return {
    kind: kind.behavior.kind,
    live: active,
    ...others,
    waiting,
    waitingMax,
    subscribed: kind.subscribers.size,
    ...kind.counters,
    turns: kind.turnTimes.count,
    turnMs: kind.turnTimes.figures(),
    commits,
    batchesPerCommit: commits === 0 ? 0 : batches / commits,
  };
}

/** The actors of one kind that are out of service. */
export function reportQuarantined(kind: ReportedKind): QuarantinedActor[] {
  const quarantined: QuarantinedActor[] = [];
  for (const actor of kind.actors) {
    const { address, quarantine } = actor;
    if (quarantine !== undefined) quarantined.push({ address, ...quarantine });
  }
  return quarantined;
}

/** The busiest of all actors, the busiest first. */
export function reportBusiest(
  kinds: readonly ReportedKind[],
  { nowMs, countMax }: { nowMs: number; countMax: number },
): LiveActor[] {
  const actors = kinds.flatMap((kind) =>
    [...kind.actors].filter((actor) => actor.activation === "active"),
  );
  actors.sort(compareBusiness);
  return actors.slice(0, countMax).map((actor) => ({
    address: actor.address,
    waiting: actor.mailbox.size,
    turns: actor.turns,
    lastTurnMs: actor.lastTurnMs,
    idleMs: actor.idleMs(nowMs),
  }));
}

function compareBusiness(a: ReportedActor, b: ReportedActor): number {
  return b.mailbox.size - a.mailbox.size || b.turns - a.turns;
}
