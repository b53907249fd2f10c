/** A version of a document's text of the past, as the journal and the snapshot have it. */

import type { Kysely } from "kysely";
import type { StoredRevision } from "../actors/mod.ts";
import { type DocumentSchema, EMPTY_FRONTIERS } from "./document_schema.ts";

/** Reads what the text at a version is made of; undefined when there is no such version anymore. */
export async function readRevision(
  kysely: Kysely<DocumentSchema>,
  id: string,
  version: number,
): Promise<StoredRevision | undefined> {
  const row = await kysely
    .selectFrom("journal")
    .select("frontiers")
    .where("document_id", "=", id)
    .where("version", "=", version)
    .executeTakeFirst();
  const frontiers = version === 0 ? EMPTY_FRONTIERS : row?.frontiers;
  if (frontiers === undefined) return undefined;
  const snapshot = await kysely
    .selectFrom("snapshot")
    .select("bytes")
    .where("document_id", "=", id)
    .executeTakeFirst();
  const updates = await kysely
    .selectFrom("journal")
    .select("loro_update")
    .where("document_id", "=", id)
    .where("loro_update", "is not", null)
    .orderBy("version")
    .execute();
  const bytes = updates.map((update) => update.loro_update).filter((bytes) => bytes !== null);
  return { snapshot: snapshot?.bytes, updates: bytes, frontiers };
}
