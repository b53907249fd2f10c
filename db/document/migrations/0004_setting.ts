/** What is kept of the documents as a whole, by name: see `db/document/lineage.ts`. */

import type { Kysely } from "kysely";
import type { ColumnTypes } from "../../sql/column_types.ts";

/** Creates the table. */
export async function up(db: Kysely<unknown>, { TEXT }: ColumnTypes): Promise<void> {
  await db.schema
    .createTable("setting")
    .addColumn("name", TEXT, (column) => column.primaryKey())
    .addColumn("value", TEXT, (column) => column.notNull())
    .execute();
}
