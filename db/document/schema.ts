/** The tables of documents, as Kysely sees them. */

import type { Generated } from "kysely";
import type { DocumentLink, JournalEntry, PersonId, SharedRole } from "../../actors/mod.ts";
import type { OutboxTable } from "../sql/outbox.ts";
import type { TombstoneTable } from "../sql/tombstone.ts";

/** The database of the document service. */
export interface DocumentSchema {
  document: {
    number: Generated<number>;
    id: string;
    owner_id: PersonId;
    created_at: number;
    deleted_at: number | null;
    version: Generated<number>;
    projected_version: Generated<number>;
    title: Generated<string>;
    excerpt: Generated<string>;
    words: Generated<number>;
    changed_at: number;
    changed_by: string;
  };
  journal: {
    document_id: string;
    version: number;
    operation_id: string;
    author_id: string;
    at: number;
    /** A delta as JSON. */
    delta: string;
    loro_update: Uint8Array | null;
    frontiers: Uint8Array;
  };
  snapshot: { document_id: string; version: number; bytes: Uint8Array };
  member: { document_id: string; user_id: PersonId; role: string; link_id: string | null };
  link: {
    id: string;
    document_id: string;
    role: string;
    token_hash: string;
    created_at: number;
    expires_at: number | null;
  };
  pin: { user_id: PersonId; document_id: string };
  /** What people said about hearing of changes: 1, or 0. */
  watch: { document_id: string; user_id: PersonId; is_watching: number };
  /** Whom the text names. */
  mention: { document_id: string; user_id: PersonId };
  /** In SQLite an FTS5 table, in Postgres rows of words: see `search.ts`. */
  search: { rowid: Generated<number>; number: number };
  /** What is kept of the documents as a whole. */
  setting: { name: string; value: string };
  /** Events that nobody was told yet. */
  outbox: OutboxTable;
  /** Purged documents of which large tables hold something yet; only in SQLite. */
  remains: { number: number; document_id: string };
  /** The ids of purged documents. */
  tombstone: TombstoneTable;
}

/** Loro's encoding of no frontiers at all: a list of length zero. */
export const EMPTY_FRONTIERS = new Uint8Array([0]);

/** A row of the journal, without its bytes. */
export interface EntryRow {
  version: number;
  operation_id: string;
  author_id: string;
  at: number;
  delta: string;
}

/** The entry of a row. */
export function toEntry(row: EntryRow): JournalEntry {
  return {
    version: row.version,
    operationId: row.operation_id,
    authorId: row.author_id,
    at: row.at,
    delta: JSON.parse(row.delta),
  };
}

/** A row of the links. */
export interface LinkRow {
  id: string;
  role: string;
  token_hash: string;
  created_at: number;
  expires_at: number | null;
}

/** The link of a row. */
export function toLink(row: LinkRow): DocumentLink {
  return {
    id: row.id,
    role: row.role as SharedRole,
    tokenHash: row.token_hash,
    createdAt: row.created_at,
    expiresAt: row.expires_at ?? undefined,
  };
}
