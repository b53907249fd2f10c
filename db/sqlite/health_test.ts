import { Database } from "bun:sqlite";
import { afterEach, beforeEach, expect, test } from "bun:test";
import { renameSync, truncateSync } from "node:fs";
import { join } from "node:path";
import { type TemporaryFolder, temporaryFolder } from "../../tests/support/temporary_folder.ts";
import { ReportingDatabase, SqliteProbe } from "./health.ts";

const PAGES_KEPT = 20;
const PAGE_BYTES = 4_096;

let folder: TemporaryFolder;
let path: string;
let database: ReportingDatabase;
let probe: SqliteProbe;

beforeEach(() => {
  folder = temporaryFolder();
  path = join(folder.path, "some.db");
  database = new ReportingDatabase(path);
  database.run("CREATE TABLE probe (id INTEGER PRIMARY KEY, count INTEGER, padding BLOB)");
  database.run("CREATE TABLE line (id INTEGER PRIMARY KEY, text TEXT)");
  database.run(`WITH RECURSIVE n (i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < 1000)
    INSERT INTO line (text) SELECT hex(randomblob(100)) FROM n`);
  probe = new SqliteProbe(database, { path, alone: async (run) => run() });
});

afterEach(() => {
  database.close();
  folder[Symbol.dispose]();
});

const verify = () => probe.verify(AbortSignal.timeout(30_000));

test("a probe writes and reads, and leaves no large row behind", async () => {
  expect(await probe.probe({ isLarge: false })).toBe("ok");
  expect(await probe.probe({ isLarge: true })).toBe("ok");
  expect(database.query("SELECT count, length(padding) AS bytes FROM probe").get()).toEqual({
    count: 3,
    bytes: 0,
  });
});

test("a probe does not wait for a writer, and is then no sign of anything", async () => {
  const writer = new Database(path);
  writer.run("BEGIN IMMEDIATE");
  expect(await probe.probe({ isLarge: false })).toBe("busy");
  writer.run("ROLLBACK");
  writer.close();
  expect(await probe.probe({ isLarge: false })).toBe("ok");
  expect(database.health.state).toBe("ok");
});

test("a file that was taken away, or another in its place, is told", async () => {
  renameSync(path, `${path}.away`);
  await expect(probe.probe({ isLarge: false })).rejects.toThrow("expected the file that was open");
  new Database(path).close();
  await expect(probe.probe({ isLarge: false })).rejects.toThrow("expected the file that was open");
  expect(probe.ailmentOf(new Error("anything else"))).toBe("down");
});

test("a damaged file is told by every way to read it, and by the check of the whole", async () => {
  expect(await verify()).toBe(true);
  database.run("PRAGMA shrink_memory");
  truncateSync(path, PAGES_KEPT * PAGE_BYTES);
  const lines = () => database.query<{ text: string }, []>("SELECT text FROM line");
  const reads = {
    all: () => lines().all(),
    values: () => lines().values(),
    iterate: () => [...lines().iterate()],
    get: () => database.query("SELECT max(text) AS text FROM line").get(),
    run: () => database.prepare("UPDATE line SET text = ''").run(),
  };
  for (const [name, read] of Object.entries(reads)) {
    const met = database.health.timesMet("corrupt");
    expect(read, name).toThrow("malformed");
    expect(database.health.timesMet("corrupt"), name).toBe(met + 1);
  }
  expect(database.health.state).toBe("corrupt");
  expect(await verify()).toBe(false);
});
