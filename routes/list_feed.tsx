/**
 * Keeps lists of notes live. A line that changed is drawn once and published to everybody who has the
 * note in their list; when lines come, go or move, lists are told to fetch themselves again.
 */

import type { AccountStore, Clock, DocumentEvent, DocumentQueries, Log } from "../actors/mod.ts";
import { DocumentSummaryFragment } from "../views/document_summary.tsx";
import { listTopic } from "./live.ts";
import type { LiveServer } from "./live_socket.ts";

/** Changes of one note within this time become one fragment. */
const DELAY_MS = 200;
/** How long it is remembered that somebody's list has changed: a page is watched sooner than that. */
const REMEMBERED_MS = 60_000;

/** What the feed works with. */
export interface ListFeedOptions {
  queries: DocumentQueries;
  accounts: AccountStore;
  clock: Clock;
  log: Log;
  server: LiveServer;
  presentIn(documentId: string): readonly string[];
}

/** The live side of every list of notes on this node. */
export class ListFeed {
  readonly #options: ListFeedOptions;
  readonly #waiting = new Map<string, () => void>();
  /** When people's lists changed last, oldest first. */
  readonly #changedAt = new Map<string, number>();

  constructor(options: ListFeedOptions) {
    this.#options = options;
  }

  /** Hears what documents tell. */
  hear(id: string, events: readonly DocumentEvent[]): void {
    for (const event of events) {
      if (event.type === "created" || event.type === "access") this.stale(event.userIds);
      if (event.type === "deleted" || event.type === "restored") void this.#staleForAll(id);
    }
  }

  /** The line of a document has changed. */
  changed(id: string): void {
    if (this.#waiting.has(id)) return;
    const cancel = this.#options.clock.setTimer(DELAY_MS, () => {
      this.#waiting.delete(id);
      void this.#publish(id);
    });
    this.#waiting.set(id, cancel);
  }

  /** Forgets what waits: nobody listens anymore. */
  stop(): void {
    for (const cancel of this.#waiting.values()) cancel();
    this.#waiting.clear();
  }

  /** Lines have come, gone or moved in these people's lists. */
  stale(userIds: readonly string[]): void {
    const frame = JSON.stringify({ t: "stale", topic: "notes" });
    this.#remember(userIds);
    for (const userId of userIds) this.#options.server.publish(listTopic(userId), frame);
  }

  /** Whether a person's list has changed since a time, as far as that is remembered. */
  hasChanged(userId: string, since: number): boolean {
    return (this.#changedAt.get(userId) ?? 0) >= since;
  }

  #remember(userIds: readonly string[]): void {
    const now = this.#options.clock.now();
    for (const userId of userIds) {
      this.#changedAt.delete(userId);
      this.#changedAt.set(userId, now);
    }
    for (const [userId, at] of this.#changedAt) {
      if (now - at < REMEMBERED_MS) break;
      this.#changedAt.delete(userId);
    }
  }

  async #staleForAll(id: string): Promise<void> {
    try {
      this.stale(await this.#options.queries.audience(id));
    } catch (error) {
      this.#options.log.warn("cannot refresh lists", { id, error: String(error) });
    }
  }

  async #publish(id: string): Promise<void> {
    const { queries, accounts, server, log } = this.#options;
    try {
      const audience = await queries.audience(id);
      this.#remember(audience);
      const listening = audience.filter((userId) => server.subscriberCount(listTopic(userId)) > 0);
      if (listening.length === 0) return;
      const document = await queries.summary(id);
      if (!document) return;
      const present = this.#options.presentIn(id);
      const people = await accounts.people([document.ownerId, document.changedBy, ...present]);
      const fragment = String(
        <DocumentSummaryFragment
          document={document}
          people={people}
          present={present.flatMap((userId) => people.get(userId) ?? [])}
        />,
      );
      for (const userId of listening) server.publish(listTopic(userId), fragment);
    } catch (error) {
      log.warn("cannot publish a list's line", { id, error: String(error) });
    }
  }
}
