/** What workers do with database files; see `checkpoints.ts` for who asks for it. */

import { Database } from "bun:sqlite";
import { limits } from "../../actors/mod.ts";

/** How far a checkpoint came: frames in the log, and how many of them are in the file. */
export interface CheckpointResult {
  log: number;
  checkpointed: number;
}

/** The jobs. */
export const databaseJobs = { checkpoint, truncate } as const;

/** Copies what is in the log to the file, as far as nobody has to wait for it. */
function checkpoint(path: string): CheckpointResult {
  using database = new Database(path, { create: false, readwrite: true });
  const row = database.query<CheckpointResult, []>("PRAGMA wal_checkpoint(PASSIVE)").get();
  return { log: row?.log ?? 0, checkpointed: row?.checkpointed ?? 0 };
}

/** Copies the rest as well and empties the log; false when it is in use for too long. */
function truncate(path: string): boolean {
  using database = new Database(path, { create: false, readwrite: true });
  database.run(`PRAGMA busy_timeout = ${limits.databaseBusyMsMax}`);
  const row = database.query<{ busy: number }, []>("PRAGMA wal_checkpoint(TRUNCATE)").get();
  return row?.busy === 0;
}
