/** The table of tombstones that every service with actors has, as Kysely sees it. */

import { Tombstone } from "../../actors/mod.ts";

/** What is left of actors whose lives have ended. */
export interface TombstoneTable {
  id: string;
  at: number;
  owner_id: string | null;
}

/** The tombstone in a row, when there is one. */
export function toTombstone(
  row: Pick<TombstoneTable, "at" | "owner_id"> | null | undefined,
): Tombstone | undefined {
  return row ? new Tombstone(row.at, row.owner_id ?? undefined) : undefined;
}
