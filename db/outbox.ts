/**
 * The outbox of a service: events wait here from the transaction that made them true until they are
 * safe in the stream. In Postgres the rows that a node hands out are locked meanwhile, and other nodes
 * skip them; SQLite belongs to one process, which hands out one part after the other.
 */

import { type Kysely, sql } from "kysely";
import type { DomainEvent, Outbox } from "../actors/mod.ts";
import type { OutboxTable } from "./document_schema.ts";
import type { SqlDatabase } from "./sql_dialect.ts";

/** Any schema with an outbox in it. */
export interface OutboxSchema {
  outbox: OutboxTable;
}

type Publish = (events: DomainEvent[]) => Promise<void>;

/** Writes an event into the outbox of a service; a repeat of it is told once. */
export async function writeEvent<Schema extends OutboxSchema>(
  kysely: Kysely<Schema>,
  event: DomainEvent,
): Promise<void> {
  await sql`INSERT INTO outbox (event_id, event, created_at)
    VALUES (${event.id}, ${JSON.stringify(event)}, ${event.at})
    ON CONFLICT (event_id) DO NOTHING`.execute(kysely);
}

/** The outbox over either database. */
export class SqlOutbox implements Outbox {
  readonly #kysely: Kysely<OutboxSchema>;
  readonly #locksRows: boolean;
  #onWritten: () => void = () => {};
  #last: Promise<unknown> = Promise.resolve();

  constructor({ kysely, dialect }: SqlDatabase<OutboxSchema>) {
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
      .select(["number", "event"])
      .orderBy("number")
      .limit(limit)
      .$if(this.#locksRows, (query) => query.forUpdate().skipLocked())
      .execute();
    if (rows.length === 0) return 0;
    await publish(rows.map(({ event }) => JSON.parse(event)));
    const numbers = rows.map(({ number }) => number);
    await kysely.deleteFrom("outbox").where("number", "in", numbers).execute();
    return rows.length;
  }
}
