/** Subjects that inboxes take no notifications about anymore, in the words of both databases. */

import { type Kysely, sql } from "kysely";
import type { DataType } from "../../sql/migrations/tombstone.ts";

/** Creates the table, and the index that finds the people who muted a subject. */
export async function createEndedSubject(
  db: Kysely<unknown>,
  { text, time }: { text: DataType; time: DataType },
): Promise<void> {
  await db.schema
    .createTable("ended_subject")
    .addColumn("subject", text, (column) => column.primaryKey())
    .addColumn("at", time, (column) => column.notNull())
    .execute();
  await sql`CREATE INDEX mute_subject ON mute (subject, user_id)`.execute(db);
}
