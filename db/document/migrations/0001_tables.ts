/** The first tables: documents, their journal and snapshots, who may see them, and the search index. */

import { type Kysely, sql } from "kysely";

/** Creates the tables. */
export async function up(db: Kysely<unknown>): Promise<void> {
  await createDocument(db);
  await createJournal(db);
  await createSharing(db);
  // The words of scripts without spaces are indexed character by character: see `search_text.ts`.
  await sql`CREATE VIRTUAL TABLE search USING fts5(
    title, body, tokenize = "unicode61 remove_diacritics 2", prefix = '2 3'
  )`.execute(db);
}

async function createDocument(db: Kysely<unknown>): Promise<void> {
  await db.schema
    .createTable("document")
    // The search index refers to this number; an id would cost it 26 bytes a row.
    .addColumn("number", "integer", (column) => column.primaryKey().autoIncrement())
    .addColumn("id", "text", (column) => column.notNull().unique())
    .addColumn("owner_id", "text", (column) => column.notNull())
    .addColumn("created_at", "integer", (column) => column.notNull())
    .addColumn("deleted_at", "integer")
    .addColumn("version", "integer", (column) => column.notNull().defaultTo(0))
    // From here on the read side, which follows the version above.
    .addColumn("projected_version", "integer", (column) => column.notNull().defaultTo(0))
    .addColumn("title", "text", (column) => column.notNull().defaultTo(""))
    .addColumn("excerpt", "text", (column) => column.notNull().defaultTo(""))
    .addColumn("words", "integer", (column) => column.notNull().defaultTo(0))
    .addColumn("changed_at", "integer", (column) => column.notNull())
    .addColumn("changed_by", "text", (column) => column.notNull())
    .execute();
  await db.schema.createIndex("document_owner").on("document").columns(["owner_id"]).execute();
  await sql`CREATE INDEX document_unprojected ON document (number)
    WHERE version <> projected_version`.execute(db);
}

async function createJournal(db: Kysely<unknown>): Promise<void> {
  await db.schema
    .createTable("journal")
    .addColumn("document_id", "text", (column) => column.notNull())
    .addColumn("version", "integer", (column) => column.notNull())
    .addColumn("operation_id", "text", (column) => column.notNull())
    .addColumn("author_id", "text", (column) => column.notNull())
    .addColumn("at", "integer", (column) => column.notNull())
    .addColumn("delta", "text", (column) => column.notNull())
    // Null once a snapshot holds it.
    .addColumn("loro_update", "blob")
    .addColumn("frontiers", "blob", (column) => column.notNull())
    .addPrimaryKeyConstraint("journal_key", ["document_id", "version"])
    .modifyEnd(sql`WITHOUT ROWID`)
    .execute();
  await db.schema
    .createTable("snapshot")
    .addColumn("document_id", "text", (column) => column.primaryKey())
    .addColumn("version", "integer", (column) => column.notNull())
    .addColumn("bytes", "blob", (column) => column.notNull())
    .execute();
}

async function createSharing(db: Kysely<unknown>): Promise<void> {
  await db.schema
    .createTable("member")
    .addColumn("document_id", "text", (column) => column.notNull())
    .addColumn("user_id", "text", (column) => column.notNull())
    .addColumn("role", "text", (column) => column.notNull())
    .addColumn("link_id", "text")
    .addPrimaryKeyConstraint("member_key", ["document_id", "user_id"])
    .modifyEnd(sql`WITHOUT ROWID`)
    .execute();
  await db.schema.createIndex("member_user").on("member").columns(["user_id"]).execute();
  await db.schema
    .createTable("link")
    .addColumn("id", "text", (column) => column.primaryKey())
    .addColumn("document_id", "text", (column) => column.notNull())
    .addColumn("role", "text", (column) => column.notNull())
    .addColumn("token_hash", "text", (column) => column.notNull().unique())
    .addColumn("created_at", "integer", (column) => column.notNull())
    .addColumn("expires_at", "integer")
    .execute();
  await db.schema.createIndex("link_document").on("link").columns(["document_id"]).execute();
  await db.schema
    .createTable("pin")
    .addColumn("user_id", "text", (column) => column.notNull())
    .addColumn("document_id", "text", (column) => column.notNull())
    .addPrimaryKeyConstraint("pin_key", ["user_id", "document_id"])
    .modifyEnd(sql`WITHOUT ROWID`)
    .execute();
}
