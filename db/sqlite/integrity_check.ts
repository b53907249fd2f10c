/**
 * A program of its own that looks through a SQLite file from end to end, and says by its exit code whether
 * the file is whole. It takes as long as the file is large, which no thread of the server has.
 */

import { Database } from "bun:sqlite";

/** Whether every page, index and constraint of the file is as it has to be. */
export function isWhole(path: string): boolean {
  try {
    using database = new Database(path, { readonly: true });
    using check = database.prepare<{ integrity_check: string }, []>("PRAGMA integrity_check(1)");
    return check.get()?.integrity_check === "ok";
  } catch {
    return false;
  }
}

if (import.meta.main) process.exit(isWhole(process.argv[2] ?? "") ? 0 : 1);
