/** What nobody is told about anymore, which both databases say in the same words. */

import { type Kysely, sql } from "kysely";
import type { DataType } from "../tombstone.ts";

/** Creates the table of what nobody is told about anymore, and a way to who has muted it. */
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
