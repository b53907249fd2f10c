/** The first tables: inboxes with their entries, what was muted, what leaves by channels, and devices. */

import type { Kysely } from "kysely";
import type { ColumnTypes } from "../../sql/column_types.ts";
import { createEntryIndexes, createOtherIndexes } from "./indexes.ts";

/** Creates the tables. */
export async function up(db: Kysely<unknown>, types: ColumnTypes): Promise<void> {
  await createInbox(db, types);
  await createEntry(db, types);
  await createDelivery(db, types);
  await createPushDevice(db, types);
  await createEntryIndexes(db);
  await createOtherIndexes(db);
}

async function createInbox(db: Kysely<unknown>, types: ColumnTypes): Promise<void> {
  const { TEXT, TIME, withoutRowid } = types;
  await db.schema
    .createTable("inbox")
    .addColumn("user_id", TEXT, (column) => column.primaryKey())
    .addColumn("unread", "integer", (column) => column.notNull().defaultTo(0))
    // As JSON; null while the defaults hold.
    .addColumn("preferences", TEXT)
    .$call(withoutRowid)
    .execute();
  await db.schema
    .createTable("mute")
    .addColumn("user_id", TEXT, (column) => column.notNull())
    .addColumn("subject", TEXT, (column) => column.notNull())
    // What it was called then, for when its entry is forgotten.
    .addColumn("title", TEXT, (column) => column.notNull())
    .addColumn("at", TIME, (column) => column.notNull())
    .addPrimaryKeyConstraint("mute_key", ["user_id", "subject"])
    .$call(withoutRowid)
    .execute();
}

async function createEntry(db: Kysely<unknown>, types: ColumnTypes): Promise<void> {
  const { TEXT, TIME, withoutRowid } = types;
  await db.schema
    .createTable("entry")
    .addColumn("user_id", TEXT, (column) => column.notNull())
    .addColumn("id", TEXT, (column) => column.notNull())
    .addColumn("subject", TEXT, (column) => column.notNull())
    .addColumn("title", TEXT, (column) => column.notNull())
    .addColumn("path", TEXT, (column) => column.notNull())
    .addColumn("app", TEXT, (column) => column.notNull())
    .addColumn("kind", TEXT, (column) => column.notNull())
    .addColumn("reason", TEXT, (column) => column.notNull())
    .addColumn("by_id", TEXT)
    .addColumn("by_name", TEXT)
    .addColumn("at", TIME, (column) => column.notNull())
    .addColumn("items", "integer", (column) => column.notNull())
    // Stays when everything is marked as read at once, so that this can be taken back.
    .addColumn("unread_items", "integer", (column) => column.notNull())
    .addColumn("read_at", TIME)
    .addColumn("archived_at", TIME)
    .addColumn("snoozed_until", TIME)
    .addColumn("withdrawn_at", TIME)
    .addPrimaryKeyConstraint("entry_key", ["user_id", "id"])
    .$call(withoutRowid)
    .execute();
  await db.schema
    .createTable("item")
    .addColumn("user_id", TEXT, (column) => column.notNull())
    .addColumn("event_id", TEXT, (column) => column.notNull())
    .addColumn("entry_id", TEXT, (column) => column.notNull())
    .addColumn("kind", TEXT, (column) => column.notNull())
    .addColumn("reason", TEXT, (column) => column.notNull())
    .addColumn("by_id", TEXT)
    .addColumn("by_name", TEXT)
    .addColumn("at", TIME, (column) => column.notNull())
    // Nothing is told twice.
    .addPrimaryKeyConstraint("item_key", ["user_id", "event_id"])
    .$call(withoutRowid)
    .execute();
}

async function createDelivery(db: Kysely<unknown>, types: ColumnTypes): Promise<void> {
  const { TEXT, TIME } = types;
  await db.schema
    .createTable("delivery")
    .addColumn("id", TEXT, (column) => column.primaryKey())
    .addColumn("user_id", TEXT, (column) => column.notNull())
    .addColumn("entry_id", TEXT, (column) => column.notNull())
    .addColumn("channel", TEXT, (column) => column.notNull())
    .addColumn("pace", TEXT, (column) => column.notNull())
    // As JSON.
    .addColumn("notification", TEXT, (column) => column.notNull())
    .addColumn("due_at", TIME, (column) => column.notNull())
    // Until then somebody has it in hand.
    .addColumn("hidden_until", TIME, (column) => column.notNull().defaultTo(0))
    .addColumn("state", TEXT, (column) => column.notNull().defaultTo("waiting"))
    .addColumn("attempts", "integer", (column) => column.notNull().defaultTo(0))
    .addColumn("answer", TEXT)
    .addColumn("done_at", TIME)
    .execute();
}

async function createPushDevice(db: Kysely<unknown>, types: ColumnTypes): Promise<void> {
  const { TEXT, TIME } = types;
  await db.schema
    .createTable("push_device")
    .addColumn("id", TEXT, (column) => column.primaryKey())
    .addColumn("user_id", TEXT, (column) => column.notNull())
    .addColumn("name", TEXT, (column) => column.notNull())
    .addColumn("endpoint", TEXT, (column) => column.notNull().unique())
    .addColumn("p256dh", TEXT, (column) => column.notNull())
    .addColumn("auth", TEXT, (column) => column.notNull())
    .addColumn("created_at", TIME, (column) => column.notNull())
    .addColumn("last_success_at", TIME)
    .addColumn("answer", TEXT)
    .addColumn("failures", "integer", (column) => column.notNull().defaultTo(0))
    .execute();
}
