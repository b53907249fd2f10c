/** The ids of purged inboxes, and the subjects of purged notes. */

import type { Kysely } from "kysely";
import { TEXT, TIME } from "../../../sql/column_types.ts";
import { createTombstone } from "../../../sql/migrations/tombstone.ts";
import { createEndedSubject } from "../ended_subject.ts";

/** Creates the tables. */
export async function up(db: Kysely<unknown>): Promise<void> {
  const types = { text: TEXT, time: TIME };
  await createTombstone(db, types);
  await createEndedSubject(db, types);
}
