/**
 * Waits until what was written to a SQLite log is on the disk, on a thread of the system's own: SQLite
 * would wait on the main thread, where no page is answered meanwhile. Whoever comes while the disk syncs
 * shares the next sync. Why that is as durable: docs/decisions/0014-commits-sync-off-the-main-thread.md.
 */

import { type FileHandle, open } from "node:fs/promises";
import { dirname } from "node:path";

/** Syncs that are shared by all who wait. */
export class LogSync {
  readonly #sync: () => Promise<void>;
  readonly #onFailure: (error: unknown) => void;
  #running: Promise<void> | undefined;
  #next: Promise<void> | undefined;
  #failure: unknown;

  /** `onFailure` is told of the first sync that failed. */
  constructor(sync: () => Promise<void>, onFailure: (error: unknown) => void) {
    this.#sync = sync;
    this.#onFailure = onFailure;
  }

  /**
   * Resolves when all that was written before the call is on the disk. Once a sync has failed, all later
   * ones do: the system has forgotten by then what it could not write, and would call it written.
   */
  synced(): Promise<void> {
    if (this.#running === undefined) return this.#begin();
    // What runs may have begun before the call's data was written.
    this.#next ??= this.#running.then(
      () => this.#begin(),
      () => this.#begin(),
    );
    return this.#next;
  }

  #begin(): Promise<void> {
    this.#next = undefined;
    const running = this.#attempt().finally(() => {
      if (this.#running === running) this.#running = undefined;
    });
    this.#running = running;
    return running;
  }

  async #attempt(): Promise<void> {
    if (this.#failure !== undefined) throw this.#failure;
    try {
      await this.#sync();
    } catch (error) {
      this.#failure = error;
      this.#onFailure(error);
      throw error;
    }
  }
}

/** The log beside a file that is open. SQLite makes it at the first write, and keeps it from then on. */
export class SqliteLog {
  readonly #path: string;
  #file: FileHandle | undefined;

  constructor(path: string) {
    this.#path = path;
  }

  /** Resolves when it is on the disk; to be called after a write. A database in memory has none. */
  async sync(): Promise<void> {
    if (this.#path === ":memory:") return;
    this.#file ??= await this.#open();
    await this.#file.datasync();
  }

  async close(): Promise<void> {
    await this.#file?.close();
  }

  async #open(): Promise<FileHandle> {
    const file = await open(`${this.#path}-wal`, "r");
    // A new file is there after a power cut once its folder is on the disk.
    const folder = await open(dirname(this.#path), "r");
    try {
      await folder.sync();
    } finally {
      await folder.close();
    }
    return file;
  }
}
