/**
 * Where documents live in Postgres. One transaction writes a whole commit: it locks the shards of its
 * documents first, so that a claim has to wait for it, and refuses what stands under an older epoch.
 *
 * Its statements go out together and only the last word waits for their answers, so that a commit
 * takes two ways to the server and back, however many documents are in it.
 */

import {
  type ActorStore,
  type Batch,
  type BatchResult,
  type DocumentAnswer,
  type DocumentChange,
  type DocumentNeed,
  type DocumentTypes,
  type JournalEntry,
  type StoredDocument,
  SuiteError,
} from "../../actors/mod.ts";
import { EMPTY_FRONTIERS } from "../document_schema.ts";
import type { LeasedConnection, PostgresConnections, Statement } from "./connections.ts";
import { DocumentLoads } from "./document_loads.ts";
import { writesOf } from "./document_writes.ts";
import { isAway, unavailable } from "./errors.ts";

type Batches = readonly Batch<DocumentChange>[];

/** How an attempt to write batches ended. */
type Attempt =
  | { state: "ok" }
  /** Nothing was written, because of these. */
  | { state: "stale"; batches: ReadonlySet<Batch<DocumentChange>> }
  /** Nothing was written. */
  | { state: "failed"; error: unknown }
  /** Nobody knows whether it was written. */
  | { state: "unknown"; error: unknown };

/** Documents in Postgres. */
export class PostgresDocumentStore implements ActorStore<DocumentTypes> {
  readonly #connections: PostgresConnections;
  readonly #loads: DocumentLoads;
  readonly #onEvents: () => void;

  /** `onEvents` is called when events were committed. */
  constructor(
    { connections }: { connections: PostgresConnections },
    { onEvents = () => {} }: { onEvents?: () => void } = {},
  ) {
    this.#connections = connections;
    this.#loads = new DocumentLoads(connections);
    this.#onEvents = onEvents;
  }

  load(id: string): Promise<StoredDocument | undefined> {
    return this.#loads.load(id);
  }

  async fetch(id: string, need: DocumentNeed): Promise<DocumentAnswer> {
    if (need.type === "entries") {
      return { type: "entries", entries: await this.#entriesAfter(id, need.afterVersion) };
    }
    const entries = await this.#entriesAfter(id, need.version);
    if (need.version === 0) return { type: "frontiers", frontiers: EMPTY_FRONTIERS, entries };
    const { rows } = await this.#connections.query({
      name: "frontiers",
      text: "SELECT frontiers FROM journal WHERE document_id = $1 AND version = $2",
      values: [id, need.version],
    });
    return { type: "frontiers", frontiers: rows[0]?.frontiers, entries };
  }

  async commit(batches: Batches): Promise<BatchResult[]> {
    const results = await this.#commit(batches);
    const isTold = batches.some(
      (batch, index) => results[index]?.state === "ok" && batch.changes.some(isEvent),
    );
    if (isTold) this.#onEvents();
    return results;
  }

  async #commit(batches: Batches): Promise<BatchResult[]> {
    const stale = new Set<Batch<DocumentChange>>();
    let attempt = await this.#attempt(batches);
    // What was found stale stays so: each round leaves fewer.
    while (attempt.state === "stale") {
      for (const batch of attempt.batches) stale.add(batch);
      attempt = await this.#attempt(batches.filter((batch) => !stale.has(batch)));
    }
    const rest = batches.filter((batch) => !stale.has(batch));
    const result = toResult(attempt);
    // One that cannot be written must not keep the others from being: each tries for itself.
    const alone =
      mayBlameOne(attempt) && rest.length > 1 ? await this.#commitEach(rest) : undefined;
    return batches.map((batch) =>
      stale.has(batch) ? notOwner(batch) : (alone?.get(batch) ?? result),
    );
  }

  async #commitEach(batches: Batches): Promise<Map<unknown, BatchResult>> {
    const results = new Map<unknown, BatchResult>();
    for (const batch of batches) {
      const attempt = await this.#attempt([batch]);
      results.set(batch, attempt.state === "stale" ? notOwner(batch) : toResult(attempt));
    }
    return results;
  }

  async #attempt(batches: Batches): Promise<Attempt> {
    if (batches.length === 0) return { state: "ok" };
    const attempt = await this.#attemptOnce(batches);
    // A connection that died while nobody used it: nothing can have been written over it.
    return attempt.state === "failed" && isAway(attempt.error) && this.#connections.state() === "ok"
      ? await this.#attemptOnce(batches)
      : attempt;
  }

  async #attemptOnce(batches: Batches): Promise<Attempt> {
    let lease: LeasedConnection;
    try {
      lease = await this.#connections.connect();
    } catch (error) {
      return { state: "failed", error };
    }
    try {
      const attempt = await write(lease, batches);
      return attempt.state === "ok" ? await conclude(lease) : await giveUp(lease, attempt);
    } finally {
      lease.release();
    }
  }

  async #entriesAfter(id: string, version: number): Promise<JournalEntry[]> {
    const { rows } = await this.#connections.query({
      name: "entries",
      text: `SELECT version, operation_id, author_id, at, delta FROM journal
        WHERE document_id = $1 AND version > $2 ORDER BY version`,
      values: [id, version],
    });
    return rows.map((row) => ({
      version: row.version,
      operationId: row.operation_id,
      authorId: row.author_id,
      at: row.at,
      delta: JSON.parse(row.delta),
    }));
  }
}

