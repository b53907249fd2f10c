/** Full-text search over documents, as each of the two databases does it. */

import { type Expression, type Kysely, type SqlBool, sql } from "kysely";
import type { DocumentSchema } from "./document_schema.ts";
import { searchQueries, searchRows } from "./postgres/search_text.ts";
import { indexedText, searchExpression } from "./search_text.ts";
import type { SqlDialect } from "./sql_dialect.ts";

/** A document's text as the index takes it. */
export interface SearchedText {
  number: number;
  title: string;
  text: string;
}

/** The index of words. */
export interface DocumentSearch {
  /** What documents have to fulfill; undefined when there is no word to look for. */
  condition(query: string): Expression<SqlBool> | undefined;
  /** Lets projections of one document wait for each other until their transactions end. */
  queue(kysely: Kysely<DocumentSchema>, id: string): Promise<void>;
  /** Replaces what the index has of a document. */
  write(kysely: Kysely<DocumentSchema>, document: SearchedText): Promise<void>;
}

/** The index of a database. */
export function documentSearch(dialect: SqlDialect): DocumentSearch {
  return dialect.name === "sqlite" ? sqliteSearch : postgresSearch;
}

const sqliteSearch: DocumentSearch = {
  condition(query) {
    const expression = searchExpression(query);
    if (expression === undefined) return undefined;
    return sql<boolean>`document.number IN (SELECT rowid FROM search WHERE search MATCH ${expression})`;
  },

  // There is one connection, and whoever has it is alone.
  async queue() {},

  async write(kysely, { number, title, text }) {
    await sql`DELETE FROM search WHERE rowid = ${number}`.execute(kysely);
    await sql`INSERT INTO search (rowid, title, body)
      VALUES (${number}, ${indexedText(title)}, ${indexedText(text)})`.execute(kysely);
  },
};

const postgresSearch: DocumentSearch = {
  condition(query) {
    const queries = searchQueries(query);
    if (queries.length === 0) return undefined;
    const conditions = queries.map(
      (words) =>
        sql`document.number IN (SELECT number FROM search WHERE words @@ ${words}::tsquery)`,
    );
    return sql<boolean>`(${sql.join(conditions, sql` AND `)})`;
  },

  // A lock on the document's row would keep edits waiting while the index is written.
  async queue(kysely, id) {
    await sql`SELECT pg_advisory_xact_lock(hashtextextended(${id}, 0))`.execute(kysely);
  },

  async write(kysely, { number, title, text }) {
    const rows = searchRows(title, text);
    await sql`DELETE FROM search WHERE number = ${number}`.execute(kysely);
    await sql`INSERT INTO search (number, part, words)
      SELECT ${number}::bigint, part, words::tsvector
      FROM unnest(${rows}::text[]) WITH ORDINALITY AS given (words, part)`.execute(kysely);
  },
};
