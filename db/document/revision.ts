/** A version of a document's text of the past, as the journal and the snapshot have it. */

import type { Kysely } from "kysely";
import { type Clock, limits, Slices, type StoredRevision } from "../../actors/mod.ts";
import { type DocumentSchema, EMPTY_FRONTIERS } from "./schema.ts";

/** How often it is read again because a snapshot took its place meanwhile. */
const TRIES = 5;
/** Rows of the journal that are read at once: a few that may be long, or many that were short so far. */
const ROWS_MIN = 4;
const ROWS_MAX = 512;
const SHORT_BYTES = 64_000;

type Connection = Kysely<DocumentSchema>;

/**
 * Reads what the text at a version is made of, in steps; undefined when there is no such version anymore.
 * Throws when snapshots are taken faster than it reads.
 */
export async function readRevision(
  kysely: Connection,
  { id, version }: { id: string; version: number },
  clock: Clock,
): Promise<StoredRevision | undefined> {
  const row = await kysely
    .selectFrom("journal")
    .select("frontiers")
    .where("document_id", "=", id)
    .where("version", "=", version)
    .executeTakeFirst();
  const frontiers = version === 0 ? EMPTY_FRONTIERS : row?.frontiers;
  if (frontiers === undefined) return undefined;
  for (let tries = 0; tries < TRIES; tries++) {
    const snapshot = await kysely
      .selectFrom("snapshot")
      .select(["version", "bytes"])
      .where("document_id", "=", id)
      .executeTakeFirst();
    const updates = await readUpdates(kysely, id, clock);
    // A snapshot takes the updates before it out of the journal.
    if ((await snapshotVersion(kysely, id)) === snapshot?.version) {
      return { snapshot: snapshot?.bytes, updates, frontiers };
    }
  }
  throw new Error("Cannot read revision: expected fewer snapshots meanwhile");
}

async function readUpdates(kysely: Connection, id: string, clock: Clock): Promise<Uint8Array[]> {
  const slices = new Slices(clock, limits.workSliceMsMax);
  const updates: Uint8Array[] = [];
  let after = 0;
  for (let rowsMax = ROWS_MIN; ; ) {
    const rows = await kysely
      .selectFrom("journal")
      .select(["version", "loro_update"])
      .where("document_id", "=", id)
      .where("loro_update", "is not", null)
      .where("version", ">", after)
      .orderBy("version")
      .limit(rowsMax)
      .execute();
    const read = rows.map((row) => row.loro_update).filter((bytes) => bytes !== null);
    updates.push(...read);
    if (rows.length < rowsMax) return updates;
    after = rows.at(-1)?.version ?? after;
    const bytes = read.reduce((sum, update) => sum + update.length, 0);
    rowsMax = bytes < SHORT_BYTES ? Math.min(ROWS_MAX, rowsMax * 2) : ROWS_MIN;
    if (slices.isOver) await slices.next();
  }
}

async function snapshotVersion(kysely: Connection, id: string): Promise<number | undefined> {
  const row = await kysely
    .selectFrom("snapshot")
    .select("version")
    .where("document_id", "=", id)
    .executeTakeFirst();
  return row?.version;
}
