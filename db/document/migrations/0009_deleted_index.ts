/** Notes in the trash are found without going through all others. */

import { type Kysely, sql } from "kysely";

/** Creates the index. */
export async function up(db: Kysely<unknown>): Promise<void> {
  await sql`CREATE INDEX document_deleted ON document (deleted_at)
    WHERE deleted_at IS NOT NULL`.execute(db);
}
