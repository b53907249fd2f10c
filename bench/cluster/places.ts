/** Where notes are stored, and how a program of the bench opens them. */

import { systemClock } from "../../actors/mod.ts";
import { loadConfig } from "../../config.ts";
import { openEmbeddedStores, openPostgresStores, type Stores } from "../../db/stores.ts";

/** A folder of SQLite files, or a database of Postgres. */
export type Place = { dataDir: string } | { databaseUrl: string };

/** Opens what is stored at a place. */
export function openPlace(place: Place): Promise<Stores> {
  if ("dataDir" in place) return openEmbeddedStores(place.dataDir, { clock: systemClock });
  const { databases } = loadConfig({}, { DATABASE_URL: place.databaseUrl });
  if (databases === undefined) throw new Error("Cannot open stores: expected an address");
  return openPostgresStores(databases, { clock: systemClock });
}
