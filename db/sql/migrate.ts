/**
 * Brings a database to the newest schema. A step is said once for both databases; steps are imported
 * statically, one folder per noun, so that they travel inside the binary. They run in one transaction, in
 * the order of their names.
 */

import type { Kysely } from "kysely";
import { type Migration, Migrator } from "kysely/migration";
import { type ColumnTypes, postgresTypes, sqliteTypes } from "./column_types.ts";

/** Migrations of one database by name, such as `0001_accounts`. */
export type Migrations = Record<string, Migration>;

/** One step of a service's schema. */
export interface MigrationStep {
  /** What is written down when it has run; by database where it came to them under different names. */
  name: string | { sqlite?: string; postgres?: string };
  up(db: Kysely<unknown>, types: ColumnTypes): Promise<void>;
}

/** The steps as SQLite runs them. */
export function sqliteMigrations(steps: readonly MigrationStep[]): Migrations {
  return migrationsFor(steps, sqliteTypes);
}

/** The steps as Postgres runs them. */
export function postgresMigrations(steps: readonly MigrationStep[]): Migrations {
  return migrationsFor(steps, postgresTypes);
}

function migrationsFor(steps: readonly MigrationStep[], types: ColumnTypes): Migrations {
  const migrations: Migrations = {};
  for (const { name, up } of steps) {
    const own = typeof name === "string" ? name : name[types.engine];
    if (own === undefined) continue;
    if (Object.hasOwn(migrations, own)) {
      throw new Error(`Cannot order migrations: expected one "${own}", received two`);
    }
    migrations[own] = { up: (db) => up(db, types) };
  }
  return migrations;
}

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
