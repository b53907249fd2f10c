/** Who hears of changes, and whom a text names. */

import type { Kysely } from "kysely";
import type { ColumnTypes } from "../../sql/column_types.ts";

/** Creates the tables. */
export async function up(db: Kysely<unknown>, { TEXT, withoutRowid }: ColumnTypes): Promise<void> {
  await db.schema
    .createTable("watch")
    .addColumn("document_id", TEXT, (column) => column.notNull())
    .addColumn("user_id", TEXT, (column) => column.notNull())
    .addColumn("is_watching", "integer", (column) => column.notNull())
    .addPrimaryKeyConstraint("watch_key", ["document_id", "user_id"])
    .$call(withoutRowid)
    .execute();
  await db.schema
    .createTable("mention")
    .addColumn("document_id", TEXT, (column) => column.notNull())
    .addColumn("user_id", TEXT, (column) => column.notNull())
    .addPrimaryKeyConstraint("mention_key", ["document_id", "user_id"])
    .$call(withoutRowid)
    .execute();
}
