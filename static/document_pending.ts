/**
 * Keeps what the server has not confirmed on this device, so that a closed tab, a crash or an ended
 * session loses nothing. Each tab has an entry of its own per note and person; a lock that a tab holds
 * as long as it lives tells which entries have been left behind by tabs that are gone.
 */

import type { Kept } from "./document_operations.ts";

const DATABASE = "suite";
const STORE = "pending";

interface Row {
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
  readonly #tab = crypto.randomUUID();
  #database: Promise<IDBDatabase> | undefined;
  #release: (() => void) | undefined;
  #writing: Promise<unknown> = Promise.resolve();
  #next: Kept[] | undefined;
  #isEmpty = true;

  constructor(note: string, user: string) {
    this.#note = note;
    this.#user = user;
  }

  /** Holds the tab's lock and takes over what dead tabs of the same person left of this note. */
  async start(): Promise<Kept[]> {
    try {
      await this.#hold();
      const database = await this.#open();
      const rows = await settled<Row[]>(database.transaction(STORE).objectStore(STORE).getAll());
      const kept: Kept[] = [];
      for (const row of rows) {
        if (row.note !== this.#note || row.user !== this.#user) continue;
        if (await this.#isAlive(row.tab)) continue;
        kept.push(...row.kept);
        const store = database.transaction(STORE, "readwrite").objectStore(STORE);
        await settled(store.delete(row.key));
      }
      return kept;
    } catch (error) {
      // A private window may have no storage: then there is nothing to take over, and nothing is kept.
      console.warn(error);
      return [];
    }
  }

  /** Keeps this, and nothing older. Writes follow each other, and only the newest of those that wait. */
  keep(kept: Kept[]): void {
    if (kept.length === 0 && this.#isEmpty) return;
    this.#isEmpty = kept.length === 0;
    const isWaiting = this.#next !== undefined;
    this.#next = kept;
    if (!isWaiting) this.#writing = this.#writing.then(() => this.#write()).catch(console.warn);
  }

  /** Gives the tab's lock back. */
  stop(): void {
    void this.#writing.then(async () => {
      this.#release?.();
      (await this.#database)?.close();
    });
  }

  async #write(): Promise<void> {
    const kept = this.#next ?? [];
    this.#next = undefined;
    const database = await this.#open();
    const store = database.transaction(STORE, "readwrite").objectStore(STORE);
    const key = `${this.#user} ${this.#note} ${this.#tab}`;
    const row: Row = { key, tab: this.#tab, note: this.#note, user: this.#user, kept };
    await (kept.length === 0 ? settled(store.delete(key)) : settled(store.put(row)));
  }

  #open(): Promise<IDBDatabase> {
    this.#database ??= new Promise((resolve, reject) => {
      const request = indexedDB.open(DATABASE, 1);
      request.onupgradeneeded = () => request.result.createObjectStore(STORE, { keyPath: "key" });
      request.onsuccess = () => resolve(request.result);
      request.onerror = () => reject(request.error);
    });
    return this.#database;
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

  #isAlive(tab: string): Promise<boolean> {
    return navigator.locks.request(lockOf(tab), { ifAvailable: true }, async (lock) => !lock);
  }
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
