/**
 * Keeps the read side of documents behind their write side: titles, excerpts and the search index are
 * projected from the text a moment after it changed, on the node where the document lives. What a crash
 * left behind is caught up at start and from time to time, because each document carries the version
 * that was projected.
 */

import {
  type DocumentEvent,
  type DocumentTypes,
  excerptOf,
  mentionableIn,
  type TextDigest,
  titleOf,
} from "../document.ts";
import { SuiteError } from "../errors.ts";
import { personIdsIn } from "../ids.ts";
import { limits } from "../limits.ts";
import type { AccountStore, DocumentQueries, Log, Person } from "../ports.ts";
import type { Clock } from "../runtime/clock.ts";
import type { Actors } from "../runtime/ref.ts";
import { repeat } from "./repeat.ts";
import { Sweep, type Swept } from "./sweep.ts";

/** Projecting may take this part of the thread's time: one in so many. */
const REST_PER_PROJECTION = 20;
/** How many documents are caught up at a time. */
const CATCH_UP_ITEMS = 100;
/** How often it is looked for what another node has left behind. */
const CATCH_UP_MS = 10_000;

/** Reads what the read side keeps of a text, wherever that is done. */
export interface TextReader {
  /** Nothing of a text that takes too long. */
  read(request: {
    id: string;
    text: string;
    people: readonly Person[];
  }): Promise<Partial<TextDigest>>;
}

/** What a projector works with. */
export interface ProjectorOptions {
  documents: Actors<DocumentTypes>;
  queries: DocumentQueries;
  accounts: Pick<AccountStore, "people">;
  rendering: TextReader;
  clock: Clock;
  log: Log;
  /** Whether a document lives on this node. */
  isHere(id: string): boolean;
}

/** Projects every document that changes on this node. */
export class Projector {
  readonly #options: ProjectorOptions;
  readonly #waiting = new Map<string, () => void>();
  readonly #running = new Set<Promise<void>>();
  readonly #behind: Sweep<string>;
  /** When each document may be projected again; only those that are still waiting their rest. */
  readonly #restsUntil = new Map<string, number>();
  #stopRepeating: (() => void) | undefined;

  constructor(options: ProjectorOptions) {
    this.#options = options;
    const { queries, clock, log } = options;
    this.#behind = new Sweep({
      name: "notes to project",
      page: (cursor) => queries.unprojected({ limit: CATCH_UP_ITEMS, cursor }),
      keyOf: (id) => `document:${id}`,
      handle: async (id) => {
        if (options.isHere(id) && !this.#waiting.has(id)) await this.#project(id);
      },
      clock,
      log,
    });
  }

  /** Hears what documents tell. */
  hear(id: string, events: readonly DocumentEvent[]): void {
    const isChanged = events.some(({ type }) => type === "edited" || type === "created");
    if (isChanged) this.schedule(id);
  }

  /** Projects a document soon. */
  schedule(id: string): void {
    if (this.#waiting.has(id)) return;
    const restMs = (this.#restsUntil.get(id) ?? 0) - this.#options.clock.monotonic();
    const delayMs = Math.max(limits.projectionDelayMs, restMs);
    this.#waiting.set(
      id,
      this.#options.clock.setTimer(delayMs, () => this.#start(id)),
    );
  }

  /** Projects what was left behind, now and from time to time. */
  start(): void {
    const { clock, log } = this.#options;
    this.#stopRepeating = repeat(() => this.catchUp(), {
      everyMs: CATCH_UP_MS,
      clock,
      failed: (error) => log.warn("cannot catch up projections", { error: String(error) }),
    });
  }

  /** What `/ops` shows. */
  get sweeps(): readonly Swept[] {
    return [this.#behind];
  }

  /** Projects what was left behind; what waits for its time anyway is left alone. */
  async catchUp(): Promise<void> {
    await this.#behind.run();
  }

  /** Projects at once what waits, and nothing more. */
  async stop(): Promise<void> {
    this.#behind.stop();
    this.#stopRepeating?.();
    for (const [id, cancel] of [...this.#waiting]) {
      cancel();
      this.#start(id);
    }
    await Promise.all(this.#running);
  }

  #start(id: string): void {
    this.#waiting.delete(id);
    const run = this.#project(id)
      .catch((error) => {
        // What was purged meanwhile has no read side.
        if (error instanceof SuiteError && error.code === "not_found") return;
        // It is caught up like what a crash has left behind.
        this.#options.log.warn("cannot project a document", { id, error: String(error) });
      })
      .finally(() => this.#running.delete(run));
    this.#running.add(run);
  }

  async #project(id: string): Promise<void> {
    const { documents, queries, accounts, rendering, clock } = this.#options;
    const reply = await documents.ask(id, { type: "describe" });
    if (reply.type !== "described") return;
    const { version, text, changedAt, changedBy } = reply;
    const people = await mentionableIn(reply, (ids) => accounts.people(ids));
    // Of a text that takes too long, what is known already stays.
    const { words, mentions } = await rendering.read({ id, text, people });
    const startedMs = clock.monotonic();
    await queries.project(id, {
      version,
      title: titleOf(text),
      excerpt: excerptOf(text),
      text,
      words,
      changedAt,
      changedBy,
      mentions: mentions && personIdsIn(mentions),
    });
    this.#rest(id, clock.monotonic() - startedMs);
  }

  /** Whoever types all the time is followed at a walk; a large note more slowly still. */
  #rest(id: string, costMs: number): void {
    const now = this.#options.clock.monotonic();
    const restMs = Math.max(limits.projectionRestMs, costMs * REST_PER_PROJECTION);
    this.#restsUntil.delete(id);
    this.#restsUntil.set(id, now + restMs);
    for (const [other, until] of this.#restsUntil) {
      if (until > now) break;
      this.#restsUntil.delete(other);
    }
  }
}
