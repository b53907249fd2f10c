/** The ids of purged notes. */

import type { Kysely } from "kysely";
import { TEXT, TIME } from "../../postgres_types.ts";
import { createTombstone } from "../../tombstone.ts";

/** Creates the table. */
export async function up(db: Kysely<unknown>): Promise<void> {
  await createTombstone(db, { text: TEXT, time: TIME });
}
