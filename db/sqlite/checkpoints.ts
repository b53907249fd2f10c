/**
 * Folds the logs of SQLite files into them in worker processes. On the main thread a checkpoint of a
 * log that has grown for a while would hold it for 100 ms and more.
 */

import { stat } from "node:fs/promises";
import { type Clock, type Log, limits, SuiteError, type WorkerPool } from "../../actors/mod.ts";
import type { CheckpointResult } from "../workers/database_jobs.ts";

/** What it works with. */
export interface CheckpointsOptions {
  /** The paths of the database files. */
  files: readonly string[];
  pool: WorkerPool;
  clock: Clock;
  log: Log;
}

/** Looks at the logs from time to time, and has those folded that have grown. */
export class Checkpoints {
  readonly #options: CheckpointsOptions;
  /** When each log was last written to that is in its file as a whole. */
  readonly #foldedAt = new Map<string, number>();
  #cancel: (() => void) | undefined;
  #isStopped = false;
  /** One after the other: two would be in each other's way. */
  #last: Promise<unknown> = Promise.resolve();

  constructor(options: CheckpointsOptions) {
    this.#options = options;
  }

  start(): void {
    this.#cancel = this.#options.clock.setTimer(limits.checkpointLookMs, () => {
      void this.#look().finally(() => {
        if (!this.#isStopped) this.start();
      });
    });
  }

  stop(): void {
    this.#isStopped = true;
    this.#cancel?.();
  }

  /** Folds the log of a file now; what was written meanwhile may be left in it. */
  fold(path: string): Promise<void> {
    return this.#alone(() => this.#fold(path));
  }

  /**
   * Leaves nothing in the log of a file. Writers wait while a log is emptied, so what can be done without
   * them waiting is done first.
   */
  empty(path: string): Promise<void> {
    return this.#alone(async () => {
      await this.#fold(path);
      const shares = ["checkpoint"];
      const isEmpty = await this.#options.pool.run({ name: "truncate", text: path, shares });
      if (isEmpty !== true) {
        const message = `Cannot empty the log of "${path}": it is in use`;
        throw new SuiteError("store_failed", message, { retryAfterSeconds: 1 });
      }
    });
  }

  #alone(run: () => Promise<void>): Promise<void> {
    const next = this.#last.then(run);
    this.#last = next.catch(() => {});
    return next;
  }

  async #fold(path: string): Promise<void> {
    const { pool } = this.#options;
    const writtenAt = (await logOf(path))?.writtenAt;
    const shares = ["checkpoint"];
    const result = await pool.run({ name: "checkpoint", text: path, shares });
    const { log, checkpointed } = result as CheckpointResult;
    if (writtenAt !== undefined && log === checkpointed) this.#foldedAt.set(path, writtenAt);
  }

  async #look(): Promise<void> {
    const { files, log } = this.#options;
    for (const path of files) {
      const found = await logOf(path);
      if (found === undefined || found.bytes < limits.checkpointBytes) continue;
      if (this.#foldedAt.get(path) === found.writtenAt) continue;
      try {
        await this.fold(path);
      } catch (error) {
        log.warn("cannot fold a database's log", { path, error: String(error) });
      }
    }
  }
}

async function logOf(path: string): Promise<{ bytes: number; writtenAt: number } | undefined> {
  try {
    const { size, mtimeMs } = await stat(`${path}-wal`);
    return { bytes: size, writtenAt: mtimeMs };
  } catch {
    return undefined;
  }
}
