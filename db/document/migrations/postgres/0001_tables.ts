/** The first tables: documents, their journal and snapshots, who may see them, search, the outbox. */

import { type Kysely, sql } from "kysely";
import { TEXT, TIME } from "../../../sql/column_types.ts";

/** Creates the tables. */
export async function up(db: Kysely<unknown>): Promise<void> {
  await createDocument(db);
  await createJournal(db);
  await createSharing(db);
  await createSearch(db);
  await db.schema
    .createTable("outbox")
    .addColumn("number", "bigint", (column) => column.primaryKey().generatedByDefaultAsIdentity())
    .addColumn("event_id", TEXT, (column) => column.notNull().unique())
    .addColumn("event", TEXT, (column) => column.notNull())
    .addColumn("created_at", TIME, (column) => column.notNull())
    .execute();
}

async function createDocument(db: Kysely<unknown>): Promise<void> {
  await db.schema
    .createTable("document")
    .addColumn("number", "bigint", (column) => column.primaryKey().generatedByDefaultAsIdentity())
    .addColumn("id", TEXT, (column) => column.notNull().unique())
    .addColumn("owner_id", TEXT, (column) => column.notNull())
    .addColumn("created_at", TIME, (column) => column.notNull())
    .addColumn("deleted_at", TIME)
    .addColumn("version", "integer", (column) => column.notNull().defaultTo(0))
    // From here on the read side, which follows the version above.
    .addColumn("projected_version", "integer", (column) => column.notNull().defaultTo(0))
    .addColumn("title", TEXT, (column) => column.notNull().defaultTo(""))
    .addColumn("excerpt", TEXT, (column) => column.notNull().defaultTo(""))
    .addColumn("words", "integer", (column) => column.notNull().defaultTo(0))
    .addColumn("changed_at", TIME, (column) => column.notNull())
    .addColumn("changed_by", TEXT, (column) => column.notNull())
    // Every edit writes the row anew: room for that on its own page.
    .modifyEnd(sql`WITH (fillfactor = 70)`)
    .execute();
  await db.schema.createIndex("document_owner").on("document").columns(["owner_id"]).execute();
  await sql`CREATE INDEX document_unprojected ON document (number)
    WHERE version <> projected_version`.execute(db);
  await sql`CREATE INDEX document_deleted ON document (deleted_at)
    WHERE deleted_at IS NOT NULL`.execute(db);
}

async function createJournal(db: Kysely<unknown>): Promise<void> {
  await db.schema
    .createTable("journal")
    .addColumn("document_id", TEXT, (column) => column.notNull())
    .addColumn("version", "integer", (column) => column.notNull())
    .addColumn("operation_id", TEXT, (column) => column.notNull())
    .addColumn("author_id", TEXT, (column) => column.notNull())
    .addColumn("at", TIME, (column) => column.notNull())
    .addColumn("delta", TEXT, (column) => column.notNull())
    // Null once a snapshot holds it.
    .addColumn("loro_update", "bytea")
    .addColumn("frontiers", "bytea", (column) => column.notNull())
    .addPrimaryKeyConstraint("journal_key", ["document_id", "version"])
    .execute();
  await db.schema
    .createTable("snapshot")
    .addColumn("document_id", TEXT, (column) => column.primaryKey())
    .addColumn("version", "integer", (column) => column.notNull())
    .addColumn("bytes", "bytea", (column) => column.notNull())
    .execute();
}

async function createSharing(db: Kysely<unknown>): Promise<void> {
  await db.schema
    .createTable("member")
    .addColumn("document_id", TEXT, (column) => column.notNull())
    .addColumn("user_id", TEXT, (column) => column.notNull())
    .addColumn("role", TEXT, (column) => column.notNull())
    .addColumn("link_id", TEXT)
    .addPrimaryKeyConstraint("member_key", ["document_id", "user_id"])
    .execute();
  await db.schema.createIndex("member_user").on("member").columns(["user_id"]).execute();
  await db.schema
    .createTable("link")
    .addColumn("id", TEXT, (column) => column.primaryKey())
    .addColumn("document_id", TEXT, (column) => column.notNull())
    .addColumn("role", TEXT, (column) => column.notNull())
    .addColumn("token_hash", TEXT, (column) => column.notNull().unique())
    .addColumn("created_at", TIME, (column) => column.notNull())
    .addColumn("expires_at", TIME)
    .execute();
  await db.schema.createIndex("link_document").on("link").columns(["document_id"]).execute();
  await db.schema
    .createTable("pin")
    .addColumn("user_id", TEXT, (column) => column.notNull())
    .addColumn("document_id", TEXT, (column) => column.notNull())
    .addPrimaryKeyConstraint("pin_key", ["user_id", "document_id"])
    .execute();
}

/** A long document has several rows: see `postgres/search_text.ts`. */
async function createSearch(db: Kysely<unknown>): Promise<void> {
  await db.schema
    .createTable("search")
    .addColumn("number", "bigint", (column) => column.notNull())
    .addColumn("part", "integer", (column) => column.notNull())
    .addColumn("words", sql`tsvector`, (column) => column.notNull())
    .addPrimaryKeyConstraint("search_key", ["number", "part"])
    .execute();
  await sql`CREATE INDEX search_words ON search USING gin (words)`.execute(db);
}
