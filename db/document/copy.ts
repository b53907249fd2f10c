/**
 * Goes over every document that was copied: compares what both stores load and the text it makes, and
 * makes it searchable, because the two databases keep an index each in its own form.
 */

import {
  type DocumentState,
  documentBehavior,
  type StoredDocument,
  Tombstone,
} from "../../actors/mod.ts";
import type { Lease } from "../postgres/connections.ts";
import type { SqliteSource } from "../sqlite/source.ts";
import { PostgresDocumentLoads } from "./postgres_loads.ts";
import type { DocumentSchema } from "./schema.ts";
import { searchParts } from "./search_text.ts";
import { SearchWords } from "./search_words.ts";
import { SqliteDocumentLoads } from "./sqlite_loads.ts";

interface Row {
  id: string;
  number: number;
  title: string;
  projected_version: number;
}

/** Compares and indexes all documents, and says so. Throws at the first that differs. */
export async function checkDocuments(
  source: SqliteSource<DocumentSchema>,
  target: Lease,
): Promise<string[]> {
  const store = new SqliteDocumentLoads(source);
  const loads = new PostgresDocumentLoads({ query: (statement) => target.query(statement) });
  using rows = source.database.prepare<Row, []>(
    "SELECT id, number, title, projected_version FROM document ORDER BY number",
  );
  let count = 0;
  for (const { id, number, title, projected_version } of rows.iterate()) {
    // One at a time: each may be as large as notes get.
    const [wanted, received] = [await store.load(id), await loads.load(id)];
    const text = textOf(id, wanted);
    if (!Bun.deepEquals(wanted, received) || textOf(id, received) !== text) {
      throw new Error(
        `Cannot copy document "${id}": wanted what SQLite has, received another text`,
      );
    }
    if (projected_version > 0) await index(target, { number, rows: rowsOf(title, text) });
    count++;
  }
  return [`The text of ${count} documents is the same in both.`];
}

async function index(target: Lease, { number, rows }: { number: number; rows: string[] }) {
  await target.query({
    name: "index",
    text: `INSERT INTO search (number, part, words)
      SELECT $1::bigint, part, words::tsvector
      FROM unnest($2::text[]) WITH ORDINALITY AS given (words, part)`,
    values: [number, rows],
  });
}

function rowsOf(title: string, text: string): string[] {
  const words = new SearchWords();
  words.add(title);
  for (const part of searchParts(text)) words.add(part);
  return words.rows();
}

function textOf(id: string, stored: StoredDocument | Tombstone | undefined): string {
  if (stored instanceof Tombstone) {
    throw new Error(`Cannot read document "${id}": wanted its text, received a tombstone`);
  }
  const state: DocumentState = documentBehavior.load(id, stored);
  try {
    let outcome = documentBehavior.apply(state, { type: "describe" });
    // A long history is loaded in slices.
    while (outcome.type === "continues") outcome = documentBehavior.apply(state, outcome.rest);
    if (outcome.type === "done" && outcome.reply.type === "described") return outcome.reply.text;
    throw new Error(`Cannot read document "${id}": wanted its text, received "${outcome.type}"`);
  } finally {
    documentBehavior.dispose?.(state);
  }
}
