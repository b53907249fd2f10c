/** How often a parked event was taken by a process that never said what became of it. */

import type { Kysely } from "kysely";

/** Adds the column. */
export async function up(db: Kysely<unknown>): Promise<void> {
  await db.schema
    .alterTable("parked_event")
    .addColumn("unsettled", "integer", (column) => column.notNull().defaultTo(0))
    .execute();
}
