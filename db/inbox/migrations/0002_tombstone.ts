/** The ids of purged inboxes, and the subjects of purged notes. */

import { type Kysely, sql } from "kysely";
import type { ColumnTypes } from "../../sql/column_types.ts";
import * as tombstone from "../../sql/migrations/tombstone.ts";

/** Creates the tables, and the index that finds the people who muted a subject. */
export async function up(db: Kysely<unknown>, types: ColumnTypes): Promise<void> {
  await tombstone.up(db, types);
  await db.schema
    .createTable("ended_subject")
    .addColumn("subject", types.TEXT, (column) => column.primaryKey())
    .addColumn("at", types.TIME, (column) => column.notNull())
    .execute();
  await sql`CREATE INDEX mute_subject ON mute (subject, user_id)`.execute(db);
}
