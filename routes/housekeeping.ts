/** What has to be done from time to time: sessions expire, and the trash is emptied. */

import { limits, type PersonId, repeat, Sweep, type Swept } from "../actors/mod.ts";
import type { Services } from "./services.ts";

const PAGE_ITEMS = 100;

/** What housekeeping works with. */
export type HousekeepingServices = Pick<
  Services,
  "clock" | "log" | "sessions" | "documents" | "documentQueries" | "eraser" | "isHere"
>;

/** Runs the chores of one node. */
export class Housekeeping {
  readonly #services: HousekeepingServices;
  readonly #trash: Sweep<{ id: string; ownerId: PersonId }>;
  /** Notes that the pass through the trash has purged. */
  #purged: string[] = [];
  #stopRepeating: (() => void) | undefined;

  constructor(services: HousekeepingServices) {
    this.#services = services;
    const { clock, log, documentQueries } = services;
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
    const { clock, log } = this.#services;
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
    for (const chore of [() => this.#services.sessions.deleteExpired(), () => this.#emptyTrash()]) {
      try {
        await chore();
      } catch (error) {
        this.#services.log.error("housekeeping failed", { error: String(error) });
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
      if (purged.length > 0) await this.#services.eraser.erase(purged);
    }
  }

  async #purge({ id, ownerId }: { id: string; ownerId: PersonId }): Promise<void> {
    const { clock, documents, isHere, log } = this.#services;
    if (!isHere(`document:${id}`)) return;
    const by = { userId: ownerId, linkId: undefined };
    await documents.ask(id, { type: "purge", by, at: clock.now() });
    this.#purged.push(id);
    log.info("purged a note from the trash", { id });
  }
}
