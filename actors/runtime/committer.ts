/**
 * Group commit. Turns of different actors of one kind that wait at the same moment are written in one
 * durable transaction: the price of an `fsync` is shared by all of them. One commit is in flight at a
 * time; what comes meanwhile makes up the next.
 */

import type { Batch, BatchResult } from "./behavior.ts";

/** Who waits for a batch to be written. */
export interface CommitWaiter {
  /** Called once, with the result of the batch. */
  committed(result: BatchResult): void;
}

/** Writes batches, or rejects when none was written. */
export type WriteBatches<Change> = (batches: readonly Batch<Change>[]) => Promise<BatchResult[]>;

const UNKNOWN: BatchResult = {
  state: "failed",
  error: new Error("Cannot commit: expected a result for each batch, received fewer"),
};

/** The way to the store for all actors of one kind. */
export class Committer<Change> {
  readonly #write: WriteBatches<Change>;
  readonly #batchesMax: number;
  readonly #defer: (callback: () => void) => void;
  #batches: Batch<Change>[] = [];
  #waiters: CommitWaiter[] = [];
  #isBusy = false;
  #commits = 0;
  #written = 0;

  /**
   * Calls `write` with at most `batchesMax` batches at a time. `defer` calls back once what has arrived
   * at this moment was read.
   */
  constructor(
    write: WriteBatches<Change>,
    options: { batchesMax: number; defer(callback: () => void): void },
  ) {
    this.#write = write;
    this.#batchesMax = options.batchesMax;
    this.#defer = options.defer;
  }

  /** Commits so far, failed ones included. */
  get commits(): number {
    return this.#commits;
  }

  /** Batches in all commits so far. */
  get batches(): number {
    return this.#written;
  }

  /** Hands in a batch; the waiter hears when it is on disk, or why it is not. */
  submit(batch: Batch<Change>, waiter: CommitWaiter): void {
    this.#batches.push(batch);
    this.#waiters.push(waiter);
    if (this.#isBusy) return;
    this.#isBusy = true;
    this.#startSoon();
  }

  #startSoon(): void {
    // Not in a microtask: those run after each frame of each socket, and all that arrived together
    // would be committed one by one.
    this.#defer(() => void this.#commit());
  }

  async #commit(): Promise<void> {
    const batches = this.#batches.splice(0, this.#batchesMax);
    const waiters = this.#waiters.splice(0, this.#batchesMax);
    this.#commits++;
    this.#written += batches.length;
    const results = await this.#attempt(batches);
    for (const [index, waiter] of waiters.entries()) waiter.committed(results[index] ?? UNKNOWN);
    if (this.#batches.length > 0) this.#startSoon();
    else this.#isBusy = false;
  }

  async #attempt(batches: readonly Batch<Change>[]): Promise<BatchResult[]> {
    try {
      return await this.#write(batches);
    } catch (cause) {
      const error = cause instanceof Error ? cause : new Error(String(cause));
      return batches.map(() => ({ state: "failed", error }));
    }
  }
}
