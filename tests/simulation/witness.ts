/** Sees everything at once, as nobody in the system can: what was promised, and what became of it. */

import type { Agenda } from "./agenda.ts";
import type { Entry } from "./database.ts";
import { ADDRESSES, type Operation } from "./world.ts";

/** What must never happen. */
export type Violation =
  /** A write under an epoch that is not the newest came through. */
  | "stale_write"
  /** A version was written twice, or one was left out. */
  | "version"
  /** One thing was done twice. */
  | "twice"
  /** What was acknowledged is not there. */
  | "lost"
  /** Two nodes at once believed to hold a shard under a good lease. */
  | "lease"
  /** It did not become as it should be in time. */
  | "settling"
  /** Somebody asked the table again and again without a pause. */
  | "storm";

/** What happened and how often; every one of them happens in enough histories. */
export type Happening =
  | "crash"
  | "restart"
  | "join"
  | "pause"
  | "cut_nodes"
  | "cut_register"
  | "cut_table"
  | "cut_both"
  | "register_away"
  | "register_wiped"
  | "table_away"
  | "slow"
  | "noise"
  | "skew"
  | "terminate"
  | "leave"
  | "call_failed"
  | "answer_lost"
  | "frame_lost"
  | "frame_twice"
  | "claim"
  | "claim_refused"
  | "hand_over"
  | "release"
  | "drop"
  | "forsake"
  | "overlap"
  | "isolation"
  | "write"
  | "write_refused"
  | "write_late"
  | "repeat"
  | "remote_ask"
  | "again"
  | "no_owner"
  | "not_owner"
  | "unheard"
  | "owner_lost"
  | "unreachable"
  | "timed_out"
  | "failed"
  | "retry"
  | "acknowledged";

const HAPPENINGS: readonly Happening[] = [
  ...(["crash", "restart", "join", "pause", "cut_nodes", "cut_register", "cut_table"] as const),
  ...(["cut_both", "register_away", "register_wiped", "table_away", "slow", "noise"] as const),
  ...(["skew", "terminate", "leave", "call_failed", "answer_lost", "frame_lost"] as const),
  ...(["frame_twice", "claim", "claim_refused", "hand_over", "release", "drop"] as const),
  ...([
    "forsake",
    "overlap",
    "isolation",
    "write",
    "write_refused",
    "write_late",
    "repeat",
    "remote_ask",
  ] as const),
  ...(["again", "no_owner", "not_owner", "unheard", "owner_lost", "unreachable"] as const),
  ...(["timed_out", "failed", "retry", "acknowledged"] as const),
];

/** How often each happened. */
export type Tally = Record<Happening, number>;

/** Nothing has happened yet. */
export function emptyTally(): Tally {
  return Object.fromEntries(HAPPENINGS.map((name) => [name, 0])) as Tally;
}

/** Takes down what happens, and what must not. */
export class Witness {
  readonly tally: Tally;
  readonly violations: { type: Violation; text: string }[] = [];
  readonly isTraced: boolean;
  readonly trace: string[] = [];
  readonly #agenda: Agenda;
  readonly #acknowledged: { operation: Operation; address: number; version: number }[] = [];

  constructor(agenda: Agenda, tally: Tally, isTraced: boolean) {
    this.#agenda = agenda;
    this.tally = tally;
    this.isTraced = isTraced;
  }

  /** Counts. */
  count(happening: Happening, times = 1): void {
    this.tally[happening] += times;
  }

  /** Writes a line of the trace; only worth its words when `isTraced`. */
  note(text: string): void {
    if (this.isTraced) this.trace.push(`${this.#agenda.nowMs.toFixed(1).padStart(9)}  ${text}`);
  }

  /** Something happened that must not. */
  violate(type: Violation, text: string): void {
    this.violations.push({ type, text });
    this.note(`VIOLATION (${type}) ${text}`);
  }

  /** Somebody was told that an operation is done. */
  acknowledge(
    operation: Operation,
    { address, version, log }: { address: number; version: number; log: readonly Entry[] },
  ): void {
    this.count("acknowledged");
    this.#acknowledged.push({ operation, address, version });
    if (log[version - 1]?.intent === operation.intent) return;
    this.violate("lost", `operation ${operation.id} was acknowledged before it was written`);
  }

  /** Whatever was acknowledged is there, where it was said to be. */
  checkAcknowledged(logs: readonly (readonly Entry[])[]): void {
    for (const { operation, address, version } of this.#acknowledged) {
      if (logs[address]?.[version - 1]?.intent === operation.intent) continue;
      const where = `version ${version} of "${ADDRESSES[address]}"`;
      this.violate("lost", `operation ${operation.id} was acknowledged as ${where} and is gone`);
    }
  }
}
