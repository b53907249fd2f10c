/**
 * Looks at the files of a data folder before they are opened: opening makes what is missing, and a
 * database that was lost must not start as new beside those that are there.
 */

import { Database } from "bun:sqlite";
import { accessSync, constants, statSync } from "node:fs";
import { join } from "node:path";
import { limits } from "../../actors/mod.ts";

/** What has to be known of a service that has a file. */
export interface FileService {
  readonly name: string;
  /** The first has a row once people came. */
  readonly tables: readonly string[];
  /** The migration of documents that it came with, where it came later. */
  readonly cameWith?: string;
}

/** What a file holds. */
type Content =
  | "missing"
  /** Nothing at all, or not the tables of its service. */
  | "empty"
  /** Tables, and nothing that people made. */
  | "new"
  | "filled";

/** Throws, in one line for each, when a file cannot be used or is lost beside others that hold something. */
export function assertDataFiles(dataDir: string, services: readonly FileService[]): void {
  const problems: string[] = [];
  const contents = new Map<FileService, Content>();
  for (const service of services) {
    const path = pathOf(dataDir, service);
    try {
      contents.set(service, contentOf(path, service));
    } catch (error) {
      const reason = error instanceof Error ? error.message : String(error);
      problems.push(`Cannot open database "${path}": ${reason}`);
    }
  }
  const filled = [...contents].find(([, content]) => content === "filled")?.[0];
  if (filled !== undefined) {
    for (const [service, content] of contents) {
      if (!isLost(service, content, dataDir)) continue;
      const received = content === "missing" ? "no such file" : "one without its tables";
      problems.push(
        `Cannot open database "${pathOf(dataDir, service)}": expected it to be as old as ` +
          `"${filled.name}.db", received ${received}; restore it from a backup, or move all ` +
          "databases out of the folder to begin anew",
      );
    }
  }
  if (problems.length > 0) throw new Error(problems.join("\n"));
}

function isLost({ cameWith }: FileService, content: Content, dataDir: string): boolean {
  if (content === "empty") return true;
  if (content !== "missing") return false;
  // A service that came later has no file where nothing was started since.
  return cameWith === undefined || hasRun(join(dataDir, "document.db"), cameWith);
}

function pathOf(dataDir: string, { name }: FileService): string {
  return join(dataDir, `${name}.db`);
}

function contentOf(path: string, { tables }: FileService): Content {
  const stats = statSync(path, { throwIfNoEntry: false });
  if (stats === undefined) return "missing";
  if (!stats.isFile()) throw new Error("expected a file, received a folder");
  assertMine(path);
  // Not opened: SQLite would throw away the log beside a file without anything in it.
  if (stats.size === 0) return "empty";
  const [table = ""] = tables;
  using opened = open(path);
  if (!hasTable(opened.database, table)) return "empty";
  using rows = opened.database.prepare(`SELECT 1 FROM "${table}" LIMIT 1`);
  return rows.get() === null ? "new" : "filled";
}

function assertMine(path: string): void {
  try {
    accessSync(path, constants.R_OK | constants.W_OK);
  } catch {
    throw new Error("expected a file that this user can write to, received one that it cannot");
  }
}

function hasRun(path: string, migration: string): boolean {
  if (!statSync(path, { throwIfNoEntry: false })?.size) return false;
  using opened = open(path);
  if (!hasTable(opened.database, "kysely_migration")) return false;
  using rows = opened.database.prepare("SELECT 1 FROM kysely_migration WHERE name = ?");
  return rows.get(migration) !== null;
}

function hasTable(database: Database, name: string): boolean {
  using rows = database.prepare("SELECT 1 FROM sqlite_master WHERE type = 'table' AND name = ?");
  return rows.get(name) !== null;
}

function open(path: string): Disposable & { database: Database } {
  const database = new Database(path, { readwrite: true, create: false });
  database.run(`PRAGMA busy_timeout = ${limits.databaseBusyMsMax}`);
  return { database, [Symbol.dispose]: () => database.close() };
}
