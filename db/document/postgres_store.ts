/** Where documents live in Postgres: what is written at a moment, and what is loaded, goes together. */

import {
  type ActorStore,
  type Batch,
  type BatchResult,
  type DocumentAnswer,
  type DocumentChange,
  type DocumentNeed,
  type DocumentTypes,
  type JournalEntry,
  limits,
  type StoredDocument,
  type Tombstone,
} from "../../actors/mod.ts";
import type { PostgresConnections } from "../postgres/connections.ts";
import { FencedCommits } from "../postgres/fenced_commits.ts";
import { DocumentLoads } from "./loads.ts";
import { toEntry } from "./schema.ts";
import { writesOf } from "./writes.ts";

type Batches = readonly Batch<DocumentChange>[];

/** Documents in Postgres. */
export class PostgresDocumentStore implements ActorStore<DocumentTypes> {
  readonly #connections: PostgresConnections;
  readonly #commits: FencedCommits<DocumentChange>;
  readonly #loads: DocumentLoads;
  readonly #onEvents: () => void;

  /** `onEvents` is called when events were committed. */
  constructor(
    { connections }: { connections: PostgresConnections },
    { onEvents = () => {} }: { onEvents?: () => void } = {},
  ) {
    this.#connections = connections;
    this.#commits = new FencedCommits(connections, writesOf);
    this.#loads = new DocumentLoads(connections);
    this.#onEvents = onEvents;
  }

  load(id: string): Promise<StoredDocument | Tombstone | undefined> {
    return this.#loads.load(id);
  }

  async fetch(id: string, need: DocumentNeed): Promise<DocumentAnswer> {
    if (need.type === "operation") return await this.#findOperation(id, need);
    return { type: "entries", entries: await this.#entriesAfter(id, need.afterVersion) };
  }

  async commit(batches: Batches): Promise<BatchResult[]> {
    const results = await this.#commits.commit(batches);
    const isTold = batches.some(
      (batch, index) => results[index]?.state === "ok" && batch.changes.some(isEvent),
    );
    if (isTold) this.#onEvents();
    return results;
  }

  async #findOperation(
    id: string,
    { operationId, afterVersion }: Extract<DocumentNeed, { type: "operation" }>,
  ): Promise<DocumentAnswer> {
    const { rows } = await this.#connections.query({
      name: "operation",
      text: `SELECT version FROM journal
        WHERE document_id = $1 AND operation_id = $2 AND version > $3`,
      values: [id, operationId, afterVersion],
    });
    return { type: "operation", version: rows[0]?.version };
  }

  async #entriesAfter(id: string, version: number): Promise<JournalEntry[]> {
    const { rows } = await this.#connections.query({
      name: "entries",
      // The first is there in any case, however long it is. Lengths in bytes are known without reading.
      text: `SELECT version, operation_id, author_id, at, delta FROM (
          SELECT *, sum(octet_length(delta)) OVER (ORDER BY version) - octet_length(delta) AS before
          FROM (
            SELECT version, operation_id, author_id, at, delta FROM journal
            WHERE document_id = $1 AND version > $2 ORDER BY version LIMIT $3
          ) AS next
        ) AS entry WHERE before < $4 ORDER BY version`,
      values: [id, version, limits.entriesReadMax, limits.entriesReadUnitsMax],
    });
    return rows.map(toEntry);
  }
}

function isEvent({ type }: DocumentChange): boolean {
  return type === "event";
}
