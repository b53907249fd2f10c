/**
 * The `migrate` command of the server's command line: brings every schema up to date, and moves an
 * embedded installation to Postgres.
 */

import { existsSync } from "node:fs";
import { join } from "node:path";
import { parseArgs } from "node:util";
import { copyTables } from "./copy_tables.ts";
import { type DocumentSchema, mintLineage } from "./document.ts";
import { PostgresConnections } from "./postgres/connections.ts";
import { createKysely, migratePostgres } from "./postgres/open.ts";
import type { AnyService } from "./service.ts";
import { allServices, type Databases, embeddedServices, locationOf, services } from "./services.ts";
import { sqliteMigrations } from "./sql/migrate.ts";
import { assertDataFiles } from "./sqlite/data_files.ts";
import { lockDataDir } from "./sqlite/data_lock.ts";
import { openSqlite } from "./sqlite/open.ts";
import { openSqliteSource } from "./sqlite/source.ts";

/** What the command works with. */
export interface MigrateCommandOptions {
  /** The folder of the SQLite files. */
  dataDir: string;
  /** Postgres; without it, the SQLite files are brought up to date. */
  databases: Databases | undefined;
  /** Takes the lines of the answer. */
  write(line: string): void;
}

const USAGE = `Usage: suite migrate
       suite migrate --from sqlite`;

/** Runs the command with the words after `migrate`; answers the exit code. */
export async function runMigrateCommand(
  args: readonly string[],
  options: MigrateCommandOptions,
): Promise<number> {
  const { databases, dataDir, write } = options;
  const from = parse(args);
  if (from === "invalid") {
    write(USAGE);
    return 2;
  }
  if (databases === undefined) {
    if (from === "sqlite") {
      throw new Error("Cannot copy from SQLite: wanted DATABASE_URL, received none");
    }
    await migrateFiles(dataDir, write);
    return 0;
  }
  await migrateSchemas(databases, write);
  if (from === "sqlite") await copyFromSqlite(dataDir, databases, write);
  return 0;
}

function parse(args: readonly string[]): "sqlite" | "nothing" | "invalid" {
  try {
    const { values } = parseArgs({ args: [...args], options: { from: { type: "string" } } });
    if (values.from === undefined) return "nothing";
    return values.from === "sqlite" ? "sqlite" : "invalid";
  } catch {
    return "invalid";
  }
}

async function migrateSchemas(databases: Databases, write: (line: string) => void): Promise<void> {
  for (const service of allServices) {
    const location = locationOf(service, databases);
    const ran = await migratePostgres(location);
    write(`${location.schema}: ${ran.length > 0 ? `ran ${ran.join(", ")}` : "is up to date"}`);
  }
}

async function migrateFiles(dataDir: string, write: (line: string) => void): Promise<void> {
  using _ = lockDataDir(dataDir);
  assertDataFiles(dataDir, embeddedServices);
  for (const { name, steps } of embeddedServices) {
    const path = join(dataDir, `${name}.db`);
    const database = await openSqlite<unknown>(path, sqliteMigrations(steps));
    await database.close();
    write(`${name}.db: is up to date`);
  }
}

/** The files stay as they are, so that going back is starting without Postgres. */
async function copyFromSqlite(
  dataDir: string,
  databases: Databases,
  write: (line: string) => void,
): Promise<void> {
  if (!existsSync(dataDir)) {
    throw new Error(`Cannot copy from SQLite: wanted "${dataDir}", received nothing there`);
  }
  using _ = lockDataDir(dataDir);
  assertDataFiles(dataDir, embeddedServices);
  const lines = await copyServices(embeddedServices, { dataDir, databases });
  await beginLineage(databases);
  for (const line of lines) write(line);
  write(`Everything was copied from "${dataDir}", which was left as it is.`);
}

/** The copy has a line of history of its own, since the files may go on as well. */
async function beginLineage(databases: Databases): Promise<void> {
  const { url, schema } = locationOf(services.document, databases);
  const connections = new PostgresConnections({
    ...{ url, schema, connectionsMax: 1, hasTimeouts: false },
  });
  await mintLineage(createKysely<DocumentSchema>(connections)).finally(() => connections.end());
}

/**
 * Copies everything or nothing: each service's transaction stays open while the next ones are copied,
 * and they end one after the other only when all of it has been compared.
 */
async function copyServices(
  [first, ...rest]: readonly AnyService[],
  given: { dataDir: string; databases: Databases },
): Promise<string[]> {
  if (first === undefined) return [];
  const { name, tables, rebuilt, steps, cameWith } = first;
  const file = { migrations: sqliteMigrations(steps), cameWith };
  using source = await openSqliteSource(join(given.dataDir, `${name}.db`), file);
  const { url, schema } = locationOf(first, given.databases);
  const connections = new PostgresConnections({
    ...{ url, schema, connectionsMax: 1, hasTimeouts: false },
  });
  try {
    return await connections.transaction(async (target) => {
      await first.prepareCopy?.(source);
      const copied = { schema, tables, also: rebuilt };
      const counts = await copyTables(source.database, target, copied);
      const checked = (await first.checkCopy?.(source, target)) ?? [];
      const lines = counts.map(({ table, rows }) => `${table}: ${rows} rows, as many as in SQLite`);
      return [...lines, ...checked, ...(await copyServices(rest, given))];
    });
  } finally {
    await connections.end();
  }
}
