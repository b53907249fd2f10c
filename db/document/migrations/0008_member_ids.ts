/** Takes out members whose ids are no ids: they came from paths, and nothing could reach them. */

import { type Kysely, sql } from "kysely";

/** Deletes the rows. */
export async function up(db: Kysely<unknown>): Promise<void> {
  await sql`DELETE FROM member
    WHERE length(user_id) <> 26 OR user_id GLOB '*[^0-9A-HJKMNP-TV-Z]*'`.execute(db);
}
