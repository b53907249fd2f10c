/** Events that could not be handled, until they are. */

import type { Kysely } from "kysely";
import { createParkedEventIndexes } from "./indexes.ts";

/** Creates the table. */
export async function up(db: Kysely<unknown>): Promise<void> {
  await db.schema
    .createTable("parked_event")
    .addColumn("number", "integer", (column) => column.primaryKey().autoIncrement())
    .addColumn("group_name", "text", (column) => column.notNull())
    .addColumn("event_id", "text", (column) => column.notNull())
    .addColumn("subject_id", "text", (column) => column.notNull())
    .addColumn("event", "text", (column) => column.notNull())
    .addColumn("state", "text", (column) => column.notNull())
    // Whether events of its subject wait behind it.
    .addColumn("is_holding", "integer", (column) => column.notNull())
    .addColumn("failures", "integer", (column) => column.notNull())
    .addColumn("error", "text", (column) => column.notNull())
    .addColumn("since", "integer", (column) => column.notNull())
    .addColumn("due_at", "integer", (column) => column.notNull())
    .addUniqueConstraint("parked_event_key", ["group_name", "event_id"])
    .execute();
  await createParkedEventIndexes(db);
}
