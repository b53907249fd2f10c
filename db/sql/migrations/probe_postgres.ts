/** A row of each service that shows whether its schema can be written: see `db/health_probe.ts`. */

import { type Kysely, sql } from "kysely";

/** Creates the table. What fills it must take the room that it says, so it is not compressed. */
export async function up(db: Kysely<unknown>): Promise<void> {
  await db.schema
    .createTable("probe")
    .addColumn("id", "integer", (column) => column.primaryKey())
    .addColumn("count", "bigint", (column) => column.notNull())
    .addColumn("padding", "bytea")
    .execute();
  await sql`ALTER TABLE probe ALTER COLUMN padding SET STORAGE EXTERNAL`.execute(db);
}
