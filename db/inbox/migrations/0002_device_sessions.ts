/**
 * Devices belong to the session that added them. Those from before belong to none: nobody knows which
 * session added them, or whether it has ended since, so they go, and are added again by their people.
 */

import { type Kysely, sql } from "kysely";
import type { ColumnTypes } from "../../sql/column_types.ts";

/** Empties the table, and adds the column. */
export async function up(db: Kysely<unknown>, types: ColumnTypes): Promise<void> {
  if (types.engine === "sqlite") await makeAnew(db, types);
  else await addColumn(db, types);
  await sql`CREATE INDEX push_device_session ON push_device (session_id)`.execute(db);
}

async function addColumn(db: Kysely<unknown>, { TEXT }: ColumnTypes): Promise<void> {
  await sql`DELETE FROM push_device`.execute(db);
  await db.schema
    .alterTable("push_device")
    .addColumn("session_id", TEXT, (column) => column.notNull())
    .execute();
}

/** SQLite adds no column that has to be something and has no default. */
async function makeAnew(db: Kysely<unknown>, { TEXT, TIME }: ColumnTypes): Promise<void> {
  await db.schema.dropTable("push_device").execute();
  await db.schema
    .createTable("push_device")
    .addColumn("id", TEXT, (column) => column.primaryKey())
    .addColumn("user_id", TEXT, (column) => column.notNull())
    .addColumn("session_id", TEXT, (column) => column.notNull())
    .addColumn("name", TEXT, (column) => column.notNull())
    .addColumn("endpoint", TEXT, (column) => column.notNull().unique())
    .addColumn("p256dh", TEXT, (column) => column.notNull())
    .addColumn("auth", TEXT, (column) => column.notNull())
    .addColumn("created_at", TIME, (column) => column.notNull())
    .addColumn("last_success_at", TIME)
    .addColumn("answer", TEXT)
    .addColumn("failures", "integer", (column) => column.notNull().defaultTo(0))
    .execute();
  await sql`CREATE INDEX push_device_user ON push_device (user_id)`.execute(db);
}
