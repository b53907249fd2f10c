/** The ids of purged notes. */

import type { Kysely } from "kysely";
import { TEXT, TIME } from "../../../sql/column_types.ts";
import { createTombstone } from "../../../sql/migrations/tombstone.ts";

/** Creates the table. */
export async function up(db: Kysely<unknown>): Promise<void> {
  await createTombstone(db, { text: TEXT, time: TIME });
}
