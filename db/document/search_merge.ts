/**
 * Erases from the SQLite index of words what was deleted from it. Such words stay in the older segments of
 * the index until those are merged with the newer ones, which say that they are gone. FTS5's own option
 * for that removes them at once, and makes each projection of a note seventy times as expensive:
 * docs/decisions/0006-what-is-gone-is-gone.md.
 *
 * All segments there are at a moment are merged into one, in steps, while others write new ones:
 * https://sqlite.org/fts5.html#the_merge_command
 */

import { type Kysely, sql } from "kysely";
import { type Clock, limits, Slices } from "../../actors/mod.ts";
import type { DocumentSchema } from "./schema.ts";

/** How many segments have to be beside each other before a step begins to merge them. */
const SEGMENTS_BEGUN = { only_go_on: 16, any: 2, usual: 4 } as const;
/** Where FTS5 keeps how the index is made up. */
const STRUCTURE_ROWID = 10;

type Connection = Kysely<DocumentSchema>;

/** Resolves when no segment is left that was there before. */
export async function mergeSearch(kysely: Connection, clock: Clock): Promise<void> {
  const slices = new Slices(clock, limits.workSliceMsMax, limits.workRestMs);
  let stepsLeft = await stepsMax(kysely);
  const next = async () => {
    if (stepsLeft-- === 0) throw new Error("Cannot erase words: expected an end of the merge");
    if (slices.isOver) await slices.next();
  };
  await setSegmentsBegun(kysely, SEGMENTS_BEGUN.only_go_on);
  let level = await plan(kysely);
  for (; level === "later"; level = await plan(kysely)) await next();
  await setSegmentsBegun(kysely, SEGMENTS_BEGUN.any);
  while (level !== "done" && (await mergesOf(kysely)).get(level)) {
    await next();
    await mergePages(kysely, limits.searchErasePages);
  }
  await setSegmentsBegun(kysely, SEGMENTS_BEGUN.usual);
}

/** Keeps the segments few, by as much as one write brings; what is left waits for the next. */
export async function mergeAfterWrite(kysely: Connection, slices: Slices): Promise<void> {
  for (let steps = 0; steps < limits.searchMergeStepsPerWriteMax; steps++) {
    const hasMerged = await mergePages(kysely, limits.searchMergePages);
    if (slices.isOver) await slices.next();
    if (!hasMerged) return;
  }
}

/** Far more than it takes, for an index to which others write meanwhile. */
async function stepsMax(kysely: Connection): Promise<number> {
  const { rows } = await sql<{ n: number }>`SELECT count(*) AS n FROM search_idx`.execute(kysely);
  return 1_000 + (rows[0]?.n ?? 0);
}

async function setSegmentsBegun(kysely: Connection, segments: number): Promise<void> {
  await sql`INSERT INTO search (search, rank) VALUES ('usermerge', ${segments})`.execute(kysely);
}

/**
 * Plans a merge of all segments, and begins it. One that is in progress would be left out of the plan, so
 * it has to end before. Answers with the level on which the segments are now.
 */
function plan(kysely: Connection): Promise<number | "later" | "done"> {
  return kysely.connection().execute(async (connection) => {
    if (await mergePages(connection, limits.searchErasePages)) return "later";
    await mergePages(connection, -limits.searchErasePages);
    const merging = [...(await mergesOf(connection))].filter(([, segments]) => segments > 0);
    return merging.at(-1)?.[0] ?? "done";
  });
}

/**
 * Merges a few pages, by the plan there is or a new one. Answers whether there was anything to do.
 */
async function mergePages(kysely: Connection, pages: number): Promise<boolean> {
  return await kysely.connection().execute(async (connection) => {
    const before = await totalChanges(connection);
    await sql`INSERT INTO search (search, rank) VALUES ('merge', ${pages})`.execute(connection);
    // The statement itself counts as one.
    return (await totalChanges(connection)) - before >= 2;
  });
}

async function totalChanges(connection: Connection): Promise<number> {
  const { rows } = await sql<{ n: number }>`SELECT total_changes() AS n`.execute(connection);
  return rows[0]?.n ?? 0;
}

/** How many segments of each level are being merged. */
async function mergesOf(kysely: Connection): Promise<Map<number, number>> {
  const { rows } = await sql<{ block: Uint8Array }>`SELECT block FROM search_data
    WHERE id = ${STRUCTURE_ROWID}`.execute(kysely);
  return readMerges(rows[0]?.block ?? new Uint8Array());
}

/** The record is described in SQLite's `fts5_index.c`, under "STRUCTURE". */
function readMerges(record: Uint8Array): Map<number, number> {
  // A cookie comes first; with the second version of the format, a mark behind it.
  const isSecondVersion = record[4] === 0xff;
  const varints = varintsIn(record.subarray(isSecondVersion ? 8 : 4));
  const read = () => varints.next().value ?? 0;
  const levels = read();
  read();
  read();
  const merges = new Map<number, number>();
  for (let level = 0; level < levels; level++) {
    merges.set(level, read());
    const segments = read();
    for (let i = 0; i < segments * (isSecondVersion ? 8 : 3); i++) read();
  }
  return merges;
}

/** SQLite's variable-length integers; none here is so large that it takes nine bytes. */
function* varintsIn(bytes: Uint8Array): Generator<number, undefined> {
  let value = 0;
  for (const byte of bytes) {
    value = value * 128 + (byte & 127);
    if (byte & 128) continue;
    yield value;
    value = 0;
  }
}
