/** Opens a SQLite file for a copy that nobody may disturb. */

import { Database, SQLiteError } from "bun:sqlite";
import { existsSync } from "node:fs";
import { Kysely } from "kysely";
import { type Migrations, migrate } from "./migrate.ts";
import { bunSqliteDialect } from "./sqlite_dialect.ts";

/** A file that this process has for itself. */
export interface SqliteSource<Schema> extends Disposable {
  kysely: Kysely<Schema>;
  database: Database;
}

/**
 * Opens the file and brings it up to date. Throws when somebody else has it open, or when it is not
 * there and may not be missing; one that may is an empty one.
 */
export async function openSqliteSource<Schema>(
  path: string,
  { migrations, mayBeMissing }: { migrations: Migrations; mayBeMissing: boolean },
): Promise<SqliteSource<Schema>> {
  const isMissing = !existsSync(path);
  if (isMissing && !mayBeMissing) {
    throw new Error(`Cannot copy from SQLite: wanted "${path}", received nothing there`);
  }
  const place = isMissing ? ":memory:" : path;
  const database = new Database(place, { create: isMissing, readwrite: true, strict: true });
  try {
    takeAlone(database, path);
    const kysely = new Kysely<Schema>({ dialect: bunSqliteDialect(database) });
    await migrate(kysely, migrations);
    return { kysely, database, [Symbol.dispose]: () => database.close() };
  } catch (error) {
    database.close();
    throw error;
  }
}

/** In this mode the first transaction takes the file until it is closed, or fails at once. */
function takeAlone(database: Database, path: string): void {
  try {
    database.run("PRAGMA busy_timeout = 0");
    database.run("PRAGMA locking_mode = exclusive");
    database.run("BEGIN EXCLUSIVE");
    database.run("COMMIT");
  } catch (error) {
    if (!(error instanceof SQLiteError && error.code === "SQLITE_BUSY")) throw error;
    throw new Error(
      `Cannot copy from SQLite: wanted "${path}" for this alone, received one that is in use; stop the server`,
      { cause: error },
    );
  }
}
