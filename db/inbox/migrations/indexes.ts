/** The indexes of the first tables, which both databases say in the same words. */

import { type Kysely, type RawBuilder, sql } from "kysely";

/** One for each view of an inbox, so that each is read in its order and no further than one page. */
export async function createEntryIndexes(db: Kysely<unknown>): Promise<void> {
  await run(db, [
    sql`CREATE UNIQUE INDEX entry_subject ON entry (subject, user_id)`,
    sql`CREATE INDEX entry_unread ON entry (user_id, at, id, app)
      WHERE read_at IS NULL AND archived_at IS NULL AND snoozed_until IS NULL
        AND withdrawn_at IS NULL`,
    sql`CREATE INDEX entry_read ON entry (user_id, at, id, app)
      WHERE read_at IS NOT NULL AND archived_at IS NULL AND snoozed_until IS NULL
        AND withdrawn_at IS NULL`,
    sql`CREATE INDEX entry_snoozed ON entry (user_id, snoozed_until, id, app)
      WHERE snoozed_until IS NOT NULL AND archived_at IS NULL AND withdrawn_at IS NULL`,
    sql`CREATE INDEX entry_archived ON entry (user_id, at, id, app)
      WHERE archived_at IS NOT NULL AND withdrawn_at IS NULL`,
    // Beyond one inbox: whose sleep is over, and what is old.
    sql`CREATE INDEX entry_due ON entry (snoozed_until) WHERE snoozed_until IS NOT NULL`,
    sql`CREATE INDEX entry_old ON entry (at) WHERE snoozed_until IS NULL`,
  ]);
}

/** For what belongs to entries, and for what leaves. */
export async function createOtherIndexes(db: Kysely<unknown>): Promise<void> {
  await run(db, [
    sql`CREATE INDEX item_entry ON item (user_id, entry_id, at)`,
    sql`CREATE INDEX item_old ON item (at)`,
    sql`CREATE INDEX delivery_due ON delivery (due_at, user_id, id) WHERE state = 'waiting'`,
    sql`CREATE INDEX delivery_entry ON delivery (user_id, entry_id)`,
    sql`CREATE INDEX delivery_done ON delivery (done_at) WHERE done_at IS NOT NULL`,
    sql`CREATE INDEX push_device_user ON push_device (user_id)`,
  ]);
}

/** For what is due on each channel. */
export async function replaceDeliveryIndex(db: Kysely<unknown>): Promise<void> {
  await run(db, [
    sql`DROP INDEX delivery_due`,
    sql`CREATE INDEX delivery_due ON delivery (channel, due_at, user_id, id)
      WHERE state = 'waiting'`,
  ]);
}

/** For what is due, what waits for the same subject, and what administrators look at. */
export async function createParkedEventIndexes(db: Kysely<unknown>): Promise<void> {
  await run(db, [
    sql`CREATE INDEX parked_event_due ON parked_event (group_name, due_at) WHERE state = 'waiting'`,
    sql`CREATE INDEX parked_event_subject ON parked_event (group_name, subject_id, is_holding, number)
      WHERE state = 'waiting'`,
    sql`CREATE INDEX parked_event_about ON parked_event (subject_id)`,
    sql`CREATE INDEX parked_event_state ON parked_event (state, number)`,
  ]);
}

async function run(db: Kysely<unknown>, statements: readonly RawBuilder<unknown>[]): Promise<void> {
  for (const statement of statements) await statement.execute(db);
}