/** Sends everything but the last word, and looks at the answers. */
async function write(lease: LeasedConnection, batches: Batches): Promise<Attempt> {
  const fence = fenceOf(batches);
  const begun = lease.query("BEGIN");
  const fenced = fence && lease.query(fence);
  const written = writesOf(batches).map((statement) => lease.query(statement));
  const [fences, ...answers] = await Promise.allSettled([fenced, begun, ...written]);
  if (fences?.status === "fulfilled" && fences.value !== undefined) {
    const epochs = new Map(fences.value.rows.map(({ shard, epoch }) => [shard, epoch]));
    const stale = batches.filter(({ fence: it }) => it && epochs.get(it.shard) !== it.epoch);
    // Before what else went wrong: a document that has moved on refuses what comes from behind.
    if (stale.length > 0) return { state: "stale", batches: new Set(stale) };
  }
  const failure = [fences, ...answers].find((answer) => answer?.status === "rejected");
  return failure ? { state: "failed", error: failure.reason } : { state: "ok" };
}

async function conclude(lease: LeasedConnection): Promise<Attempt> {
  try {
    const { command } = await lease.query("COMMIT");
    if (command === "COMMIT") return { state: "ok" };
    return { state: "failed", error: unavailable(new Error(`received ${command}`)) };
  } catch (error) {
    return { state: "unknown", error };
  }
}

/** Rolls back; a connection over which that fails is given up with its transaction. */
async function giveUp(lease: LeasedConnection, attempt: Attempt): Promise<Attempt> {
  await lease.query("ROLLBACK").catch(() => lease.release(true));
  return attempt;
}

/** Locks the shards in order, so that two commits never wait for each other in a circle. */
function fenceOf(batches: Batches): Statement | undefined {
  const shards = new Set<number>();
  for (const { fence } of batches) if (fence !== undefined) shards.add(fence.shard);
  if (shards.size === 0) return undefined;
  const text = `SELECT shard, epoch FROM cluster.shard
    WHERE shard = ANY ($1::int[]) ORDER BY shard FOR SHARE`;
  return { name: "fence", text, values: [[...shards]] };
}

/** Whether what went wrong lies in the data, and not in the database as a whole. */
function mayBlameOne(attempt: Attempt): boolean {
  if (attempt.state !== "failed") return false;
  return !(attempt.error instanceof SuiteError && attempt.error.code === "store_failed");
}

function toResult(attempt: Attempt): BatchResult {
  if (attempt.state === "ok") return { state: "ok" };
  const cause = attempt.state === "stale" ? undefined : attempt.error;
  return { state: "failed", error: cause instanceof SuiteError ? cause : cannotSave(cause) };
}

function cannotSave(cause: unknown): SuiteError {
  const message = "Cannot save: the database refused the write";
  return new SuiteError("store_failed", message, { cause, retryAfterSeconds: 1 });
}

function notOwner({ fence }: Batch<DocumentChange>): BatchResult {
  const message = `Cannot save: shard ${fence?.shard} has a newer owner, received epoch ${fence?.epoch}`;
  return { state: "failed", error: new SuiteError("not_owner", message) };
}

function isEvent({ type }: DocumentChange): boolean {
  return type === "event";
}
