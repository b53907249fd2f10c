/**
 * Devices belong to the session that added them. Those from before belong to none: nobody knows which
 * session added them, or whether it has ended since, so they go, and are added again by their people.
 */

import { type Kysely, sql } from "kysely";

/** Makes the table anew. */
export async function up(db: Kysely<unknown>): Promise<void> {
  await db.schema.dropTable("push_device").execute();
  await db.schema
    .createTable("push_device")
    .addColumn("id", "text", (column) => column.primaryKey())
    .addColumn("user_id", "text", (column) => column.notNull())
    .addColumn("session_id", "text", (column) => column.notNull())
    .addColumn("name", "text", (column) => column.notNull())
    .addColumn("endpoint", "text", (column) => column.notNull().unique())
    .addColumn("p256dh", "text", (column) => column.notNull())
    .addColumn("auth", "text", (column) => column.notNull())
    .addColumn("created_at", "integer", (column) => column.notNull())
    .addColumn("last_success_at", "integer")
    .addColumn("answer", "text")
    .addColumn("failures", "integer", (column) => column.notNull().defaultTo(0))
    .execute();
  await sql`CREATE INDEX push_device_user ON push_device (user_id)`.execute(db);
  await sql`CREATE INDEX push_device_session ON push_device (session_id)`.execute(db);
}
