/** A row of each service that shows whether its database can be written: see `db/health_probe.ts`. */

import { type Kysely, sql } from "kysely";
import type { ColumnTypes } from "../column_types.ts";

/** Creates the table. */
export async function up(
  db: Kysely<unknown>,
  { engine, NUMBER, BYTES }: ColumnTypes,
): Promise<void> {
  await db.schema
    .createTable("probe")
    .addColumn("id", "integer", (column) => column.primaryKey())
    .addColumn("count", NUMBER, (column) => column.notNull())
    .addColumn("padding", BYTES)
    .execute();
  if (engine === "sqlite") return;
  // What fills it must take the room that it says, so it is not compressed.
  await sql`ALTER TABLE probe ALTER COLUMN padding SET STORAGE EXTERNAL`.execute(db);
}
