/** The outbox: events that are true since the same transaction and that nobody has been told yet. */

import type { Kysely } from "kysely";

/** Creates the table. */
export async function up(db: Kysely<unknown>): Promise<void> {
  await db.schema
    .createTable("outbox")
    .addColumn("number", "integer", (column) => column.primaryKey().autoIncrement())
    .addColumn("event_id", "text", (column) => column.notNull().unique())
    .addColumn("event", "text", (column) => column.notNull())
    .addColumn("created_at", "integer", (column) => column.notNull())
    .execute();
}
