/** What is said about the databases is true: files are damaged, taken away and locked, Postgres is stopped. */

import { Database } from "bun:sqlite";
import { afterAll, describe, expect, test } from "bun:test";
import { closeSync, openSync, readFileSync, renameSync, writeSync } from "node:fs";
import { join } from "node:path";
import { embeddedServices } from "../db/services.ts";
import { type Postgres, startPostgres } from "../scripts/cluster/postgres.ts";
import { spawnSuite, startSuite } from "./support/suite.ts";
import { temporaryFolder } from "./support/temporary_folder.ts";
import { signUp, type Visitor } from "./support/visitor.ts";
import { waitFor } from "./support/wait_for.ts";

const NOTES = 30;
const PAGE_BYTES = 4_096;
/** What is made with the tables, such as the pages their rows hang from. */
const FIRST_PAGES = 60;
const PATIENCE = { deadlineMs: 40_000 };

async function healthOf(url: URL) {
  const [health, ready] = await Promise.all([
    fetch(new URL("/healthz", url)),
    fetch(new URL("/readyz", url)),
  ]);
  expect(health.status).toBe(200);
  const { status, parts } = await health.json();
  return { status, parts, readyStatus: ready.status };
}

/** Fills a table, so that most of its rows lie behind the first pages of the file. */
function fill(path: string, table: string, fixed: Record<string, string>): void {
  const database = new Database(path);
  const columns = database
    .query<{ name: string; type: string; notnull: number; pk: number }, []>(
      `PRAGMA table_info(${table})`,
    )
    .all()
    .filter(({ notnull, pk }) => notnull + pk > 0);
  const cells = columns.map(({ name, type }) => {
    if (fixed[name] !== undefined) return `'${fixed[name]}'`;
    // Rows of today, so that no sweep removes them as old ones.
    if (name === "at" || name.endsWith("_at")) return `${Date.now()} - i`;
    return /int/i.test(type) ? "i" : "'x' || i || hex(randomblob(100))";
  });
  const names = columns.map(({ name }) => name).join(", ");
  database.run(`WITH RECURSIVE n (i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < 3000)
    INSERT INTO ${table} (${names}) SELECT ${cells.join(", ")} FROM n`);
  database.close();
}

/** Overwrites what lies behind the first pages; answers how to mend it. */
function damage(path: string): () => void {
  const whole = readFileSync(path);
  const from = FIRST_PAGES * PAGE_BYTES;
  expect(whole.length).toBeGreaterThan(from * 2);
  const write = (bytes: Uint8Array) => {
    const file = openSync(path, "r+");
    writeSync(file, bytes, 0, bytes.length, from);
    closeSync(file);
  };
  write(new Uint8Array(whole.length - from).fill(0x5a));
  return () => write(whole.subarray(from));
}

describe("a damaged file", () => {
  const folder = temporaryFolder();
  const dataDir = join(folder.path, "data");
  afterAll(() => folder[Symbol.dispose]());
  const ids: string[] = [];
  let visitor: Visitor | undefined;

  /** What people ask for that reads each service's own rows. */
  const asks: Record<string, (ada: Visitor) => Promise<{ status: number }[]>> = {
    account: async (ada) => [await ada.get("/admin")],
    document: async (ada) => await Promise.all(ids.map((id) => ada.get(`/notes/${id}`))),
    inbox: async (ada) => [await ada.get("/inbox")],
  };

  /** Somebody who has written notes, heard of much, and knows many. */
  async function furnish(): Promise<Visitor> {
    await using suite = await spawnSuite({ dataDir });
    const ada = await signUp(suite.setupLink, "Ada");
    for (let i = 0; i < NOTES; i++) ids.push(await ada.createNote(noise(i)));
    await suite.kill("SIGTERM");
    const path = join(dataDir, "account.db");
    const accounts = new Database(path);
    const row = accounts.query<{ id: string }, []>("SELECT id FROM account").get();
    accounts.close();
    const profile = { role: "member", time_zone: "UTC", language: "en-US", theme: "system" };
    fill(path, "account", profile);
    const about = { user_id: row?.id ?? "", app: "notes", kind: "note.shared" };
    fill(join(dataDir, "inbox.db"), "entry", about);
    return ada;
  }

  test.each(embeddedServices.map(({ name }) => [name]))(
    "of the service %s is told of, and told to be whole when it is mended",
    async (service) => {
      visitor ??= await furnish();
      await using suite = await spawnSuite({ dataDir });
      const ada = visitor.at(suite.url);
      const ask = asks[service];
      if (ask === undefined) throw new Error(`Cannot go on: nothing asks for "${service}"`);

      const mend = damage(join(dataDir, `${service}.db`));
      await waitFor(async () => {
        await ask(ada);
        return (await healthOf(suite.url)).parts[service] === "corrupt";
      }, PATIENCE);
      const { status, parts, readyStatus } = await healthOf(suite.url);
      expect({ status, readyStatus }).toEqual({ status: "degraded", readyStatus: 503 });
      for (const [other, state] of Object.entries(parts)) {
        if (other !== service) expect(state).toBe("ok");
      }
      expect(suite.output).toContain('"message":"a database does not work"');

      mend();
      await waitFor(async () => (await healthOf(suite.url)).status === "ok", PATIENCE);
      for (const answer of await ask(ada)) expect(answer.status).toBe(200);
      expect((await healthOf(suite.url)).readyStatus).toBe(200);
      await suite.kill("SIGTERM");
    },
    120_000,
  );
});

