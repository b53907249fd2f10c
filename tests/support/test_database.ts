/** Databases for tests: one Postgres for the whole run, and an empty database for whoever asks. */

import { join } from "node:path";
import { type Postgres, startPostgres } from "../../scripts/cluster/postgres.ts";
import { type TemporaryFolder, temporaryFolder } from "./temporary_folder.ts";

let folder: TemporaryFolder | undefined;
let starting: Promise<Postgres> | undefined;
let made = 0;

/** Makes an empty database and answers with its address; the first call starts Postgres. */
export async function testDatabase(): Promise<string> {
  folder ??= temporaryFolder();
  // No test pulls the plug, and a killed process loses nothing that the system has in hand.
  starting ??= startPostgres({ dir: join(folder.path, "postgres"), fsync: false });
  const postgres = await starting;
  made += 1;
  return await postgres.createDatabase(`test_${made}`);
}

/** Stops Postgres where one was started; `preload.ts` calls it after the last test. */
export async function endTestDatabases(): Promise<void> {
  const postgres = await starting?.catch(() => undefined);
  await postgres?.kill("SIGQUIT");
  folder?.[Symbol.dispose]();
  starting = undefined;
  folder = undefined;
}
