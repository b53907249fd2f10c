/**
 * Brings a database to the newest schema. Migrations are imported statically, one folder per noun, so
 * that they travel inside the binary; they run in one transaction, in the order of their names.
 */

import type { Kysely } from "kysely";
import { type Migration, Migrator } from "kysely/migration";

/** Migrations by name, such as `0001_accounts`. */
export type Migrations = Record<string, Migration>;

/**
 * Runs what has not run yet and answers the names of it. Throws when one fails, or when the database
 * was written by a newer version; then nothing was changed. In Postgres, what has run is written down
 * in the service's own schema.
 */
export async function migrate<Schema>(
  kysely: Kysely<Schema>,
  migrations: Migrations,
  schema?: string,
): Promise<string[]> {
  const migrator = new Migrator({
    db: kysely,
    provider: { getMigrations: async () => migrations },
    ...(schema === undefined ? {} : { migrationTableSchema: schema }),
  });
  const { error, results } = await migrator.migrateToLatest();
  if (error !== undefined) {
    const failed = results?.find((result) => result.status === "Error")?.migrationName;
    const wanted = failed === undefined ? "a known schema" : `"${failed}" to run`;
    const received = error instanceof Error ? error.message : String(error);
    throw new Error(`Cannot migrate the database: expected ${wanted}, received: ${received}`, {
      cause: error,
    });
  }
  return results?.map((result) => result.migrationName) ?? [];
}
