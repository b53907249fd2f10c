/**
 * The outbox of a service: events wait here from the transaction that made them true until they are
 * safe in the stream. In Postgres the rows that a node hands out are locked meanwhile, and other nodes
 * skip them; SQLite belongs to one process, which hands out one part after the other.
 */

import { type Generated, type Kysely, sql } from "kysely";
import {
  type DomainEvent,
  limits,
  type Outbox,
  type OutboxBacklog,
  parseEvent,
  type UnreadableEvent,
} from "../../actors/mod.ts";
import type { SqlDatabase } from "./dialect.ts";

/** What a service has to tell the others. */
export interface OutboxTable {
  number: Generated<number>;
  event_id: string;
  /** An event as JSON. */
  event: string;
  created_at: number;
}

/** Any schema with an outbox in it. */
export interface OutboxSchema {
  outbox: OutboxTable;
}

type Publish = Parameters<Outbox["relay"]>[1];

/**
 * Writes an event into the outbox of a service; a repeat of it is told once. `writtenAt` is how old it
 * begins to be there, where that is not when it happened.
 */
export async function writeEvent<Schema extends OutboxSchema>(
  kysely: Kysely<Schema>,
  event: DomainEvent,
  writtenAt = event.at,
): Promise<void> {
  await sql`INSERT INTO outbox (event_id, event, created_at)
    VALUES (${event.id}, ${JSON.stringify(event)}, ${writtenAt})
    ON CONFLICT (event_id) DO NOTHING`.execute(kysely);
}

/** The outbox over either database. */
export class SqlOutbox implements Outbox {
  readonly name: string;
  readonly #kysely: Kysely<OutboxSchema>;
  readonly #locksRows: boolean;
  #onWritten: () => void = () => {};
  #last: Promise<unknown> = Promise.resolve();

  constructor(name: string, { kysely, dialect }: SqlDatabase<OutboxSchema>) {
    this.name = name;
    this.#kysely = kysely;
    this.#locksRows = dialect.locksRows;
  }

  onWritten(callback: () => void): void {
    this.#onWritten = callback;
  }

  /** Says that events were committed; the stores call it. */
  written(): void {
    this.#onWritten();
  }

  async backlog(): Promise<OutboxBacklog> {
    const oldest = this.#kysely
      .selectFrom("outbox")
      .select("created_at")
      .orderBy("number")
      .limit(limits.backlogCountedMax);
    const { oldestAt, waiting } = await this.#kysely
      .selectFrom(oldest.as("oldest"))
      .select((select) => [
        select.fn.min("created_at").as("oldestAt"),
        select.fn.countAll<number>().as("waiting"),
      ])
      .executeTakeFirstOrThrow();
    // Both databases answer null where there is no row.
    return { oldestAt: (oldestAt as number | null) ?? undefined, waiting };
  }

  relay(limit: number, publish: Publish): Promise<number> {
    if (this.#locksRows) {
      // When publishing takes longer than a transaction may be idle, the same are handed out again.
      return this.#kysely
        .transaction()
        .execute((transaction) => this.#hand(transaction, limit, publish));
    }
    const run = this.#last.then(() => this.#hand(this.#kysely, limit, publish));
    this.#last = run.catch(() => {});
    return run;
  }

  async #hand(kysely: Kysely<OutboxSchema>, limit: number, publish: Publish): Promise<number> {
    const rows = await kysely
      .selectFrom("outbox")
      .select(["number", "event_id", "event"])
      .orderBy("number")
      .limit(limit)
      .$if(this.#locksRows, (query) => query.forUpdate().skipLocked())
      .execute();
    if (rows.length === 0) return 0;
    const events: DomainEvent[] = [];
    const unreadable: UnreadableEvent[] = [];
    for (const { event_id: id, event: text } of rows) {
      const event = parseEvent(text);
      if (event === undefined) unreadable.push({ id, text });
      else events.push(event);
    }
    await publish(events, unreadable);
    const numbers = rows.map(({ number }) => number);
    await kysely.deleteFrom("outbox").where("number", "in", numbers).execute();
    return rows.length;
  }
}
