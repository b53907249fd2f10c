/** Events that could not be handled, until they are. */

import type { Kysely } from "kysely";
import type { ColumnTypes } from "../../sql/column_types.ts";
import { createParkedEventIndexes } from "./indexes.ts";

/** Creates the table. */
export async function up(
  db: Kysely<unknown>,
  { TEXT, TIME, NUMBER, identity }: ColumnTypes,
): Promise<void> {
  await db.schema
    .createTable("parked_event")
    .addColumn("number", NUMBER, identity)
    .addColumn("group_name", TEXT, (column) => column.notNull())
    .addColumn("event_id", TEXT, (column) => column.notNull())
    .addColumn("subject_id", TEXT, (column) => column.notNull())
    .addColumn("event", TEXT, (column) => column.notNull())
    .addColumn("state", TEXT, (column) => column.notNull())
    // Whether events of its subject wait behind it.
    .addColumn("is_holding", "integer", (column) => column.notNull())
    .addColumn("failures", "integer", (column) => column.notNull())
    .addColumn("error", TEXT, (column) => column.notNull())
    .addColumn("since", TIME, (column) => column.notNull())
    .addColumn("due_at", TIME, (column) => column.notNull())
    .addUniqueConstraint("parked_event_key", ["group_name", "event_id"])
    .execute();
  await createParkedEventIndexes(db);
}
