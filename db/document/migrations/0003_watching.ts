/** Who hears of changes, and whom a text names. */

import { type Kysely, sql } from "kysely";

/** Creates the tables. */
export async function up(db: Kysely<unknown>): Promise<void> {
  await db.schema
    .createTable("watch")
    .addColumn("document_id", "text", (column) => column.notNull())
    .addColumn("user_id", "text", (column) => column.notNull())
    .addColumn("is_watching", "integer", (column) => column.notNull())
    .addPrimaryKeyConstraint("watch_key", ["document_id", "user_id"])
    .modifyEnd(sql`WITHOUT ROWID`)
    .execute();
  await db.schema
    .createTable("mention")
    .addColumn("document_id", "text", (column) => column.notNull())
    .addColumn("user_id", "text", (column) => column.notNull())
    .addPrimaryKeyConstraint("mention_key", ["document_id", "user_id"])
    .modifyEnd(sql`WITHOUT ROWID`)
    .execute();
}