function noise(seed: number): string {
  return `Note ${seed}\n\n${Array.from({ length: 600 }, (_, i) => `word${seed}x${i}`).join(" ")}`;
}

describe("a file", () => {
  test("that was taken away is told of", async () => {
    await using suite = await spawnSuite();
    const path = join(suite.dataDir, "inbox.db");
    renameSync(path, `${path}.elsewhere`);
    await waitFor(async () => (await healthOf(suite.url)).parts.inbox === "down", PATIENCE);
    expect((await healthOf(suite.url)).parts).toMatchObject({ account: "ok", document: "ok" });
    renameSync(`${path}.elsewhere`, path);
    await waitFor(async () => (await healthOf(suite.url)).status === "ok", PATIENCE);
  }, 120_000);

  test("that another process keeps locked is told of, and holds up nothing", async () => {
    await using suite = await spawnSuite();
    const other = new Database(join(suite.dataDir, "inbox.db"));
    other.run("BEGIN IMMEDIATE");
    await waitFor(async () => (await healthOf(suite.url)).parts.inbox === "slow", PATIENCE);
    expect((await healthOf(suite.url)).readyStatus).toBe(200);
    other.run("ROLLBACK");
    other.close();
    await waitFor(async () => (await healthOf(suite.url)).status === "ok", PATIENCE);
  }, 120_000);
});

describe("Postgres", () => {
  const folder = temporaryFolder();
  let postgres: Postgres;
  afterAll(async () => {
    await postgres?.kill("SIGQUIT");
    folder[Symbol.dispose]();
  });

  test("that is stopped, full or damaged is told of by service, and heals", async () => {
    postgres = await startPostgres({ dir: join(folder.path, "postgres"), fsync: false });
    const { url } = postgres;
    const databases = { url, urls: {}, connectionsMax: 5, migrateOnStart: true };
    await using suite = await startSuite({ databases, cluster: undefined });
    const ada = await signUp(suite.setupLink, "Ada");
    const partsAre = (parts: Record<string, string>) =>
      waitFor(async () => Bun.deepEquals((await healthOf(suite.url)).parts, parts), PATIENCE);
    const all = (state: string) => ({
      ...{ account: state, document: state, inbox: state, cluster: state },
    });

    await postgres.kill("SIGQUIT");
    await partsAre(all("down"));
    await postgres.restart();
    await partsAre(all("ok"));

    // The server's own errors, as a disk without room and a page that is broken raise them.
    const sql = new Bun.SQL(url, { max: 1 });
    const failing = async (table: string, code: string) => {
      await sql.unsafe(`CREATE OR REPLACE FUNCTION document.fail() RETURNS trigger AS
        $$ BEGIN RAISE EXCEPTION USING ERRCODE = '${code}'; END $$ LANGUAGE plpgsql`);
      await sql.unsafe(`CREATE TRIGGER failing BEFORE INSERT OR UPDATE ON document.${table}
        FOR EACH ROW EXECUTE FUNCTION document.fail()`);
    };
    await failing("probe", "53100");
    await partsAre({ ...all("ok"), document: "full" });
    await sql.unsafe("DROP TRIGGER failing ON document.probe");
    await partsAre(all("ok"));

    await failing("journal", "XX001");
    await waitFor(async () => {
      await ada.post("/notes", { text: "x" });
      return (await healthOf(suite.url)).parts.document === "corrupt";
    }, PATIENCE);
    await sql.close();
  }, 120_000);
});
