/** Opens one noun's SQLite file, as durable as SQLite gets, and brings it to the newest schema. */

import { type Database, SQLiteError } from "bun:sqlite";
import { mkdirSync } from "node:fs";
import { dirname } from "node:path";
import type { Kysely } from "kysely";
import { limits, type StepMeter } from "../../actors/mod.ts";
import type { ActorDatabase } from "../sql/actor_database.ts";
import { sqliteSql } from "../sql/dialect.ts";
import { type Migrations, migrate } from "../sql/migrate.ts";
import type { Probed } from "../sql/service_health.ts";
import type { Cell, Read } from "../sql/table.ts";
import { SqliteCommits } from "./commits.ts";
import { type Alone, fromDriverError, openSyncedKysely } from "./driver.ts";
import { ReportingDatabase, SqliteProbe } from "./health.ts";
import { LogSync, SqliteLog } from "./log_sync.ts";
import { SqliteStatements } from "./statements.ts";

/** One open database. */
export interface OpenDatabase<Schema> extends ActorDatabase<Schema> {
  readonly engine: "sqlite";
  /**
   * The handle below, for prepared statements on hot paths. Write through it only in `alone` or `exclusive`,
   * or what is written may land in somebody else's transaction.
   */
  database: Database;
  /** Where steps on that handle name themselves. */
  meter: StepMeter | undefined;
  alone: Alone;
  /**
   * Runs a synchronous function in a transaction of its own, after the queries and transactions that
   * wait already. What it throws rolls everything back; what it did is on the disk when it is answered.
   */
  exclusive<Value>(run: (database: Database) => Value): Promise<Value>;
  /** Finds out how the file is. */
  probe: Probed;
  /** Waits for what runs, then closes the file. */
  close(): Promise<void>;
}

/** Opens the file at `path`, or a database in memory for `":memory:"`, and runs the migrations. */
export async function openSqlite<Schema>(
  path: string,
  migrations: Migrations,
  { meter }: { meter?: StepMeter | undefined } = {},
): Promise<OpenDatabase<Schema>> {
  // The files hold what people write and the hashes of their passwords: for the owner's eyes only.
  if (path !== ":memory:") mkdirSync(dirname(path), { recursive: true, mode: 0o700 });
  const database = new ReportingDatabase(path, { create: true, strict: true });
  try {
    setPragmas(database);
    const log = new SqliteLog(path);
    const sync = new LogSync(
      () => log.sync(),
      () => database.health.met("down"),
    );
    const synced = () => sync.synced();
    const { kysely, alone } = openSyncedKysely<Schema>(database, { meter, synced });
    await migrate(kysely, migrations);
    const reads = new SqliteStatements(database);
    return {
      engine: "sqlite",
      kysely,
      alone,
      dialect: sqliteSql,
      database,
      meter,
      commits: (writesOf) => new SqliteCommits({ alone, database, meter }, writesOf),
      read: async <Row>(read: Read<Row>, given: readonly Cell[]) =>
        reads.of(read).all(...given) as Row[],
      exclusive: (run) => runExclusively(alone, database, run),
      probe: new SqliteProbe(database, { path, alone }),
      close: async () => {
        await close(kysely, database);
        // What was written last may still be on its way.
        await synced().catch(() => {});
        await log.close();
      },
    };
  } catch (error) {
    database.close();
    throw new Error(`Cannot open database "${path}": ${describe(error)}`, { cause: error });
  }
}

function describe(error: unknown): string {
  return error instanceof Error ? error.message : String(error);
}

/** Whoever commits waits for the disk besides: `log_sync.ts`. */
function setPragmas(database: Database): void {
  database.run(`pragma busy_timeout = ${limits.databaseBusyMsMax}`);
  database.run("pragma journal_mode = wal");
  database.run("pragma synchronous = normal");
  database.run("pragma foreign_keys = on");
  // What is deleted is overwritten, in pages that stay and in those that become free.
  database.run("pragma secure_delete = on");
  database.run(`pragma wal_autocheckpoint = ${limits.checkpointPages}`);
  database.run(`pragma journal_size_limit = ${limits.logKeptBytes}`);
}

function runExclusively<Value>(
  alone: Alone,
  database: ReportingDatabase,
  run: (database: Database) => Value,
): Promise<Value> {
  return alone(() => {
    try {
      return database.transaction(() => run(database)).immediate();
    } catch (error) {
      database.report(error);
      throw fromDriverError(error);
    }
  });
}

/**
 * Folds the log into the file first, so that a copy of a closed file is whole. That is a courtesy
 * which a full disk may refuse: what was committed is safe in the log as well.
 */
async function close<Schema>(kysely: Kysely<Schema>, database: Database): Promise<void> {
  await kysely.connection().execute(async () => {
    try {
      database.run("pragma optimize");
      database.run("pragma wal_checkpoint(truncate)");
    } catch (error) {
      if (!(error instanceof SQLiteError)) throw error;
    }
  });
  await kysely.destroy();
}
