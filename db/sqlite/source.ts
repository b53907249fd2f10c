/** Opens a SQLite file for a copy that nobody may disturb. */

import { Database } from "bun:sqlite";
import { existsSync } from "node:fs";
import type { Kysely } from "kysely";
import { type Migrations, migrate } from "../sql/migrate.ts";
import { takeExclusively } from "./data_lock.ts";
import { type Alone, openSyncedKysely } from "./driver.ts";

/** A file that this process has for itself. */
export interface SqliteSource<Schema> extends Disposable {
  kysely: Kysely<Schema>;
  alone: Alone;
  database: Database;
}

/**
 * Opens the file and brings it up to date. Throws when somebody else has it open, or when it is not
 * there and may not be missing; one that may is an empty one.
 */
export async function openSqliteSource<Schema>(
  path: string,
  { migrations, cameWith }: { migrations: Migrations; cameWith?: string | undefined },
): Promise<SqliteSource<Schema>> {
  const isMissing = !existsSync(path);
  if (isMissing && cameWith === undefined) {
    throw new Error(`Cannot copy from SQLite: wanted "${path}", received nothing there`);
  }
  const place = isMissing ? ":memory:" : path;
  const database = new Database(place, { create: isMissing, readwrite: true, strict: true });
  try {
    takeAlone(database, path);
    // Opened like this, SQLite waits for the disk by itself.
    const synced = async () => {};
    const { kysely, alone } = openSyncedKysely<Schema>(database, { synced });
    await migrate(kysely, migrations);
    return { kysely, alone, database, [Symbol.dispose]: () => database.close() };
  } catch (error) {
    database.close();
    throw error;
  }
}

/** The lock of the folder keeps servers away; this one also those who open the file by themselves. */
function takeAlone(database: Database, path: string): void {
  if (takeExclusively(database) === "ok") return;
  throw new Error(
    `Cannot copy from SQLite: wanted "${path}" for this alone, received one that is in use; ` +
      "stop the server, or the command that has it open",
  );
}
