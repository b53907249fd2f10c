/**
 * What could not be delivered. Nothing is dropped in silence: each dead letter is counted by its
 * reason, the newest are kept to be looked at, and the log hears of them, a flood in one line.
 */

import type { ErrorCode } from "../errors.ts";
import type { Log } from "../ports.ts";
import type { Clock } from "./clock.ts";

/**
 * Why something was not delivered: the error that a tell met, `refused` when its actor said no,
 * `timed_out` when a sender gave up before the operation was started (it was then skipped), or
 * `late_reply` when the sender gave up before the answer came.
 */
export type DeadLetterReason = ErrorCode | "refused" | "late_reply";

/** Something that was not delivered. What the operation carried is not kept. */
export interface DeadLetter {
  at: number;
  address: string;
  reason: DeadLetterReason;
  /** The `type` of the operation, where it has one. */
  operation: string;
  message: string;
}

/** The dead letters of one system. */
export class DeadLetters {
  readonly #clock: Clock;
  readonly #log: Log;
  readonly #keptMax: number;
  readonly #logMs: number;
  readonly #counts = new Map<DeadLetterReason, number>();
  /** A ring: `#next` is the place of the oldest once it is full. */
  readonly #kept: DeadLetter[] = [];
  #next = 0;
  /** Counted since the last line about a reason; a reason is here while its line is fresh. */
  readonly #unlogged = new Map<DeadLetterReason, number>();

  /** Keeps the newest `keptMax` and logs one line per reason within `logMs`. */
  constructor(clock: Clock, options: { log: Log; keptMax: number; logMs: number }) {
    this.#clock = clock;
    this.#log = options.log;
    this.#keptMax = options.keptMax;
    this.#logMs = options.logMs;
  }

  /** Counts, keeps and logs a dead letter. */
  add(
    address: string,
    operation: unknown,
    { reason, message }: { reason: DeadLetterReason; message: string },
  ): void {
    const at = this.#clock.now();
    const letter: DeadLetter = {
      at,
      address,
      reason,
      operation: operationType(operation),
      message,
    };
    this.#counts.set(reason, (this.#counts.get(reason) ?? 0) + 1);
    if (this.#keptMax > 0) {
      this.#kept[this.#next] = letter;
      this.#next = (this.#next + 1) % this.#keptMax;
    }
    this.#tell(letter);
  }

  /** How many there were, by reason. */
  get counts(): Partial<Record<DeadLetterReason, number>> {
    return Object.fromEntries(this.#counts);
  }

  /** The newest ones, newest first. */
  get recent(): DeadLetter[] {
    return [...this.#kept.slice(this.#next), ...this.#kept.slice(0, this.#next)].reverse();
  }

  #tell(letter: DeadLetter): void {
    const { reason, address, operation, message } = letter;
    const unlogged = this.#unlogged.get(reason);
    if (unlogged !== undefined) {
      this.#unlogged.set(reason, unlogged + 1);
      return;
    }
    this.#unlogged.set(reason, 0);
    this.#log.warn("Dead letter", { reason, address, operation, message });
    this.#clock.setTimer(this.#logMs, () => this.#tellRest(reason));
  }

  #tellRest(reason: DeadLetterReason): void {
    const count = this.#unlogged.get(reason) ?? 0;
    this.#unlogged.delete(reason);
    if (count > 0) this.#log.warn("More dead letters", { reason, count });
  }
}

function operationType(operation: unknown): string {
  if (typeof operation !== "object" || operation === null || !("type" in operation)) return "";
  return typeof operation.type === "string" ? operation.type : "";
}
