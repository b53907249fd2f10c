/** The first tables: people, their sessions, the links with which one joins, and settings. */

import type { Kysely } from "kysely";
import type { ColumnTypes } from "../../sql/column_types.ts";

/** Creates the tables. */
export async function up(kysely: Kysely<unknown>, types: ColumnTypes): Promise<void> {
  const { TEXT } = types;
  await createAccount(kysely, types);
  await createSession(kysely, types);
  await createInvitation(kysely, types);
  await kysely.schema
    .createTable("setting")
    .addColumn("name", TEXT, (column) => column.primaryKey())
    .addColumn("value", TEXT, (column) => column.notNull())
    .execute();
}

async function createAccount(kysely: Kysely<unknown>, types: ColumnTypes): Promise<void> {
  const { TEXT, TIME } = types;
  await kysely.schema
    .createTable("account")
    .addColumn("id", TEXT, (column) => column.primaryKey())
    .addColumn("email", TEXT, (column) => column.notNull())
    // The address as it is compared: one person may not have two accounts by changing its case.
    .addColumn("email_key", TEXT, (column) => column.notNull().unique())
    .addColumn("name", TEXT, (column) => column.notNull())
    // Name and address without case and accents, because SQLite knows only those of ASCII.
    .addColumn("search_key", TEXT, (column) => column.notNull())
    .addColumn("role", TEXT, (column) => column.notNull())
    .addColumn("time_zone", TEXT, (column) => column.notNull())
    .addColumn("language", TEXT, (column) => column.notNull())
    .addColumn("theme", TEXT, (column) => column.notNull())
    .addColumn("shortcuts", "integer", (column) => column.notNull())
    .addColumn("password_hash", TEXT, (column) => column.notNull())
    .addColumn("created_at", TIME, (column) => column.notNull())
    .execute();
}

async function createSession(kysely: Kysely<unknown>, types: ColumnTypes): Promise<void> {
  const { TEXT, TIME } = types;
  await kysely.schema
    .createTable("session")
    .addColumn("token_hash", TEXT, (column) => column.primaryKey())
    .addColumn("id", TEXT, (column) => column.notNull().unique())
    .addColumn("user_id", TEXT, (column) =>
      column.notNull().references("account.id").onDelete("cascade"),
    )
    .addColumn("device", TEXT, (column) => column.notNull())
    .addColumn("address", TEXT, (column) => column.notNull())
    .addColumn("created_at", TIME, (column) => column.notNull())
    .addColumn("last_used_at", TIME, (column) => column.notNull())
    .addColumn("expires_at", TIME, (column) => column.notNull())
    .execute();
  await index(kysely, "session", "user_id");
  await index(kysely, "session", "expires_at");
}

async function createInvitation(kysely: Kysely<unknown>, types: ColumnTypes): Promise<void> {
  const { TEXT, TIME } = types;
  await kysely.schema
    .createTable("invitation")
    .addColumn("id", TEXT, (column) => column.primaryKey())
    .addColumn("token_hash", TEXT, (column) => column.notNull().unique())
    .addColumn("role", TEXT, (column) => column.notNull())
    .addColumn("created_by", TEXT, (column) => column.notNull())
    .addColumn("created_at", TIME, (column) => column.notNull())
    .addColumn("expires_at", TIME, (column) => column.notNull())
    .addColumn("used_at", TIME)
    .addColumn("used_by", TEXT)
    .execute();
}

async function index(kysely: Kysely<unknown>, table: string, column: string): Promise<void> {
  await kysely.schema.createIndex(`${table}_by_${column}`).on(table).column(column).execute();
}
