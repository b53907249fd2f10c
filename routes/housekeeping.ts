/** What has to be done from time to time: sessions expire, and the trash is emptied. */

import { limits } from "../actors/mod.ts";
import type { Services } from "./services.ts";

const ITEMS = 100;

/** Runs the chores of one node. */
export class Housekeeping {
  readonly #services: Pick<
    Services,
    "clock" | "log" | "sessions" | "documents" | "documentQueries" | "isHere"
  >;
  #cancel: (() => void) | undefined;

  constructor(
    services: Pick<
      Services,
      "clock" | "log" | "sessions" | "documents" | "documentQueries" | "isHere"
    >,
  ) {
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
    const { clock, documents, documentQueries, isHere, log } = this.#services;
    const before = clock.now() - limits.trashMsMax;
    for (const { id, ownerId } of await documentQueries.expired(before, ITEMS)) {
      if (!isHere(`document:${id}`)) continue;
      const by = { userId: ownerId, linkId: undefined };
      await documents.ask(id, { type: "purge", by, at: clock.now() });
      log.info("purged a note from the trash", { id });
    }
  }
}
