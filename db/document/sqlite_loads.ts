/**
 * Loads documents from SQLite. Statements are prepared once; reads wait for nobody, because what they
 * read is written by commits alone.
 */

import type { Database } from "bun:sqlite";
import {
  type DocumentMember,
  type JournalEntry,
  limits,
  type PersonId,
  type SharedRole,
  type StoredDocument,
  type Tombstone,
} from "../../actors/mod.ts";
import { type TombstoneTable, toTombstone } from "../sql/tombstone.ts";
import type { DocumentLoads } from "./loads.ts";
import { type EntryRow, type LinkRow, toEntry, toLink } from "./schema.ts";

/** Loads over one connection. */
export class SqliteDocumentLoads implements DocumentLoads {
  readonly #reads: ReturnType<typeof prepareReads>;

  constructor({ database }: { database: Database }) {
    this.#reads = prepareReads(database);
  }

  async load(id: string): Promise<StoredDocument | Tombstone | undefined> {
    const row = this.#reads.document.get(id);
    if (!row) return toTombstone(this.#reads.tombstone.get(id));
    const { snapshot_version: version, snapshot_bytes: bytes } = row;
    const snapshot = version === null || bytes === null ? undefined : { version, bytes };
    const recentAfter = row.version - limits.recentVersionsLoadedMax;
    // The newest entries come with their updates: one visit to the journal instead of two.
    const recent = this.#reads.recent.all(id, recentAfter);
    return {
      id,
      ownerId: row.owner_id,
      createdAt: row.created_at,
      deletedAt: row.deleted_at ?? undefined,
      version: row.version,
      members: row.has_members === 0 ? [] : this.#reads.members.all(id).map(toMember),
      links: row.has_links === 0 ? [] : this.#reads.links.all(id).map(toLink),
      snapshot,
      updates: [
        ...this.#updatesBetween(id, { after: version ?? 0, upTo: recentAfter }),
        ...recent.filter(hasBytes).map(({ version, bytes }) => ({ version, bytes })),
      ],
      recent: newest(recent).map(toEntry),
    };
  }

  async entriesAfter(id: string, version: number): Promise<JournalEntry[]> {
    const entries: JournalEntry[] = [];
    let units = 0;
    for (const row of this.#reads.entries.iterate(id, version, limits.entriesReadMax)) {
      entries.push(toEntry(row));
      units += row.delta.length;
      if (units >= limits.entriesReadUnitsMax) break;
    }
    return entries;
  }

  #updatesBetween(id: string, { after, upTo }: { after: number; upTo: number }) {
    return after < upTo ? this.#reads.updates.all(id, after, upTo) : [];
  }
}

/** A snapshot has taken the bytes of what it holds. */
function hasBytes<Row extends { bytes: Uint8Array | null }>(
  row: Row,
): row is Row & { bytes: Uint8Array } {
  return row.bytes !== null;
}

/** The newest rows, as long as what they hold is little; always the last one. */
function newest<Row extends EntryRow>(rows: readonly Row[]): readonly Row[] {
  let units = 0;
  const tooOld = rows.findLastIndex((row, index) => {
    units += row.delta.length;
    return units > limits.entriesReadUnitsMax && index < rows.length - 1;
  });
  return rows.slice(tooOld + 1);
}

function toMember(row: {
  user_id: PersonId;
  role: string;
  link_id: string | null;
}): DocumentMember {
  return { userId: row.user_id, role: row.role as SharedRole, linkId: row.link_id ?? undefined };
}

interface DocumentRow {
  owner_id: PersonId;
  created_at: number;
  deleted_at: number | null;
  version: number;
  snapshot_version: number | null;
  snapshot_bytes: Uint8Array | null;
  has_members: 0 | 1;
  has_links: 0 | 1;
}

/** What is read whenever a note is opened; building it anew each time would cost more than reading. */
function prepareReads(database: Database) {
  return {
    // Most notes are nobody else's: two statements less for them.
    document: database.prepare<DocumentRow, [string]>(
      `SELECT owner_id, created_at, deleted_at, document.version,
         snapshot.version AS snapshot_version, snapshot.bytes AS snapshot_bytes,
         EXISTS (SELECT 1 FROM member WHERE document_id = document.id) AS has_members,
         EXISTS (SELECT 1 FROM link WHERE document_id = document.id) AS has_links
       FROM document LEFT JOIN snapshot ON snapshot.document_id = document.id
       WHERE document.id = ?`,
    ),
    tombstone: database.prepare<TombstoneTable, [string]>(
      "SELECT id, at, owner_id FROM tombstone WHERE id = ?",
    ),
    members: database.prepare<
      { user_id: PersonId; role: string; link_id: string | null },
      [string]
    >("SELECT user_id, role, link_id FROM member WHERE document_id = ?"),
    links: database.prepare<LinkRow, [string]>(
      "SELECT id, role, token_hash, created_at, expires_at FROM link WHERE document_id = ? ORDER BY id",
    ),
    updates: database.prepare<{ version: number; bytes: Uint8Array }, [string, number, number]>(
      `SELECT version, loro_update AS bytes FROM journal
       WHERE document_id = ? AND version > ? AND version <= ? AND loro_update IS NOT NULL
       ORDER BY version`,
    ),
    recent: database.prepare<EntryRow & { bytes: Uint8Array | null }, [string, number]>(
      `SELECT version, operation_id, author_id, at, delta, loro_update AS bytes FROM journal
       WHERE document_id = ? AND version > ? ORDER BY version`,
    ),
    operation: database.prepare<{ version: number }, [string, string, number]>(
      "SELECT version FROM journal WHERE document_id = ? AND operation_id = ? AND version > ?",
    ),
    entries: database.prepare<EntryRow, [string, number, number]>(
      `SELECT version, operation_id, author_id, at, delta FROM journal
       WHERE document_id = ? AND version > ? ORDER BY version LIMIT ?`,
    ),
  };
}
