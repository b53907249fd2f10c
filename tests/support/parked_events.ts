/** Where events that fail are kept in tests: the real table, in memory. */

import { inboxSteps } from "../../db/inbox/migrations/mod.ts";
import { SqlParkedEvents } from "../../db/inbox/parked_events.ts";
import type { InboxSchema } from "../../db/inbox/schema.ts";
import { sqliteMigrations } from "../../db/sql/migrate.ts";
import { openSqlite } from "../../db/sqlite/open.ts";

/** An empty table of its own. */
export async function openParkedEvents(): Promise<SqlParkedEvents> {
  return new SqlParkedEvents(
    await openSqlite<InboxSchema>(":memory:", sqliteMigrations(inboxSteps)),
  );
}
