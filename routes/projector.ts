/**
 * Keeps the read side of documents behind their write side: titles, excerpts and the search index are
 * projected from the text a moment after it changed. What a crash left behind is caught up at start,
 * because each document carries the version that was projected.
 */

import {
  type Actors,
  type Clock,
  countWords,
  type DocumentEvent,
  type DocumentQueries,
  type DocumentTypes,
  excerptOf,
  type Log,
  limits,
  titleOf,
} from "../actors/mod.ts";

/** Projecting may take this part of the thread's time: one in so many. */
const REST_PER_PROJECTION = 20;
/** How many documents are caught up at a time. */
const CATCH_UP_ITEMS = 100;

/** What a projector works with. */
export interface ProjectorOptions {
  documents: Actors<DocumentTypes>;
  queries: DocumentQueries;
  clock: Clock;
  log: Log;
  /** The list's line of a document has changed. */
  onProjected(id: string): void;
}

/** Projects every document that changes on this node. */
export class Projector {
  readonly #options: ProjectorOptions;
  readonly #waiting = new Map<string, () => void>();
  readonly #running = new Set<Promise<void>>();
  /** When each document may be projected again; only those that are still waiting their rest. */
  readonly #restsUntil = new Map<string, number>();

  constructor(options: ProjectorOptions) {
    this.#options = options;
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

  /** Projects what was left behind, a part at a time. */
  async catchUp(): Promise<void> {
    let ids = await this.#options.queries.unprojected(CATCH_UP_ITEMS);
    while (ids.length > 0) {
      for (const id of ids) await this.#project(id);
      const next = await this.#options.queries.unprojected(CATCH_UP_ITEMS);
      // One that cannot be projected stays behind; it must not be tried for ever.
      ids = next.filter((id) => !ids.includes(id));
    }
  }

  /** Projects at once what waits. */
  async flush(): Promise<void> {
    for (const [id, cancel] of [...this.#waiting]) {
      cancel();
      this.#start(id);
    }
    await Promise.all(this.#running);
  }

  #start(id: string): void {
    this.#waiting.delete(id);
    const run = this.#project(id).finally(() => this.#running.delete(run));
    this.#running.add(run);
  }

  async #project(id: string): Promise<void> {
    const { documents, queries, clock, log } = this.#options;
    try {
      const reply = await documents.ask(id, { type: "describe" });
      if (reply.type !== "described") return;
      const { version, text, changedAt, changedBy } = reply;
      const startedMs = clock.monotonic();
      await queries.project(id, {
        version,
        title: titleOf(text),
        excerpt: excerptOf(text),
        text,
        words: countWords(text),
        changedAt,
        changedBy,
      });
      this.#rest(id, clock.monotonic() - startedMs);
      this.#options.onProjected(id);
    } catch (error) {
      log.warn("cannot project a document", { id, error: String(error) });
    }
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
