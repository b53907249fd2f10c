/**
 * Goes through a backlog from time to time: all of it, a page at a time, so that no item hides those
 * behind it. One that cannot be handled is counted, left alone for a growing while and shown on `/ops`.
 * Every chore that works through a list is one of these.
 */

import { backOffMs } from "../back_off.ts";
import { limits } from "../limits.ts";
import type { Log, Page } from "../ports.ts";
import type { Clock } from "../runtime/clock.ts";
import { forEachAtOnce } from "./at_once.ts";

/** What to go through, and what to do with each item. */
export interface SweepOptions<Item> {
  /** What operators call it. */
  name: string;
  /** A part of the backlog in a fixed order; what was handled may be gone from it by the next call. */
  page(cursor: string | undefined): Promise<Page<Item>>;
  /** Names an item in every pass. */
  keyOf(item: Item): string;
  /** Rejects when it could not be done. */
  handle(item: Item): Promise<void>;
  clock: Clock;
  log: Log;
}

/** An item that could not be handled. */
export interface SweepFailure {
  key: string;
  failures: number;
  error: string;
  /** When it failed first, and when it is tried again at the earliest. */
  since: number;
  dueAt: number;
}

/** How a sweep stands on this node. */
export interface SweepReport {
  name: string;
  failing: number;
  /** Some of them. */
  examples: SweepFailure[];
}

/** What a chore has of its sweeps to show. */
export interface Swept {
  readonly name: string;
  report(): SweepReport;
}

/** One backlog of this node. */
export class Sweep<Item> implements Swept {
  readonly #options: SweepOptions<Item>;
  /** Items that failed, oldest first, with the pass in which they were met last. */
  readonly #failures = new Map<string, SweepFailure & { pass: number }>();
  #pass = 0;
  #running: Promise<void> | undefined;
  #isStopped = false;

  constructor(options: SweepOptions<Item>) {
    this.#options = options;
  }

  get name(): string {
    return this.#options.name;
  }

  /** Goes through everything once. Rejects when the backlog itself cannot be read. */
  run(): Promise<void> {
    this.#running ??= this.#run().finally(() => {
      this.#running = undefined;
    });
    return this.#running;
  }

  /** Begins nothing more. */
  stop(): void {
    this.#isStopped = true;
  }

  report(): SweepReport {
    const failures = [...this.#failures.values()];
    const examples = failures.slice(0, limits.sweepFailuresShownMax);
    return {
      name: this.name,
      failing: failures.length,
      examples: examples.map(({ pass: _, ...failure }) => failure),
    };
  }

  async #run(): Promise<void> {
    this.#pass++;
    let cursor: string | undefined;
    do {
      const { items, nextCursor } = await this.#options.page(cursor);
      await forEachAtOnce(items, limits.sweepItemsInHandMax, (item) => this.#handle(item));
      cursor = nextCursor;
    } while (cursor !== undefined && !this.#isStopped);
    // What was not met is no longer there.
    for (const [key, { pass }] of this.#failures) {
      if (pass < this.#pass && !this.#isStopped) this.#failures.delete(key);
    }
  }

  /** Never rejects. */
  async #handle(item: Item): Promise<void> {
    const key = this.#options.keyOf(item);
    const before = this.#failures.get(key);
    if (before) before.pass = this.#pass;
    if (this.#isStopped || (before && before.dueAt > this.#options.clock.now())) return;
    try {
      await this.#options.handle(item);
      this.#failures.delete(key);
    } catch (error) {
      this.#fail(key, String(error));
    }
  }

  #fail(key: string, error: string): void {
    const { clock, log } = this.#options;
    const now = clock.now();
    const before = this.#failures.get(key);
    const failures = (before?.failures ?? 0) + 1;
    const { sweepRetryMs: firstMs, sweepRetryMsMax: maxMs } = limits;
    const pauseMs = backOffMs(failures, { firstMs, maxMs, random: clock.random() });
    const since = before?.since ?? now;
    this.#failures.set(key, {
      key,
      failures,
      error,
      since,
      dueAt: now + Math.ceil(pauseMs),
      pass: this.#pass,
    });
    log.warn("cannot do a chore", { chore: this.name, item: key, failures, error });
    // Those that are forgotten are no more than tried again sooner.
    for (const oldest of this.#failures.keys()) {
      if (this.#failures.size <= limits.sweepFailuresKeptMax) break;
      this.#failures.delete(oldest);
    }
  }
}
