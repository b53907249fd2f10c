/** The first tables: documents, their journal and snapshots, who may see them, and the search index. */

import { type Kysely, sql } from "kysely";
import type { ColumnTypes } from "../../sql/column_types.ts";
import * as outbox from "../../sql/migrations/outbox.ts";
import * as deletedIndex from "./0009_deleted_index.ts";

/** Creates the tables. */
export async function up(db: Kysely<unknown>, types: ColumnTypes): Promise<void> {
  await createDocument(db, types);
  await createJournal(db, types);
  await createSharing(db, types);
  if (types.engine === "sqlite") return await createSearchIndex(db);
  await createSearchWords(db, types);
  // What came to SQLite later.
  await deletedIndex.up(db);
  await outbox.up(db, types);
}

async function createDocument(db: Kysely<unknown>, types: ColumnTypes): Promise<void> {
  const { TEXT, TIME, NUMBER, identity } = types;
  const table = db.schema
    .createTable("document")
    // The search index refers to this number; an id would cost it 26 bytes a row.
    .addColumn("number", NUMBER, identity)
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
    .addColumn("changed_by", TEXT, (column) => column.notNull());
  // Every edit writes the row anew, and Postgres wants room for that on its own page.
  const fill = sql`WITH (fillfactor = 70)`;
  await (types.engine === "postgres" ? table.modifyEnd(fill) : table).execute();
  await db.schema.createIndex("document_owner").on("document").columns(["owner_id"]).execute();
  await sql`CREATE INDEX document_unprojected ON document (number)
    WHERE version <> projected_version`.execute(db);
}

async function createJournal(db: Kysely<unknown>, types: ColumnTypes): Promise<void> {
  const { TEXT, TIME, BYTES, withoutRowid } = types;
  await db.schema
    .createTable("journal")
    .addColumn("document_id", TEXT, (column) => column.notNull())
    .addColumn("version", "integer", (column) => column.notNull())
    .addColumn("operation_id", TEXT, (column) => column.notNull())
    .addColumn("author_id", TEXT, (column) => column.notNull())
    .addColumn("at", TIME, (column) => column.notNull())
    .addColumn("delta", TEXT, (column) => column.notNull())
    // Null once a snapshot holds it.
    .addColumn("loro_update", BYTES)
    .addColumn("frontiers", BYTES, (column) => column.notNull())
    .addPrimaryKeyConstraint("journal_key", ["document_id", "version"])
    .$call(withoutRowid)
    .execute();
  await db.schema
    .createTable("snapshot")
    .addColumn("document_id", TEXT, (column) => column.primaryKey())
    .addColumn("version", "integer", (column) => column.notNull())
    .addColumn("bytes", BYTES, (column) => column.notNull())
    .execute();
}

async function createSharing(db: Kysely<unknown>, types: ColumnTypes): Promise<void> {
  const { TEXT, TIME, withoutRowid } = types;
  await db.schema
    .createTable("member")
    .addColumn("document_id", TEXT, (column) => column.notNull())
    .addColumn("user_id", TEXT, (column) => column.notNull())
    .addColumn("role", TEXT, (column) => column.notNull())
    .addColumn("link_id", TEXT)
    .addPrimaryKeyConstraint("member_key", ["document_id", "user_id"])
    .$call(withoutRowid)
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
    .$call(withoutRowid)
    .execute();
}

/** The words of scripts without spaces are indexed character by character: see `search_text.ts`. */
async function createSearchIndex(db: Kysely<unknown>): Promise<void> {
  await sql`CREATE VIRTUAL TABLE search USING fts5(
    title, body, tokenize = "unicode61 remove_diacritics 2", prefix = '2 3'
  )`.execute(db);
}

/** A long document has several rows: see `search_words.ts`. */
async function createSearchWords(db: Kysely<unknown>, types: ColumnTypes): Promise<void> {
  await db.schema
    .createTable("search")
    .addColumn("number", types.NUMBER, (column) => column.notNull())
    .addColumn("part", "integer", (column) => column.notNull())
    .addColumn("words", sql`tsvector`, (column) => column.notNull())
    .addPrimaryKeyConstraint("search_key", ["number", "part"])
    .execute();
  await sql`CREATE INDEX search_words ON search USING gin (words)`.execute(db);
}
