/** Full-text search over documents, as each of the two databases does it. */

import { type Expression, type Kysely, type SqlBool, sql } from "kysely";
import { type Clock, limits, Slices } from "../../actors/mod.ts";
import type { SqlDialect } from "../sql/dialect.ts";
import type { DocumentSchema } from "./schema.ts";
import { mergeAfterWrite, mergeSearch } from "./search_merge.ts";
import { IndexedParts, indexedText, searchExpressions, searchParts } from "./search_text.ts";
import { SearchWords, searchQueries } from "./search_words.ts";

/** A document's text as the index takes it. */
export interface SearchedText {
  number: number;
  title: string;
  text: string;
}

/** What is left to be written of a text, in the transaction that projects it. */
export type SearchRows = readonly string[];

/** The index of words. A long text has several rows, so that no step holds the thread. */
export interface DocumentSearch {
  /** What documents have to fulfill; undefined when there is no word to look for. */
  condition(query: string): Expression<SqlBool> | undefined;
  /** Lets projections of one document wait for each other until their transactions end. */
  queue(kysely: Kysely<DocumentSchema>, id: string): Promise<void>;
  /** Does what can be done before that transaction, in slices; repeating it changes nothing. */
  prepare(
    kysely: Kysely<DocumentSchema>,
    document: SearchedText,
    clock: Clock,
  ): Promise<SearchRows>;
  /** Replaces what the index has of a document. */
  write(
    kysely: Kysely<DocumentSchema>,
    document: Pick<SearchedText, "number" | "title">,
    rows: SearchRows,
  ): Promise<void>;
  /** Leaves nothing in the index of what was deleted from it before, in slices. */
  erase(kysely: Kysely<DocumentSchema>, clock: Clock): Promise<void>;
}

/** The index of a database. */
export function documentSearch(dialect: SqlDialect): DocumentSearch {
  return dialect.name === "sqlite" ? sqliteSearch : postgresSearch;
}

/** In SQLite a row of the index is named by its document's number and its part. */
const SEARCH_PARTS_PER_NUMBER = 1_024;

function rowidOf(number: number, part: number): number {
  return number * SEARCH_PARTS_PER_NUMBER + part;
}

const sqliteSearch: DocumentSearch = {
  condition(query) {
    const expressions = searchExpressions(query);
    if (expressions.length === 0) return undefined;
    const conditions = expressions.map(
      (words) => sql`document.number IN (
        SELECT rowid / ${sql.lit(SEARCH_PARTS_PER_NUMBER)} FROM search WHERE search MATCH ${words}
      )`,
    );
    return sql<boolean>`(${sql.join(conditions, sql` AND `)})`;
  },

  // There is one connection, and a transaction has it alone.
  async queue() {},

  async prepare(kysely, { number, text }, clock) {
    const slices = new Slices(clock, limits.workSliceMsMax, limits.workRestMs);
    const indexed = new IndexedParts();
    let first = "";
    let part = 0;
    for (const piece of searchParts(text)) {
      const words = indexed.next(piece);
      if (part === 0) first = words;
      else await replacePart(kysely, { number, part, words });
      part++;
      await mergeAfterWrite(kysely, slices);
    }
    await removeParts(kysely, { number, from: part }, slices);
    return [first];
  },

  async write(kysely, { number, title }, [first = ""]) {
    const rowid = rowidOf(number, 0);
    await sql`DELETE FROM search WHERE rowid = ${rowid}`.execute(kysely);
    await sql`INSERT INTO search (rowid, title, body)
      VALUES (${rowid}, ${indexedText(title)}, ${first})`.execute(kysely);
  },

  erase: mergeSearch,
};

/** Writes a part of a document that is there: one that was purged meanwhile gets nothing. */
async function replacePart(
  kysely: Kysely<DocumentSchema>,
  { number, part, words }: { number: number; part: number; words: string },
): Promise<void> {
  const rowid = rowidOf(number, part);
  await kysely.transaction().execute(async (transaction) => {
    await sql`DELETE FROM search WHERE rowid = ${rowid}`.execute(transaction);
    await sql`INSERT INTO search (rowid, title, body)
      SELECT ${rowid}, '', ${words}
      WHERE EXISTS (SELECT 1 FROM document WHERE number = ${number})`.execute(transaction);
  });
}

/** Removes what a text has no parts for anymore, one after the other. */
export async function removeParts(
  kysely: Kysely<DocumentSchema>,
  { number, from }: { number: number; from: number },
  slices: Slices,
): Promise<void> {
  const { rows } = await sql<{ rowid: number }>`SELECT rowid FROM search
    WHERE rowid BETWEEN ${rowidOf(number, from)} AND ${rowidOf(number + 1, 0) - 1}`.execute(kysely);
  for (const { rowid } of rows) {
    await sql`DELETE FROM search WHERE rowid = ${rowid}`.execute(kysely);
    if (slices.isOver) await slices.next();
  }
}

const postgresSearch: DocumentSearch = {
  // Dead rows and their words stay until they are vacuumed: see docs/limitations.md.
  async erase() {},

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

  async prepare(_kysely, { title, text }, clock) {
    const slices = new Slices(clock, limits.workSliceMsMax, limits.workRestMs);
    const words = new SearchWords();
    words.add(title);
    for (const part of searchParts(text)) {
      words.add(part);
      if (slices.isOver) await slices.next();
    }
    return words.rows();
  },

  async write(kysely, { number }, rows) {
    await sql`DELETE FROM search WHERE number = ${number}`.execute(kysely);
    await sql`INSERT INTO search (number, part, words)
      SELECT ${number}::bigint, part, words::tsvector
      FROM unnest(${rows}::text[]) WITH ORDINALITY AS given (words, part)`.execute(kysely);
  },
};
