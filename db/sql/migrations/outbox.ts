/** The outbox: events that are true since the same transaction and that nobody has been told yet. */

import type { Kysely } from "kysely";
import type { ColumnTypes } from "../column_types.ts";

/** Creates the table. */
export async function up(
  db: Kysely<unknown>,
  { TEXT, TIME, NUMBER, identity }: ColumnTypes,
): Promise<void> {
  await db.schema
    .createTable("outbox")
    .addColumn("number", NUMBER, identity)
    .addColumn("event_id", TEXT, (column) => column.notNull().unique())
    .addColumn("event", TEXT, (column) => column.notNull())
    .addColumn("created_at", TIME, (column) => column.notNull())
    .execute();
}
