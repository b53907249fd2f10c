/** The first tables: inboxes with their entries, what was muted, what leaves by channels, and devices. */

import { type Kysely, sql } from "kysely";
import { createEntryIndexes, createOtherIndexes } from "./indexes.ts";

/** Creates the tables. */
export async function up(db: Kysely<unknown>): Promise<void> {
  await createInbox(db);
  await createEntry(db);
  await createDelivery(db);
  await createPushDevice(db);
  await createEntryIndexes(db);
  await createOtherIndexes(db);
}

async function createInbox(db: Kysely<unknown>): Promise<void> {
  await db.schema
    .createTable("inbox")
    .addColumn("user_id", "text", (column) => column.primaryKey())
    .addColumn("unread", "integer", (column) => column.notNull().defaultTo(0))
    // As JSON; null while the defaults hold.
    .addColumn("preferences", "text")
    .modifyEnd(sql`WITHOUT ROWID`)
    .execute();
  await db.schema
    .createTable("mute")
    .addColumn("user_id", "text", (column) => column.notNull())
    .addColumn("subject", "text", (column) => column.notNull())
    // What it was called then, for when its entry is forgotten.
    .addColumn("title", "text", (column) => column.notNull())
    .addColumn("at", "integer", (column) => column.notNull())
    .addPrimaryKeyConstraint("mute_key", ["user_id", "subject"])
    .modifyEnd(sql`WITHOUT ROWID`)
    .execute();
}

async function createEntry(db: Kysely<unknown>): Promise<void> {
  await db.schema
    .createTable("entry")
    .addColumn("user_id", "text", (column) => column.notNull())
    .addColumn("id", "text", (column) => column.notNull())
    .addColumn("subject", "text", (column) => column.notNull())
    .addColumn("title", "text", (column) => column.notNull())
    .addColumn("path", "text", (column) => column.notNull())
    .addColumn("app", "text", (column) => column.notNull())
    .addColumn("kind", "text", (column) => column.notNull())
    .addColumn("reason", "text", (column) => column.notNull())
    .addColumn("by_id", "text")
    .addColumn("by_name", "text")
    .addColumn("at", "integer", (column) => column.notNull())
    .addColumn("items", "integer", (column) => column.notNull())
    // Stays when everything is marked as read at once, so that this can be taken back.
    .addColumn("unread_items", "integer", (column) => column.notNull())
    .addColumn("read_at", "integer")
    .addColumn("archived_at", "integer")
    .addColumn("snoozed_until", "integer")
    .addColumn("withdrawn_at", "integer")
    .addPrimaryKeyConstraint("entry_key", ["user_id", "id"])
    .modifyEnd(sql`WITHOUT ROWID`)
    .execute();
  await db.schema
    .createTable("item")
    .addColumn("user_id", "text", (column) => column.notNull())
    .addColumn("event_id", "text", (column) => column.notNull())
    .addColumn("entry_id", "text", (column) => column.notNull())
    .addColumn("kind", "text", (column) => column.notNull())
    .addColumn("reason", "text", (column) => column.notNull())
    .addColumn("by_id", "text")
    .addColumn("by_name", "text")
    .addColumn("at", "integer", (column) => column.notNull())
    // Nothing is told twice.
    .addPrimaryKeyConstraint("item_key", ["user_id", "event_id"])
    .modifyEnd(sql`WITHOUT ROWID`)
    .execute();
}

async function createDelivery(db: Kysely<unknown>): Promise<void> {
  await db.schema
    .createTable("delivery")
    .addColumn("id", "text", (column) => column.primaryKey())
    .addColumn("user_id", "text", (column) => column.notNull())
    .addColumn("entry_id", "text", (column) => column.notNull())
    .addColumn("channel", "text", (column) => column.notNull())
    .addColumn("pace", "text", (column) => column.notNull())
    // As JSON.
    .addColumn("notification", "text", (column) => column.notNull())
    .addColumn("due_at", "integer", (column) => column.notNull())
    // Until then somebody has it in hand.
    .addColumn("hidden_until", "integer", (column) => column.notNull().defaultTo(0))
    .addColumn("state", "text", (column) => column.notNull().defaultTo("waiting"))
    .addColumn("attempts", "integer", (column) => column.notNull().defaultTo(0))
    .addColumn("answer", "text")
    .addColumn("done_at", "integer")
    .execute();
}

async function createPushDevice(db: Kysely<unknown>): Promise<void> {
  await db.schema
    .createTable("push_device")
    .addColumn("id", "text", (column) => column.primaryKey())
    .addColumn("user_id", "text", (column) => column.notNull())
    .addColumn("name", "text", (column) => column.notNull())
    .addColumn("endpoint", "text", (column) => column.notNull().unique())
    .addColumn("p256dh", "text", (column) => column.notNull())
    .addColumn("auth", "text", (column) => column.notNull())
    .addColumn("created_at", "integer", (column) => column.notNull())
    .addColumn("last_success_at", "integer")
    .addColumn("answer", "text")
    .addColumn("failures", "integer", (column) => column.notNull().defaultTo(0))
    .execute();
}
