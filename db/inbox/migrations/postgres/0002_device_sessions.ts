/** Devices belong to the session that added them; see the migration of the same name for SQLite. */

import { type Kysely, sql } from "kysely";
import { TEXT } from "../../../sql/column_types.ts";

/** Empties the table, and adds the column. */
export async function up(db: Kysely<unknown>): Promise<void> {
  await sql`DELETE FROM push_device`.execute(db);
  await db.schema
    .alterTable("push_device")
    .addColumn("session_id", TEXT, (column) => column.notNull())
    .execute();
  await sql`CREATE INDEX push_device_session ON push_device (session_id)`.execute(db);
}
