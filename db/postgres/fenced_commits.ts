/**
 * How actors are written to Postgres. One transaction writes a whole commit: it locks the shards of
 * its actors first, so that a claim has to wait for it, and refuses what stands under an older epoch.
 *
 * Its statements go out together and only the last word waits for their answers, so that a commit
 * takes two ways to the server and back, however many actors are in it.
 */

import { type Batch, type BatchResult, SuiteError } from "../../actors/mod.ts";
import type { Commits, WritesOf } from "../sql/actor_database.ts";
import type { Rows } from "../sql/table.ts";
import type { LeasedConnection, PostgresConnections, Statement } from "./connections.ts";
import { isAway, unavailable } from "./errors.ts";

type Batches<Change> = readonly Batch<Change>[];

/** How an attempt to write batches ended. */
type Attempt =
  | { state: "ok" }
  /** Nothing was written, because of these. */
  | { state: "stale"; batches: ReadonlySet<unknown> }
  /** Nothing was written. */
  | { state: "failed"; error: unknown }
  /** Nobody knows whether it was written. */
  | { state: "unknown"; error: unknown };

/** Commits batches by a function that says what they write. */
export class FencedCommits<Change> implements Commits<Change> {
  readonly #connections: PostgresConnections;
  readonly #writesOf: WritesOf<Change>;

  constructor(connections: PostgresConnections, writesOf: WritesOf<Change>) {
    this.#connections = connections;
    this.#writesOf = writesOf;
  }

  /** Writes all that are not stale in one transaction, or each for itself when one cannot be. */
  async commit(batches: Batches<Change>): Promise<BatchResult[]> {
    const stale = new Set<unknown>();
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

  async #commitEach(batches: Batches<Change>): Promise<Map<unknown, BatchResult>> {
    const results = new Map<unknown, BatchResult>();
    for (const batch of batches) {
      const attempt = await this.#attempt([batch]);
      results.set(batch, attempt.state === "stale" ? notOwner(batch) : toResult(attempt));
    }
    return results;
  }

  async #attempt(batches: Batches<Change>): Promise<Attempt> {
    if (batches.length === 0) return { state: "ok" };
    const attempt = await this.#attemptOnce(batches);
    // A connection that died while nobody used it: nothing can have been written over it.
    return attempt.state === "failed" && isAway(attempt.error) && this.#connections.state() === "ok"
      ? await this.#attemptOnce(batches)
      : attempt;
  }

  async #attemptOnce(batches: Batches<Change>): Promise<Attempt> {
    let lease: LeasedConnection;
    try {
      lease = await this.#connections.connect();
    } catch (error) {
      return { state: "failed", error };
    }
    try {
      const attempt = await write(lease, batches, this.#writesOf(batches).map(statementOf));
      return attempt.state === "ok" ? await conclude(lease) : await giveUp(lease, attempt);
    } finally {
      lease.release();
    }
  }
}

/** A row's cells become a place in one array for each column. */
function statementOf([{ name, columns, postgres }, rows]: Rows): Statement {
  const values = Object.keys(columns).map((_, column) => rows.map((row) => row[column]));
  return { name: `write_${name}`, text: postgres, values };
}

/** Sends everything but the last word, and looks at the answers. */
async function write<Change>(
  lease: LeasedConnection,
  batches: Batches<Change>,
  statements: readonly Statement[],
): Promise<Attempt> {
  const fence = fenceOf(batches);
  const begun = lease.query("BEGIN");
  const fenced = fence && lease.query(fence);
  const written = statements.map((statement) => lease.query(statement));
  const [fences, ...answers] = await Promise.allSettled([fenced, begun, ...written]);
  if (fences?.status === "fulfilled" && fences.value !== undefined) {
    const epochs = new Map(fences.value.rows.map(({ shard, epoch }) => [shard, epoch]));
    const stale = batches.filter(({ fence: it }) => it && epochs.get(it.shard) !== it.epoch);
    // Before what else went wrong: an actor that has moved on refuses what comes from behind.
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
function fenceOf(batches: Batches<unknown>): Statement | undefined {
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

function notOwner({ fence }: Batch<unknown>): BatchResult {
  const message = `Cannot save: shard ${fence?.shard} has a newer owner, received epoch ${fence?.epoch}`;
  return { state: "failed", error: new SuiteError("not_owner", message) };
}
