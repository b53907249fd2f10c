/** The table of actors whose state is small: see `db/sql/state_store.ts`. */

import type { Kysely } from "kysely";
import type { ColumnTypes } from "../column_types.ts";

/** Creates the table. */
export async function up(db: Kysely<unknown>, { TEXT, withoutRowid }: ColumnTypes): Promise<void> {
  await db.schema
    .createTable("state")
    .addColumn("id", TEXT, (column) => column.primaryKey())
    // Of the shape that the state was written in.
    .addColumn("version", "integer", (column) => column.notNull())
    // As JSON.
    .addColumn("state", TEXT, (column) => column.notNull())
    .$call(withoutRowid)
    .execute();
}
