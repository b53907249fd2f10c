/**
 * What the log hears of a store that fails. While a database is away every actor meets that, again and
 * again: it is news once, and then a number. Whatever else a store says is a defect, told each time.
 */

import { type ErrorCode, SuiteError } from "../errors.ts";
import type { Log } from "../ports.ts";
import type { Clock } from "./clock.ts";

/** What happens to stores and shards without being anybody's mistake. */
const EXPECTED: readonly ErrorCode[] = ["store_failed", "not_owner"];

/** Tells failures of one kind's store. */
export class StoreLog {
  readonly #log: Log;
  readonly #clock: Clock;
  readonly #everyMs: number;
  /** Counted since the last line; a message is here while its line is fresh. */
  readonly #untold = new Map<string, number>();

  /** Expected failures with the same words share a line within `everyMs`. */
  constructor(options: { log: Log; clock: Clock; everyMs: number }) {
    this.#log = options.log;
    this.#clock = options.clock;
    this.#everyMs = options.everyMs;
  }

  /** Tells, or counts, what the store could not do. */
  add(message: string, cause: unknown, about: Readonly<Record<string, unknown>>): void {
    if (!(cause instanceof SuiteError) || !EXPECTED.includes(cause.code)) {
      this.#log.error(message, { ...about, error: String(cause) });
      return;
    }
    const key = `${message}: ${cause.code}`;
    const untold = this.#untold.get(key);
    if (untold !== undefined) {
      this.#untold.set(key, untold + 1);
      return;
    }
    this.#untold.set(key, 0);
    this.#log.warn(message, { ...about, error: String(cause) });
    this.#clock.setTimer(this.#everyMs, () => this.#tellRest(key, message));
  }

  #tellRest(key: string, message: string): void {
    const count = this.#untold.get(key) ?? 0;
    this.#untold.delete(key);
    if (count > 0) this.#log.warn("More failures of the store", { failure: message, count });
  }
}
