/** What is left of a purged note in large tables, until it is erased in slices. */

import type { Kysely } from "kysely";

/** Creates the table. */
export async function up(db: Kysely<unknown>): Promise<void> {
  await db.schema
    .createTable("remains")
    .addColumn("number", "integer", (column) => column.primaryKey())
    .addColumn("document_id", "text", (column) => column.notNull())
    .execute();
}
