/**
 * Keeps lists of notes live. A line that changed is drawn once and published to everybody who has the
 * note in their list; when lines come, go or move, lists are told to fetch themselves again. It hears
 * what documents have told through their outbox, so that no list misses what has come true.
 */

import {
  type AccountStore,
  type Clock,
  type DocumentQueries,
  type DomainEvent,
  type Log,
  personIdsIn,
  type SharedFacts,
} from "../../actors/mod.ts";
import { DocumentSummaryFragment } from "../../views/document/summary.tsx";
import type { Fanout } from "../live/fanout.ts";
import { listTopic } from "../live/live.ts";

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
  server: Fanout;
  facts: SharedFacts;
}

/** The live side of every list of notes on this node. */
export class ListFeed {
  readonly #options: ListFeedOptions;
  readonly #waiting = new Map<string, () => void>();

  constructor(options: ListFeedOptions) {
    this.#options = options;
  }

  /** Takes what a document has told. A repeat fetches a list once more, and changes nothing. */
  async take({ type, subjectId, userIds }: DomainEvent): Promise<void> {
    if (type === "document.changed") this.changed(subjectId);
    else await this.stale(userIds);
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
  async stale(userIds: readonly string[]): Promise<void> {
    const frame = JSON.stringify({ t: "stale", topic: "notes" });
    await this.#remember(userIds);
    for (const userId of userIds)
      this.#options.server.publishEverywhere(listTopic(userId, "notes"), frame);
  }

  /** Whether a person's list has changed since a time; yes where that cannot be known. */
  async hasChanged(userId: string, since: number): Promise<boolean> {
    return ((await this.#options.facts.changedAt(listTopic(userId, "notes"))) ?? 0) >= since;
  }

  /** Whoever has a page and no socket yet asks for it when the socket is there. */
  async #remember(userIds: readonly string[]): Promise<void> {
    const { facts, clock, log } = this.#options;
    try {
      const topics = userIds.map((userId) => listTopic(userId, "notes"));
      await facts.markChanged(topics, clock.now(), REMEMBERED_MS);
    } catch (error) {
      log.warn("cannot remember that lists changed", { error: String(error) });
    }
  }

  async #publish(id: string): Promise<void> {
    const { queries, accounts, server, facts, log } = this.#options;
    try {
      const audience = await queries.audience(id);
      await this.#remember(audience);
      const listening = audience.filter((userId) => server.mayHear(listTopic(userId, "notes")));
      if (listening.length === 0) return;
      const document = await queries.summary(id);
      if (!document) return;
      const present = (await facts.present([id])).get(id) ?? [];
      const people = await accounts.people(
        personIdsIn([document.ownerId, document.changedBy, ...present]),
      );
      const fragment = String(
        <DocumentSummaryFragment
          document={document}
          people={people}
          present={present.flatMap((userId) => people.get(userId) ?? [])}
        />,
      );
      for (const userId of listening)
        server.publishEverywhere(listTopic(userId, "notes"), fragment);
    } catch (error) {
      log.warn("cannot publish a list's line", { id, error: String(error) });
    }
  }
}
