/** Deliveries are taken by channel, so that no channel waits for another. */

import type { Kysely } from "kysely";
import { replaceDeliveryIndex } from "./indexes.ts";

/** Replaces the index. */
export async function up(db: Kysely<unknown>): Promise<void> {
  await replaceDeliveryIndex(db);
}
