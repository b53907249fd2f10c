/**
 * Which line of history a set of documents belongs to. It is minted once, with the first start, and
 * stands with the documents. Whatever puts other data in their place, or takes them back in time, mints
 * a new one, so that open pages know that what they have may not be there anymore.
 */

import type { Kysely } from "kysely";
import type { DocumentSchema } from "./schema.ts";

const NAME = "lineage";

/** The lineage of the documents; the first call mints it, whichever node that is. */
export async function readLineage(kysely: Kysely<DocumentSchema>): Promise<string> {
  const id = crypto.randomUUID();
  await kysely
    .insertInto("setting")
    .values({ name: NAME, value: id })
    .onConflict((conflict) => conflict.column("name").doNothing())
    .execute();
  const { value } = await kysely
    .selectFrom("setting")
    .select("value")
    .where("name", "=", NAME)
    .executeTakeFirstOrThrow();
  return value;
}

/**
 * Begins a new line of history: for data that was restored from a backup or moved here. Nodes that run
 * learn of it when they start the next time.
 */
export async function mintLineage(kysely: Kysely<DocumentSchema>): Promise<string> {
  const id = crypto.randomUUID();
  await kysely
    .insertInto("setting")
    .values({ name: NAME, value: id })
    .onConflict((conflict) => conflict.column("name").doUpdateSet({ value: id }))
    .execute();
  return id;
}
