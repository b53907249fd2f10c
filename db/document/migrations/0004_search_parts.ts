/** A long text has several rows in the search index, each named by its document's number and its part. */

import { type Kysely, sql } from "kysely";

/** What was indexed stays found: a text that has one row is divided when it changes. */
export async function up(db: Kysely<unknown>): Promise<void> {
  await sql`ALTER TABLE search RENAME TO search_whole`.execute(db);
  await sql`CREATE VIRTUAL TABLE search USING fts5(
    title, body, tokenize = "unicode61 remove_diacritics 2", prefix = '1 2 3'
  )`.execute(db);
  // Merging is done in steps of our own: by itself FTS5 merges as much as it likes with some write.
  await sql`INSERT INTO search (search, rank) VALUES ('automerge', 0)`.execute(db);
  await sql`INSERT INTO search (search, rank) VALUES ('crisismerge', 1000)`.execute(db);
  await sql`INSERT INTO search (rowid, title, body)
    SELECT rowid * 1024, title, body FROM search_whole`.execute(db);
  await sql`DROP TABLE search_whole`.execute(db);
}
