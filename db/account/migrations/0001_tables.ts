/** The first tables: people, their sessions, the links with which one joins, and settings. */

import type { Kysely } from "kysely";

/** Creates the tables. */
export async function up(kysely: Kysely<unknown>): Promise<void> {
  await createAccount(kysely);
  await createSession(kysely);
  await createInvitation(kysely);
  await kysely.schema
    .createTable("setting")
    .addColumn("name", "text", (column) => column.primaryKey())
    .addColumn("value", "text", (column) => column.notNull())
    .execute();
}

async function createAccount(kysely: Kysely<unknown>): Promise<void> {
  await kysely.schema
    .createTable("account")
    .addColumn("id", "text", (column) => column.primaryKey())
    .addColumn("email", "text", (column) => column.notNull())
    // The address as it is compared: one person may not have two accounts by changing its case.
    .addColumn("email_key", "text", (column) => column.notNull().unique())
    .addColumn("name", "text", (column) => column.notNull())
    // Name and address without case and accents, because SQLite knows only those of ASCII.
    .addColumn("search_key", "text", (column) => column.notNull())
    .addColumn("role", "text", (column) => column.notNull())
    .addColumn("time_zone", "text", (column) => column.notNull())
    .addColumn("language", "text", (column) => column.notNull())
    .addColumn("theme", "text", (column) => column.notNull())
    .addColumn("shortcuts", "integer", (column) => column.notNull())
    .addColumn("password_hash", "text", (column) => column.notNull())
    .addColumn("created_at", "integer", (column) => column.notNull())
    .execute();
}

async function createSession(kysely: Kysely<unknown>): Promise<void> {
  await kysely.schema
    .createTable("session")
    .addColumn("token_hash", "text", (column) => column.primaryKey())
    .addColumn("id", "text", (column) => column.notNull().unique())
    .addColumn("user_id", "text", (column) =>
      column.notNull().references("account.id").onDelete("cascade"),
    )
    .addColumn("device", "text", (column) => column.notNull())
    .addColumn("address", "text", (column) => column.notNull())
    .addColumn("created_at", "integer", (column) => column.notNull())
    .addColumn("last_used_at", "integer", (column) => column.notNull())
    .addColumn("expires_at", "integer", (column) => column.notNull())
    .execute();
  await index(kysely, "session", "user_id");
  await index(kysely, "session", "expires_at");
}

async function createInvitation(kysely: Kysely<unknown>): Promise<void> {
  await kysely.schema
    .createTable("invitation")
    .addColumn("id", "text", (column) => column.primaryKey())
    .addColumn("token_hash", "text", (column) => column.notNull().unique())
    .addColumn("role", "text", (column) => column.notNull())
    .addColumn("created_by", "text", (column) => column.notNull())
    .addColumn("created_at", "integer", (column) => column.notNull())
    .addColumn("expires_at", "integer", (column) => column.notNull())
    .addColumn("used_at", "integer")
    .addColumn("used_by", "text")
    .execute();
}

async function index(kysely: Kysely<unknown>, table: string, column: string): Promise<void> {
  await kysely.schema.createIndex(`${table}_by_${column}`).on(table).column(column).execute();
}
