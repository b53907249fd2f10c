/** Where events that fail are kept in tests: the real table, in memory. */

import type { InboxSchema } from "../../db/inbox_schema.ts";
import { inboxMigrations } from "../../db/migrations/inbox/mod.ts";
import { openSqlite } from "../../db/open.ts";
import { SqlParkedEvents } from "../../db/parked_events.ts";

/** An empty table of its own. */
export async function openParkedEvents(): Promise<SqlParkedEvents> {
  return new SqlParkedEvents(await openSqlite<InboxSchema>(":memory:", inboxMigrations));
}
