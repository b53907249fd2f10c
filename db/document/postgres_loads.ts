/**
 * Loads documents. Those that are asked for in the same moment are read by one statement, a row for
 * each, with its entries and updates folded into it: a driver in JavaScript is slow at rows.
 */

import {
  type JournalEntry,
  limits,
  type PersonId,
  type SharedRole,
  type StoredDocument,
  type Tombstone,
} from "../../actors/mod.ts";
import type { PostgresConnections } from "../postgres/connections.ts";
import { GatheredReads } from "../postgres/gathered_reads.ts";
import { type TombstoneTable, toTombstone } from "../sql/tombstone.ts";
import type { DocumentLoads } from "./loads.ts";
import { toEntry } from "./schema.ts";

/** What runs the statement. */
export type LoadConnections = Pick<PostgresConnections, "query">;

/** Gathers loads. */
export class PostgresDocumentLoads implements DocumentLoads {
  readonly #connections: LoadConnections;
  readonly #reads: GatheredReads<string, StoredDocument | Tombstone | undefined>;

  constructor(connections: LoadConnections) {
    this.#connections = connections;
    this.#reads = new GatheredReads((ids) => this.#loadAll(ids), {
      ...{ questionsMax: limits.loadDocumentsMax, queriesMax: limits.loadQueriesMax },
    });
  }

  /** Reads one document. */
  load(id: string): Promise<StoredDocument | Tombstone | undefined> {
    return this.#reads.read(id);
  }

  async entriesAfter(id: string, version: number): Promise<JournalEntry[]> {
    const { rows } = await this.#connections.query({
      ...{ name: "entries", text: ENTRIES },
      values: [id, version, limits.entriesReadMax, limits.entriesReadUnitsMax],
    });
    return rows.map(toEntry);
  }

  async #loadAll(ids: readonly string[]): Promise<(StoredDocument | Tombstone | undefined)[]> {
    const { rows } = await this.#connections.query({
      ...{ name: "load", text: LOAD },
      values: [[...new Set(ids)], limits.recentVersionsLoadedMax, limits.entriesReadUnitsMax],
    });
    const found = new Map(rows.map((row: LoadedRow) => [row.id, row]));
    const buried = await this.#buried(ids.filter((id) => !found.has(id)));
    return ids.map((id) => {
      const row = found.get(id);
      return row ? toStored(row) : toTombstone(buried.get(id));
    });
  }

  /** Looked for only where there is no document: nearly always there is one. */
  async #buried(ids: readonly string[]): Promise<Map<string, TombstoneTable>> {
    if (ids.length === 0) return new Map();
    const { rows } = await this.#connections.query({
      ...{ name: "buried", values: [ids] },
      text: "SELECT id, at, owner_id FROM tombstone WHERE id = ANY ($1::text[])",
    });
    return new Map(rows.map((row) => [row.id, row]));
  }
}

interface LoadedRow {
  id: string;
  owner_id: PersonId;
  created_at: number;
  deleted_at: number | null;
  version: number;
  snapshot_version: number | null;
  snapshot_bytes: Uint8Array | null;
  members: [userId: PersonId, role: SharedRole, linkId: string | null][] | null;
  links: LinkCells[] | null;
  /** Versions and lengths of the updates that stand in `tail_bytes` one behind the other. */
  tail: [version: number, length: number][] | null;
  tail_bytes: Uint8Array | null;
  recent: EntryCells[] | null;
}

type LinkCells = [
  id: string,
  role: SharedRole,
  tokenHash: string,
  createdAt: number,
  expiresAt: number | null,
];

type EntryCells = [
  version: number,
  operationId: string,
  authorId: string,
  at: number,
  delta: JournalEntry["delta"],
];

function toStored(row: LoadedRow): StoredDocument {
  return {
    id: row.id,
    ownerId: row.owner_id,
    createdAt: row.created_at,
    deletedAt: row.deleted_at ?? undefined,
    version: row.version,
    members: (row.members ?? []).map(([userId, role, linkId]) => ({
      userId,
      role,
      linkId: linkId ?? undefined,
    })),
    links: (row.links ?? []).map(([id, role, tokenHash, createdAt, expiresAt]) => ({
      id,
      role,
      tokenHash,
      createdAt,
      expiresAt: expiresAt ?? undefined,
    })),
    snapshot:
      row.snapshot_version === null || row.snapshot_bytes === null
        ? undefined
        : { version: row.snapshot_version, bytes: row.snapshot_bytes },
    updates: toUpdates(row),
    recent: (row.recent ?? []).map(([version, operationId, authorId, at, delta]) => ({
      version,
      operationId,
      authorId,
      at,
      delta,
    })),
  };
}

function toUpdates({ tail, tail_bytes: bytes }: LoadedRow): StoredDocument["updates"] {
  if (tail === null || bytes === null) return [];
  let end = 0;
  return tail.map(([version, length]) => {
    const start = end;
    end += length;
    return { version, bytes: bytes.subarray(start, end) };
  });
}

const LOAD = `
  SELECT document.id, owner_id, created_at, deleted_at, document.version,
    snapshot.version AS snapshot_version, snapshot.bytes AS snapshot_bytes,
    (SELECT json_agg(json_build_array(user_id, role, link_id) ORDER BY user_id)
      FROM member WHERE document_id = document.id) AS members,
    (SELECT json_agg(json_build_array(id, role, token_hash, created_at, expires_at) ORDER BY id)
      FROM link WHERE document_id = document.id) AS links,
    updates.tail, updates.bytes AS tail_bytes, entries.recent
  FROM document
  LEFT JOIN snapshot ON snapshot.document_id = document.id
  LEFT JOIN LATERAL (
    SELECT json_agg(json_build_array(version, octet_length(loro_update)) ORDER BY version) AS tail,
      string_agg(loro_update, NULL ORDER BY version) AS bytes
    FROM journal WHERE document_id = document.id
      AND version > coalesce(snapshot.version, 0) AND loro_update IS NOT NULL
  ) AS updates ON true
  LEFT JOIN LATERAL (
    SELECT json_agg(
      json_build_array(version, operation_id, author_id, at, delta::json) ORDER BY version
    ) AS recent
    FROM (
      SELECT version, operation_id, author_id, at, delta,
        sum(octet_length(delta)) OVER (ORDER BY version DESC) AS bytes
      FROM journal WHERE document_id = document.id AND version > document.version - $2::int
    ) AS newest WHERE bytes <= $3::int OR version = document.version
  ) AS entries ON true
  WHERE document.id = ANY ($1::text[])`;

/** The first is there in any case, however long it is. Lengths in bytes are known without reading. */
const ENTRIES = `
  SELECT version, operation_id, author_id, at, delta FROM (
    SELECT *, sum(octet_length(delta)) OVER (ORDER BY version) - octet_length(delta) AS before
    FROM (
      SELECT version, operation_id, author_id, at, delta FROM journal
      WHERE document_id = $1 AND version > $2 ORDER BY version LIMIT $3
    ) AS next
  ) AS entry WHERE before < $4 ORDER BY version`;
