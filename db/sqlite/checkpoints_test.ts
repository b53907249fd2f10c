import { afterEach, beforeEach, describe, expect, test } from "bun:test";
import { type Job, limits, type WorkerPool } from "../../actors/mod.ts";
import { FakeClock } from "../../tests/support/fake_clock.ts";
import { MemoryLog } from "../../tests/support/memory_log.ts";
import { temporaryFolder } from "../../tests/support/temporary_folder.ts";
import { waitFor } from "../../tests/support/wait_for.ts";
import { databaseJobs } from "../workers/database_jobs.ts";
import { Checkpoints } from "./checkpoints.ts";
import { type OpenDatabase, openSqlite } from "./open.ts";

/** Does the real job in this process, over a connection of its own. */
class CountingPool implements WorkerPool {
  readonly jobs: Job[] = [];

  async run(job: Job): Promise<unknown> {
    this.jobs.push(job);
    return databaseJobs[job.name as keyof typeof databaseJobs](job.text);
  }

  report() {
    return { workers: 0, waiting: 0, running: 0, done: 0, ended: 0, refused: 0 };
  }

  async close() {}
}

let folder: ReturnType<typeof temporaryFolder>;
let path: string;
let database: OpenDatabase<unknown>;
let clock: FakeClock;
let pool: CountingPool;
let checkpoints: Checkpoints;

beforeEach(async () => {
  folder = temporaryFolder();
  path = `${folder.path}/x.db`;
  database = await openSqlite(path, {});
  database.database.run("CREATE TABLE t (bytes blob)");
  clock = new FakeClock();
  pool = new CountingPool();
  checkpoints = new Checkpoints({ files: [path], pool, clock, log: new MemoryLog() });
  checkpoints.start();
});

afterEach(async () => {
  checkpoints.stop();
  await database.close();
  folder[Symbol.dispose]();
});

/** Lets it look once; what it looks at is a real file. */
async function look(): Promise<void> {
  await clock.advance(limits.checkpointLookMs);
  await waitFor(() => clock.timers > 0, { what: "the next look to be planned" });
}

function write(bytes: number): void {
  database.database.run("INSERT INTO t (bytes) VALUES (zeroblob(?))", [bytes]);
}

describe("Checkpoints", () => {
  test("leaves a short log alone", async () => {
    write(1_000);
    await look();
    expect(pool.jobs).toEqual([]);
  });

  test("folds a log that has grown, once for each time that it was written to", async () => {
    write(limits.checkpointBytes);
    const before = Bun.file(path).size;
    await look();
    await look();
    expect(pool.jobs).toHaveLength(1);
    expect(Bun.file(path).size).toBeGreaterThan(before + limits.checkpointBytes / 2);
    write(limits.checkpointBytes);
    await look();
    expect(pool.jobs).toHaveLength(2);
  });

  test("keeps what is folded from growing the log further", async () => {
    for (let i = 0; i < 4; i++) {
      write(limits.checkpointBytes);
      await look();
    }
    expect(Bun.file(`${path}-wal`).size).toBeLessThan(limits.checkpointBytes * 2);
  });

  test("empties a log, also while it is being written to", async () => {
    write(limits.checkpointBytes);
    const emptied = checkpoints.empty(path);
    for (let i = 0; i < 10; i++) write(1_000);
    await emptied;
    expect(Bun.file(`${path}-wal`).size).toBe(0);
    expect(pool.jobs.map(({ name }) => name)).toEqual(["checkpoint", "truncate"]);
    write(1_000);
    expect(database.database.query("SELECT count(*) AS n FROM t").get()).toEqual({ n: 12 });
  });

  test("says so when a log cannot be emptied, and goes on to the next", async () => {
    write(1_000);
    const reading = database.database.query("SELECT * FROM t");
    const rows = reading.iterate();
    rows.next();
    const both = [checkpoints.empty(path).catch((error) => error.code), checkpoints.fold(path)];
    expect(await Promise.all(both)).toEqual(["store_failed", undefined]);
    rows.return?.();
  });
});
