/**
 * Keeps what the server has not confirmed on this device, so that a closed tab, a crash or an ended
 * session loses nothing. Each tab has a row of its own per note and person; a lock that a tab holds as
 * long as it lives tells which rows were left behind by tabs that are gone.
 */

import type { Kept } from "./operations.ts";

const DATABASE = "suite";
const STORE = "pending";
/** What the server confirms sooner is never written. */
const WRITE_AFTER_MS = 50;

/** What one tab keeps of one note. */
export interface Row {
  key: string;
  tab: string;
  note: string;
  user: string;
  kept: Kept[];
}

/** What one tab keeps of one note. */
export class Pending {
  readonly #note: string;
  readonly #user: string;
  readonly #read: () => Kept[];
  readonly #tab = crypto.randomUUID();
  readonly #key: string;
  /** There from when all that others left is taken over. */
  #database: IDBDatabase | undefined;
  #started: Promise<void> = Promise.resolve();
  #release: (() => void) | undefined;
  #timer = 0;
  #isStored = false;

  /** `read` answers what is to be kept at that moment. */
  constructor(note: string, user: string, read: () => Kept[]) {
    this.#note = note;
    this.#user = user;
    this.#read = read;
    this.#key = `${user} ${note} ${this.#tab}`;
  }

  /**
   * Holds the tab's lock, and hands over what dead tabs of the same person left of this note. A private
   * window may have no storage: then nothing is taken over, and nothing is kept.
   */
  start(adopt: (kept: Kept[]) => void): void {
    this.#started = this.#start(adopt).catch(console.warn);
  }

  /**
   * What is to be kept has changed: writes it soon, or at once where the server will not confirm it
   * soon. What a page begins to write while it goes may be too late.
   */
  changed(isOffline: boolean): void {
    if (isOffline) this.flush();
    else if (this.#timer === 0) this.#timer = window.setTimeout(() => this.flush(), WRITE_AFTER_MS);
  }

  /** Writes it now. */
  flush(): void {
    clearTimeout(this.#timer);
    this.#timer = 0;
    if (!this.#database) return;
    const kept = this.#read();
    if (kept.length === 0 && !this.#isStored) return;
    this.#isStored = kept.length > 0;
    const transaction = this.#database.transaction(STORE, "readwrite");
    const store = transaction.objectStore(STORE);
    if (this.#isStored) store.put(this.#row(kept));
    else store.delete(this.#key);
    transaction.commit();
  }

  /** Writes for the last time, and gives the tab's lock back. */
  stop(): void {
    void this.#started.then(() => {
      this.flush();
      clearTimeout(this.#timer);
      this.#database?.close();
      this.#database = undefined;
      this.#release?.();
    });
  }

  async #start(adopt: (kept: Kept[]) => void): Promise<void> {
    await this.#hold();
    const database = await openDatabase();
    const rows = await settled<Row[]>(database.transaction(STORE).objectStore(STORE).getAll());
    for (const { key, tab, note, user } of rows) {
      if (note !== this.#note || user !== this.#user) continue;
      const kept = await this.#takeOver(database, key, tab);
      if (kept.length > 0) adopt(kept);
    }
    this.#database = database;
    this.flush();
  }

  /** Makes a dead tab's row part of one's own in one step, so that a crash loses or doubles nothing. */
  #takeOver(database: IDBDatabase, key: string, tab: string): Promise<Kept[]> {
    return navigator.locks.request(lockOf(tab), { ifAvailable: true }, async (lock) => {
      if (!lock) return [];
      const store = database.transaction(STORE, "readwrite").objectStore(STORE);
      const row = await settled<Row | undefined>(store.get(key));
      if (!row) return [];
      const own = await settled<Row | undefined>(store.get(this.#key));
      store.delete(key);
      await settled(store.put(this.#row([...(own?.kept ?? []), ...row.kept])));
      this.#isStored = true;
      return row.kept;
    });
  }

  #row(kept: Kept[]): Row {
    return { key: this.#key, tab: this.#tab, note: this.#note, user: this.#user, kept };
  }

  #hold(): Promise<void> {
    return new Promise((resolve) => {
      void navigator.locks.request(lockOf(this.#tab), () => {
        resolve();
        return new Promise<void>((release) => {
          this.#release = release;
        });
      });
    });
  }
}

/** Everything that is kept on this device, of all notes and people. */
export async function readPending(): Promise<Row[]> {
  const database = await openDatabase();
  const rows = await settled<Row[]>(database.transaction(STORE).objectStore(STORE).getAll());
  database.close();
  return rows;
}

function openDatabase(): Promise<IDBDatabase> {
  const request = indexedDB.open(DATABASE, 1);
  request.onupgradeneeded = () => request.result.createObjectStore(STORE, { keyPath: "key" });
  return settled(request);
}

function lockOf(tab: string): string {
  return `suite-tab-${tab}`;
}

function settled<Value>(request: IDBRequest<Value>): Promise<Value> {
  return new Promise((resolve, reject) => {
    request.onsuccess = () => resolve(request.result);
    request.onerror = () => reject(request.error);
  });
}
