/** The table that every service with actors has: the ids of those whose lives have ended. */

import type { ColumnDataType, Kysely, RawBuilder } from "kysely";

/** A column's type in one of the databases. */
export type DataType = ColumnDataType | RawBuilder<unknown>;

/** Creates the table, with the types of a database. */
export async function createTombstone(
  db: Kysely<unknown>,
  { text, time }: { text: DataType; time: DataType },
): Promise<void> {
  await db.schema
    .createTable("tombstone")
    .addColumn("id", text, (column) => column.primaryKey())
    .addColumn("at", time, (column) => column.notNull())
    // The owner, where there was one.
    .addColumn("owner_id", text)
    .execute();
}
