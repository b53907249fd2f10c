/** Takes out members whose ids are no ids: they came from paths, and nothing could reach them. */

import { type Kysely, sql } from "kysely";
import type { ColumnTypes } from "../../sql/column_types.ts";

/** Deletes the rows. */
export async function up(db: Kysely<unknown>, { engine }: ColumnTypes): Promise<void> {
  const isNone =
    engine === "sqlite"
      ? sql`length(user_id) <> 26 OR user_id GLOB '*[^0-9A-HJKMNP-TV-Z]*'`
      : sql`user_id !~ '^[0-9A-HJKMNP-TV-Z]{26}$'`;
  await sql`DELETE FROM member WHERE ${isNone}`.execute(db);
}
