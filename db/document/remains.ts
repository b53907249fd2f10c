/**
 * Erases what is left of purged documents in SQLite. A purge takes the document away at once; its text,
 * its history and its words may be megabytes, which are deleted in slices.
 */

import { type Kysely, sql } from "kysely";
import { type Clock, limits, Slices } from "../../actors/mod.ts";
import type { DocumentSchema } from "./schema.ts";
import { removeParts } from "./search.ts";

/** Erases the remains of all purged documents; repeating it changes nothing. */
export async function eraseRemains(kysely: Kysely<DocumentSchema>, clock: Clock): Promise<void> {
  const slices = new Slices(clock, limits.workSliceMsMax, limits.workRestMs);
  const rows = await kysely.selectFrom("remains").selectAll().execute();
  for (const { number, document_id: id } of rows) {
    await removeParts(kysely, { number, from: 0 }, slices);
    await kysely.deleteFrom("snapshot").where("document_id", "=", id).execute();
    await eraseJournal(kysely, id, slices);
    await kysely.deleteFrom("remains").where("number", "=", number).execute();
  }
}

async function eraseJournal(
  kysely: Kysely<DocumentSchema>,
  id: string,
  slices: Slices,
): Promise<void> {
  while (true) {
    const version = await endOfSlice(kysely, id);
    if (version === undefined) return;
    await kysely
      .deleteFrom("journal")
      .where("document_id", "=", id)
      .where("version", "<=", version)
      .execute();
    if (slices.isOver) await slices.next();
  }
}

/** The version up to which entries can be deleted in one step; undefined when there is none. */
async function endOfSlice(kysely: Kysely<DocumentSchema>, id: string): Promise<number | undefined> {
  const rows = await kysely
    .selectFrom("journal")
    .select("version")
    // Known without reading them, other than how many characters there are.
    .select(sql<number>`octet_length(delta) + coalesce(octet_length(loro_update), 0)`.as("size"))
    .where("document_id", "=", id)
    .orderBy("version")
    .limit(limits.entriesReadMax)
    .execute();
  let size = 0;
  for (const row of rows) {
    size += row.size;
    if (size >= limits.entriesReadUnitsMax) return row.version;
  }
  return rows.at(-1)?.version;
}
