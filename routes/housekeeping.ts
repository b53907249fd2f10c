/** What has to be done from time to time: sessions expire, and the trash is emptied. */

import { limits } from "../actors/mod.ts";
import { purgeDocuments } from "./eraser.ts";
import type { Services } from "./services.ts";

const ITEMS = 100;

/** What housekeeping works with. */
export type HousekeepingServices = Pick<
  Services,
  "clock" | "log" | "sessions" | "documents" | "documentQueries" | "eraser" | "isHere"
>;

/** Runs the chores of one node. */
export class Housekeeping {
  readonly #services: HousekeepingServices;
  #cancel: (() => void) | undefined;

  constructor(services: HousekeepingServices) {
    this.#services = services;
  }

  /** Runs the chores now and again every hour. */
  start(): void {
    void this.run().finally(() => {
      this.#cancel = this.#services.clock.setTimer(limits.housekeepingMs, () => this.start());
    });
  }

  /** Runs no more. */
  stop(): void {
    this.#cancel?.();
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

  /** Deletes for good what has been in the trash for too long. */
  async #emptyTrash(): Promise<void> {
    const { clock, documentQueries, isHere, log } = this.#services;
    const before = clock.now() - limits.trashMsMax;
    const expired = await documentQueries.expired(before, ITEMS);
    const documents = expired.flatMap(({ id, ownerId }) =>
      isHere(`document:${id}`) ? [{ id, by: { userId: ownerId, linkId: undefined } }] : [],
    );
    await purgeDocuments(this.#services, documents);
    for (const { id } of documents) log.info("purged a note from the trash", { id });
  }
}
