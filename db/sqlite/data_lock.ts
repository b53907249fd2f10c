/**
 * One data folder, one process: two servers on the same files would each decide from a memory of their
 * own. The lock is SQLite's, on a file of its own, because it is there wherever SQLite is and because the
 * system frees it when the process dies, however it dies.
 */

import { Database, SQLiteError } from "bun:sqlite";
import { mkdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { hostname } from "node:os";
import { join } from "node:path";

/** A folder that this process has for itself. */
export interface DataLock extends Disposable {
  /** Lets others have it. */
  release(): void;
}

/** Takes the folder, which is made where there is none. Throws when another process has it. */
export function lockDataDir(dataDir: string): DataLock {
  makeFolder(dataDir);
  const database = new Database(join(dataDir, "lock.db"), { create: true, readwrite: true });
  const noticePath = join(dataDir, "lock.json");
  try {
    if (takeExclusively(database) === "in_use") {
      throw new Error(
        `Cannot use data folder "${dataDir}": expected it for this process alone, ` +
          `received it in use by ${readHolder(noticePath)}`,
      );
    }
  } catch (error) {
    database.close();
    throw error;
  }
  writeNotice(noticePath);
  const release = () => {
    rmSync(noticePath, { force: true });
    database.close();
  };
  return { release, [Symbol.dispose]: release };
}

function makeFolder(dataDir: string): void {
  try {
    mkdirSync(dataDir, { recursive: true, mode: 0o700 });
  } catch (error) {
    const code = error instanceof Error && "code" in error ? error.code : String(error);
    throw new Error(
      `Cannot use DATA_DIR: expected a folder that is there or can be made, received "${dataDir}" (${code})`,
    );
  }
}

/** In this mode the first transaction takes the file until it is closed, or fails at once. */
export function takeExclusively(database: Database): "ok" | "in_use" {
  try {
    database.run("PRAGMA busy_timeout = 0");
    database.run("PRAGMA locking_mode = exclusive");
    database.run("BEGIN EXCLUSIVE");
    database.run("COMMIT");
    return "ok";
  } catch (error) {
    if (error instanceof SQLiteError && error.code?.startsWith("SQLITE_BUSY")) return "in_use";
    throw error;
  }
}

/** Says who has the folder. Only the lock counts: a disk too full for these words keeps nobody out. */
function writeNotice(path: string): void {
  const notice = { pid: process.pid, host: hostname(), since: new Date().toISOString() };
  try {
    writeFileSync(path, `${JSON.stringify(notice)}\n`, { mode: 0o600 });
  } catch {
    rmSync(path, { force: true, recursive: true });
  }
}

function readHolder(path: string): string {
  try {
    const { pid, host, since } = JSON.parse(readFileSync(path, "utf8"));
    return `process ${pid} on ${host} since ${since}`;
  } catch {
    return "another process";
  }
}
