/**
 * Deleting for good. A note that is purged ends in its own service at once; this ends what others have
 * made of it: what people were told, what nodes keep in memory, and what databases leave in their files.
 *
 * The sender of a purge waits for all of it. When the process dies in between, the event that the purge has
 * written is delivered again and again until it is done, so every step changes nothing when repeated.
 */

import type { DocumentTypes, Principal } from "../document.ts";
import { SuiteError } from "../errors.ts";
import type { ParkedEvents } from "../events.ts";
import type { InboxQueries, InboxTypes } from "../inbox.ts";
import type { Log } from "../ports.ts";
import type { Clock } from "../runtime/clock.ts";
import type { Actors } from "../runtime/ref.ts";
import { documentSubject } from "./inbox_notifier.ts";

/** Notes that this process knows to be erased; others are erased once more, which costs no more than time. */
const REMEMBERED_MAX = 1_000;
/** A notification may arrive in the very moment in which the inboxes are asked to erase. */
const ROUNDS_MAX = 3;

/** What an eraser works with. */
export interface EraserOptions {
  inboxes: Actors<InboxTypes>;
  inboxQueries: InboxQueries;
  parkedEvents: Pick<ParkedEvents, "forgetSubject">;
  clock: Clock;
  /** Lets every node drop what it keeps of a note in memory. */
  forget(documentId: string): void;
  /** Resolves when nothing that was deleted before is left in files, as far as the database can do that. */
  eraseFiles(): Promise<void>;
}

/** Ends what was made of notes. */
export class Eraser {
  readonly #options: EraserOptions;
  /** What is being erased, or was: the event of a purge comes while its sender still waits. */
  readonly #erasing = new Map<string, Promise<void>>();

  constructor(options: EraserOptions) {
    this.#options = options;
  }

  /** Ends everything that was made of purged notes; rejects when something of it is left. */
  async erase(documentIds: readonly string[]): Promise<void> {
    const erasing = this.#erase(documentIds);
    for (const id of documentIds) this.#remember(id, erasing);
    try {
      await erasing;
    } catch (error) {
      for (const id of documentIds) this.#erasing.delete(id);
      throw error;
    }
  }

  async #erase(documentIds: readonly string[]): Promise<void> {
    for (const id of documentIds) await this.#eraseFromInboxes(id);
    for (const id of documentIds) await this.#options.parkedEvents.forgetSubject(id);
    for (const id of documentIds) this.#options.forget(id);
    await this.#options.eraseFiles();
  }

  /** Finishes what may have been interrupted, or may have come late. */
  async finish(documentId: string): Promise<void> {
    const isErased = this.#erasing.get(documentId);
    await isErased;
    const found = await this.#eraseFromInboxes(documentId);
    if (isErased === undefined || found > 0) await this.erase([documentId]);
  }

  /** Also from those of people who lost their access long ago. Answers how many had something. */
  async #eraseFromInboxes(documentId: string): Promise<number> {
    const { inboxes, inboxQueries, clock } = this.#options;
    const subject = documentSubject(documentId);
    let found = 0;
    for (let round = 1; ; round++) {
      const userIds = await inboxQueries.endSubject(subject, clock.now());
      if (userIds.length === 0) return found;
      if (round > ROUNDS_MAX) {
        throw new Error(`Cannot erase "${subject}": received ${userIds.length} inboxes with it`);
      }
      found += userIds.length;
      await Promise.all(userIds.map((userId) => inboxes.ask(userId, { type: "erase", subject })));
    }
  }

  #remember(documentId: string, erasing: Promise<void>): void {
    this.#erasing.set(documentId, erasing);
    for (const oldest of this.#erasing.keys()) {
      if (this.#erasing.size <= REMEMBERED_MAX) break;
      this.#erasing.delete(oldest);
    }
  }
}

/** What a purge takes. */
export interface PurgeOptions {
  documents: Actors<DocumentTypes>;
  eraser: Pick<Eraser, "erase">;
  clock: Clock;
  log: Log;
}

/** Purges notes, and resolves when nothing of them is left anywhere. */
export async function purgeDocuments(
  options: PurgeOptions,
  documents: readonly { id: string; by: Principal }[],
): Promise<void> {
  const purged: string[] = [];
  try {
    for (const { id, by } of documents) {
      await options.documents.ask(id, { type: "purge", by, at: options.clock.now() });
      purged.push(id);
    }
  } finally {
    if (purged.length > 0) await eraseOrSay(options, purged);
  }
}

async function eraseOrSay(
  { eraser, log }: PurgeOptions,
  documentIds: readonly string[],
): Promise<void> {
  try {
    await eraser.erase(documentIds);
  } catch (cause) {
    log.warn("cannot finish a purge", { ids: documentIds, error: String(cause) });
    const message =
      "Cannot finish deleting for good: the note is gone, but what was kept of it elsewhere is not yet; the suite goes on with that by itself";
    throw new SuiteError("store_failed", message, { cause, retryAfterSeconds: 5 });
  }
}
