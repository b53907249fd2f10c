/** What has to be done from time to time: sessions expire, and the trash is emptied. */

import type { DocumentTypes } from "../document.ts";
import type { Address, PersonId } from "../ids.ts";
import { limits } from "../limits.ts";
import type { DocumentQueries, Log, SessionStore } from "../ports.ts";
import type { Clock } from "../runtime/clock.ts";
import type { Actors } from "../runtime/ref.ts";
import type { Eraser } from "./document_eraser.ts";
import { repeat } from "./repeat.ts";
import { Sweep, type Swept } from "./sweep.ts";

const PAGE_ITEMS = 100;

/** What housekeeping works with. */
export interface HousekeepingOptions {
  clock: Clock;
  log: Log;
  sessions: Pick<SessionStore, "deleteExpired">;
  documents: Actors<DocumentTypes>;
  documentQueries: Pick<DocumentQueries, "expired">;
  eraser: Pick<Eraser, "erase">;
  /** Whether an actor lives on this node, so that chores are done by one node each. */
  isHere(address: Address): boolean;
}

/** Runs the chores of one node. */
export class Housekeeping {
  readonly #options: HousekeepingOptions;
  readonly #trash: Sweep<{ id: string; ownerId: PersonId }>;
  /** Notes that the pass through the trash has purged. */
  #purged: string[] = [];
  #stopRepeating: (() => void) | undefined;

  constructor(options: HousekeepingOptions) {
    this.#options = options;
    const { clock, log, documentQueries } = options;
    this.#trash = new Sweep({
      name: "trash",
      page: (cursor) =>
        documentQueries.expired(clock.now() - limits.trashMsMax, { limit: PAGE_ITEMS, cursor }),
      keyOf: ({ id }) => `document:${id}`,
      handle: (expired) => this.#purge(expired),
      clock,
      log,
    });
  }

  /** What `/ops` shows. */
  get sweeps(): readonly Swept[] {
    return [this.#trash];
  }

  /** Runs the chores now and again every hour. */
  start(): void {
    const { clock, log } = this.#options;
    this.#stopRepeating = repeat(() => this.run(), {
      everyMs: limits.housekeepingMs,
      clock,
      failed: (error) => log.error("housekeeping failed", { error: String(error) }),
    });
  }

  /** Runs no more. */
  stop(): void {
    this.#stopRepeating?.();
    this.#trash.stop();
  }

  /** Runs every chore once; one that fails is logged and keeps no other from running. */
  async run(): Promise<void> {
    for (const chore of [() => this.#options.sessions.deleteExpired(), () => this.#emptyTrash()]) {
      try {
        await chore();
      } catch (error) {
        this.#options.log.error("housekeeping failed", { error: String(error) });
      }
    }
  }

  /**
   * Deletes for good what has been in the trash for too long. What the others have made of it is erased
   * for all together; what that leaves behind is finished by the event of each purge.
   */
  async #emptyTrash(): Promise<void> {
    try {
      await this.#trash.run();
    } finally {
      const purged = this.#purged;
      this.#purged = [];
      if (purged.length > 0) await this.#options.eraser.erase(purged);
    }
  }

  async #purge({ id, ownerId }: { id: string; ownerId: PersonId }): Promise<void> {
    const { clock, documents, isHere, log } = this.#options;
    if (!isHere(`document:${id}`)) return;
    const by = { userId: ownerId, linkId: undefined };
    await documents.ask(id, { type: "purge", by, at: clock.now() });
    this.#purged.push(id);
    log.info("purged a note from the trash", { id });
  }
}
