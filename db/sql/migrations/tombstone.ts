/** The table that every service with actors has: the ids of those whose lives have ended. */

import type { Kysely } from "kysely";
import type { ColumnTypes } from "../column_types.ts";

/** Creates the table. */
export async function up(db: Kysely<unknown>, { TEXT, TIME }: ColumnTypes): Promise<void> {
  await db.schema
    .createTable("tombstone")
    .addColumn("id", TEXT, (column) => column.primaryKey())
    .addColumn("at", TIME, (column) => column.notNull())
    // The owner, where there was one.
    .addColumn("owner_id", TEXT)
    .execute();
}
