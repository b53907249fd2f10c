/**
 * Keeps every open page of a person in step with their inbox: the count in the rail and in the title, the
 * list itself, and a word where something deserves one. It hears the inboxes of this node and tells the
 * sockets of all; a page that was away is told how much waits as soon as it is back.
 */

import type {
  Clock,
  InboxEntry,
  InboxEvent,
  InboxQueries,
  Log,
  Notification,
  PersonId,
  SharedFacts,
} from "../../actors/mod.ts";
import {
  InboxCountFragment,
  InboxEntryFragment,
  NewsToastFragment,
} from "../../views/inbox/entry.tsx";
import type { Fanout } from "../live/fanout.ts";
import { listTopic, personTopic } from "../live/live.ts";

/** The first change of an inbox is told at once; what follows within this time is told together. */
const REST_MS = 60;
/** New things within this time are one toast. */
const NEWS_MS = 8_000;
/** How long it is remembered that an inbox has changed: a page is watched sooner than that. */
const REMEMBERED_MS = 60_000;
/** With more of them, pages fetch the list and nothing else. */
const FRAGMENTS_MAX = 5;

/** What the feed works with. */
export interface InboxFeedOptions {
  queries: Pick<InboxQueries, "unread">;
  facts: Pick<SharedFacts, "markChanged" | "changedAt">;
  clock: Clock;
  log: Log;
  server: Pick<Fanout, "publishEverywhere" | "mayHear">;
}

/** What has happened to one inbox and is not told yet. */
interface Untold {
  unread: number;
  entries: Map<string, InboxEntry>;
  /** Whether an entry may stand elsewhere now, or not at all. */
  isMoved: boolean;
  news: { notification: Notification; entry: InboxEntry } | undefined;
}

/** An inbox of which something was told a moment ago, and what has happened since. */
interface Resting {
  untold: Untold | undefined;
  cancel: () => void;
}

/** The live side of every inbox on this node. */
export class InboxFeed {
  readonly #options: InboxFeedOptions;
  readonly #resting = new Map<string, Resting>();
  /** How many new things the toast on a person's pages stands for, while it is there. */
  readonly #news = new Map<string, { count: number; cancel: () => void }>();

  constructor(options: InboxFeedOptions) {
    this.#options = options;
  }

  /** Takes what an inbox has told. */
  hear(userId: string, events: readonly InboxEvent[]): void {
    const resting = this.#resting.get(userId);
    const untold = resting?.untold ?? nothingYet();
    this.#gather(userId, untold, events);
    if (resting) resting.untold = untold;
    else this.#tellAndRest(userId, untold);
  }

  #gather(userId: string, untold: Untold, events: readonly InboxEvent[]): void {
    // Where no page is open no toast stands for anything.
    const isHeard = this.#options.server.mayHear(personTopic(userId));
    for (const event of events) {
      untold.unread = event.unread;
      untold.isMoved ||= event.type !== "changed" || event.isMoved;
      if (event.type === "notified") {
        untold.entries.set(event.entry.id, event.entry);
        if (event.toast && isHeard) this.#count(userId, untold, event);
      } else if (event.type === "erased") {
        forget(untold, event.entryId);
      } else if (event.entries !== "many") {
        for (const entry of event.entries) untold.entries.set(entry.id, entry);
      }
    }
  }

  /** Whether a person's inbox has changed since a time. */
  async hasChanged(userId: string, since: number): Promise<boolean> {
    return ((await this.#options.facts.changedAt(listTopic(userId, "inbox"))) ?? 0) >= since;
  }

  /** What a page is told when its socket opens: how much waits. Undefined where that is not known. */
  async greet(userId: PersonId): Promise<string | undefined> {
    try {
      const unread = await this.#options.queries.unread(userId);
      return String(<InboxCountFragment unread={unread} />);
    } catch (error) {
      this.#options.log.warn("cannot count what is unread", { error: String(error) });
      return undefined;
    }
  }

  /** Forgets what waits: nobody listens anymore. */
  stop(): void {
    for (const { cancel } of [...this.#resting.values(), ...this.#news.values()]) cancel();
    this.#resting.clear();
    this.#news.clear();
  }

  #tellAndRest(userId: string, untold: Untold): void {
    const cancel = this.#options.clock.setTimer(REST_MS, () => {
      this.#resting.delete(userId);
      if (resting.untold) this.#tellAndRest(userId, resting.untold);
    });
    const resting: Resting = { untold: undefined, cancel };
    this.#resting.set(userId, resting);
    void this.#tell(userId, untold);
  }

  #count(
    userId: string,
    untold: Untold,
    { notification, entry }: InboxEvent & { type: "notified" },
  ): void {
    untold.news = { notification, entry };
    const before = this.#news.get(userId);
    before?.cancel();
    this.#news.set(userId, {
      count: (before?.count ?? 0) + 1,
      cancel: this.#options.clock.setTimer(NEWS_MS, () => this.#news.delete(userId)),
    });
  }

  async #tell(userId: string, untold: Untold): Promise<void> {
    const { unread, news } = untold;
    const { server } = this.#options;
    await this.#remember(userId);
    const own = personTopic(userId);
    server.publishEverywhere(own, String(<InboxCountFragment unread={unread} />));
    this.#tellList(listTopic(userId, "inbox"), untold);
    if (news === undefined) return;
    const count = this.#news.get(userId)?.count ?? 1;
    server.publishEverywhere(own, String(<NewsToastFragment {...news} count={count} />));
  }

  #tellList(list: string, { entries, isMoved }: Untold): void {
    const { server } = this.#options;
    // Most pages show no list.
    if (!server.mayHear(list)) return;
    const isLine = entries.size <= FRAGMENTS_MAX;
    if (isLine) {
      for (const entry of entries.values()) {
        server.publishEverywhere(list, String(<InboxEntryFragment entry={entry} />));
      }
    }
    if (isLine && !isMoved) return;
    server.publishEverywhere(list, JSON.stringify({ t: "stale", topic: "inbox" }));
  }

  /** Whoever has a page and no socket yet asks for it when the socket is there. */
  async #remember(userId: string): Promise<void> {
    const { facts, clock, log } = this.#options;
    try {
      await facts.markChanged([listTopic(userId, "inbox")], clock.now(), REMEMBERED_MS);
    } catch (error) {
      log.warn("cannot remember that an inbox changed", { error: String(error) });
    }
  }
}

function nothingYet(): Untold {
  return { unread: 0, entries: new Map(), isMoved: false, news: undefined };
}

/** What was deleted for good is not told, even where it was about to be. */
function forget(untold: Untold, entryId: string | undefined): void {
  if (entryId === undefined) return;
  untold.entries.delete(entryId);
  if (untold.news?.entry.id === entryId) untold.news = undefined;
}
