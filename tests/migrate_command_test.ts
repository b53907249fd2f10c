import { afterAll, beforeAll, describe, expect, test } from "bun:test";
import { cp } from "node:fs/promises";
import { join } from "node:path";
import { sql } from "kysely";
import {
  ActorSystem,
  type DocumentChange,
  documentBehavior,
  limits,
  systemClock,
  Tombstone,
} from "../actors/mod.ts";
import { loadConfig } from "../config.ts";
import { checkDocuments } from "../db/document/copy.ts";
import type { DocumentSchema } from "../db/document/schema.ts";
import { document } from "../db/document.ts";
import { runMigrateCommand } from "../db/migrate_command.ts";
import { PostgresConnections } from "../db/postgres/connections.ts";
import { createKysely } from "../db/postgres/open.ts";
import { type Databases, embeddedServices } from "../db/services.ts";
import { sqliteMigrations } from "../db/sql/migrate.ts";
import { lockDataDir } from "../db/sqlite/data_lock.ts";
import { openSqlite } from "../db/sqlite/open.ts";
import { openSqliteSource } from "../db/sqlite/source.ts";
import { openEmbeddedStores, openPostgresStores, type Stores } from "../db/stores.ts";
import { person, personId } from "./support/people.ts";
import { temporaryFolder } from "./support/temporary_folder.ts";
import { testDatabase } from "./support/test_database.ts";

const JOURNAL_ROWS = 100_000;
const inga = person("Inga Björk", { role: "administrator" });
const folder = temporaryFolder();
const dataDir = join(folder.path, "data");
let copies = 0;
let token: string;
let lineage: string;
let largeId: string;
/** A long first text is written in so many edits. */
const largeParts = limits.textUnitsMax / limits.savePieceUnitsMax;
let longId: string;
let purgedId: string;

async function databases(): Promise<Databases> {
  const config = loadConfig({}, { DATABASE_URL: await testDatabase() });
  if (config.databases === undefined) throw new Error("Cannot go on: there is no database");
  return config.databases;
}

async function run(args: string[], given: Databases | undefined, dir?: string) {
  if (dir === undefined) {
    // Within one process a file is let go of only when the last statement on it is collected.
    dir = join(folder.path, `copy ${++copies}`);
    await cp(dataDir, dir, { recursive: true });
  }
  const lines: string[] = [];
  const write = (line: string) => void lines.push(line);
  const code = await runMigrateCommand(args, { dataDir: dir, databases: given, write });
  return { code, lines };
}

async function withPostgres<Value>(given: Databases, use: (stores: Stores) => Promise<Value>) {
  const stores = await openPostgresStores(given, { clock: systemClock });
  return await use(stores).finally(() => stores.close());
}

/** Something in every table, beside a large note and one that was changed very often. */
async function furnish(stores: Stores): Promise<void> {
  const { accounts, sessions, documentStore, documentQueries } = stores;
  await accounts.create(inga, "hash");
  ({ token } = await sessions.create(inga.id, { device: "Firefox", address: "192.0.2.7" }));
  await accounts.setSetting("motto", "calm");
  const createdAt = systemClock.now();
  const invitation = { id: "i1", role: "guest", createdBy: inga.id, createdAt } as const;
  const times = {
    expiresAt: createdAt + limits.invitationMsMax,
    usedAt: undefined,
    usedBy: undefined,
  };
  await accounts.createInvitation({ ...invitation, ...times }, "token hash");
  largeId = await write(stores, `${"x".repeat(limits.textUnitsMax - 6)} 東京の会議`);
  longId = await write(stores, "often changed");
  const link = { id: "l1", role: "read", tokenHash: "h", createdAt, expiresAt: undefined } as const;
  const changes: DocumentChange[] = [
    { type: "link", link },
    { type: "member", userId: personId("grace"), role: "read", linkId: "l1" },
  ];
  await documentStore.commit([{ id: longId, changes }]);
  purgedId = systemClock.mintId();
  const purge = { type: "purge", at: createdAt, ownerId: inga.id } as const;
  await documentStore.commit([{ id: purgedId, changes: [purge] }]);
  await documentQueries.setPinned(longId, inga.id, true);
  for (const [id, text] of [
    [largeId, "東京の会議"],
    [longId, "often changed"],
  ] as const) {
    const projection = { version: 1, title: text, excerpt: text, text, words: 1 };
    await documentQueries.project(id, { ...projection, changedAt: 5, changedBy: inga.id });
  }
}

async function write({ documentStore }: Stores, text: string): Promise<string> {
  const id = systemClock.mintId();
  const log = { info() {}, warn() {}, error() {} };
  const documents = new ActorSystem({ clock: systemClock, log }).register(
    documentBehavior,
    documentStore,
  );
  const at = systemClock.now();
  await documents.ask(id, { type: "create", userId: inga.id, at, operationId: `o-${id}`, text });
  return id;
}

/** Journal entries whose updates a snapshot has replaced, as a note has that is years old. */
async function lengthen(): Promise<void> {
  const path = join(dataDir, "document.db");
  const { database, close } = await openSqlite<DocumentSchema>(
    path,
    sqliteMigrations(document.steps),
  );
  database.run(
    `WITH RECURSIVE n (i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < ${JOURNAL_ROWS})
     INSERT INTO journal (document_id, version, operation_id, author_id, at, delta, frontiers)
     SELECT '${longId}', i + 1, 'operation-' || i, 'ada', i, '["x"]', x'00' FROM n`,
  );
  database.run(`UPDATE document SET version = ${JOURNAL_ROWS + 1} WHERE id = '${longId}'`);
  await close();
}

beforeAll(async () => {
  const stores = await openEmbeddedStores(dataDir, { clock: systemClock });
  ({ lineage } = stores);
  await furnish(stores).finally(() => stores.close());
  await lengthen();
});

afterAll(() => folder[Symbol.dispose]());

describe("suite migrate", () => {
  test("brings every schema up to date, and says what it ran", async () => {
    const given = await databases();
    const { code, lines } = await run([], given);
    expect(code).toBe(0);
    const schemas = lines.map((line) => line.split(":")[0]);
    const services: string[] = embeddedServices.map(({ name }) => name);
    expect(schemas.sort()).toEqual([...services, "cluster"].sort());
    expect(lines.every((line) => line.includes("ran 0001_tables"))).toBe(true);
    expect((await run([], given)).lines).toContain("account: is up to date");
    await withPostgres({ ...given, migrateOnStart: false }, async ({ accounts }) => {
      expect(await accounts.count()).toBe(0);
    });
  });

  test("brings the files up to date where there is no Postgres", async () => {
    using empty = temporaryFolder();
    const { code, lines } = await run([], undefined, empty.path);
    expect(code).toBe(0);
    expect(lines).toEqual(embeddedServices.map(({ name }) => `${name}.db: is up to date`));
  });

  test("refuses words that it does not understand", async () => {
    for (const args of [["now"], ["--from", "oracle"], ["--to", "sqlite"]]) {
      const { code, lines } = await run(args, undefined);
      expect(code).toBe(2);
      expect(lines.join()).toContain("Usage: suite migrate");
    }
    await expect(run(["--from", "sqlite"], undefined)).rejects.toThrow("wanted DATABASE_URL");
  });
});

describe("suite migrate --from sqlite", () => {
  test("copies everything and says what it compared", async () => {
    const given = await databases();
    Bun.gc(true);
    const before = process.memoryUsage.rss();
    const { code, lines } = await run(["--from", "sqlite"], given);
    expect(code).toBe(0);
    // It takes 80 MB by itself; what ran before it in this process may be in the way of the collector.
    expect(process.memoryUsage.rss() - before).toBeLessThan(600_000_000);
    expect(lines).toContain(`journal: ${JOURNAL_ROWS + largeParts + 1} rows, as many as in SQLite`);
    expect(lines).toContain("The text of 2 documents is the same in both.");
    await withPostgres(given, async (stores) => {
      const { accounts, sessions, documentStore, documentQueries, outboxes } = stores;
      expect(await accounts.find(inga.id)).toEqual(inga);
      expect((await sessions.validate(token))?.account).toEqual(inga);
      expect(await accounts.getSetting("motto")).toBe("calm");
      expect(await accounts.findInvitation("token hash", systemClock.now())).toBeDefined();
      const found = await documentQueries.list(inga.id, { query: "会議" });
      expect(found.items.map(({ id }) => id)).toEqual([largeId]);
      const [pinned] = (await documentQueries.list(inga.id, {})).items;
      expect(pinned).toMatchObject({ id: longId, pinned: true, memberCount: 1, linkCount: 1 });
      expect(await documentQueries.role(longId, personId("grace"))).toBe("read");
      expect(await documentStore.load(longId)).toMatchObject({ version: JOURNAL_ROWS + 1 });
      expect(await documentStore.load(purgedId)).toBeInstanceOf(Tombstone);
      const told: string[] = [];
      await outboxes[0]?.relay(99, async (events) => {
        told.push(...events.map(({ type }) => type));
      });
      expect(told).toContain("document.changed");
      // Numbers go on behind the copied ones.
      await write(stores, "a new one");
      expect((await documentQueries.list(inga.id, {})).items).toHaveLength(3);
    });
  });

  test("begins a line of history of its own", async () => {
    const given = await databases();
    await run([], given);
    // Nodes that were started on the empty database have minted one.
    const before = await withPostgres(given, async ({ lineage }) => lineage);
    await run(["--from", "sqlite"], given);
    const after = await withPostgres(given, async ({ lineage }) => lineage);
    expect(new Set([before, after, lineage]).size).toBe(3);
    expect(await withPostgres(given, async (stores) => stores.lineage)).toBe(after);
  });

  test("refuses a database that has data, and leaves nothing of what it began", async () => {
    const given = await databases();
    await withPostgres(given, async (stores) => {
      await write(stores, "here before");
    });
    const refused = run(["--from", "sqlite"], given);
    await expect(refused).rejects.toThrow(
      'Cannot copy to schema "document": wanted an empty database, received 1 rows in "document"',
    );
    await withPostgres(given, async ({ accounts }) => {
      expect(await accounts.count()).toBe(0);
    });
  });

  test("refuses files that a server has open, and a folder without any", async () => {
    const given = await databases();
    const lock = lockDataDir(dataDir);
    const locked = run(["--from", "sqlite"], given, dataDir);
    await expect(locked).rejects.toThrow(`in use by process ${process.pid} `);
    lock.release();
    const running = await openEmbeddedStores(dataDir, { clock: systemClock });
    const refused = run(["--from", "sqlite"], given, dataDir);
    await expect(refused).rejects.toThrow("in use; stop the server");
    await running.close();
    using empty = temporaryFolder();
    await expect(run(["--from", "sqlite"], given, empty.path)).rejects.toThrow("nothing there");
  });

  test("names the document that is not the same in both", async () => {
    const given = await databases();
    await run([], given);
    const dir = join(folder.path, "differs");
    await cp(dataDir, dir, { recursive: true });
    const file = { migrations: sqliteMigrations(document.steps) };
    using source = await openSqliteSource<DocumentSchema>(join(dir, "document.db"), file);
    const connections = new PostgresConnections({
      ...{ url: given.url, schema: "document", connectionsMax: 1 },
    });
    const checked = connections.use((lease) => checkDocuments(source, lease));
    await expect(checked).rejects.toThrow(`Cannot copy document "${largeId}"`);
    await connections.end();
  });

  test("knows every table there is", async () => {
    const given = await databases();
    await run([], given);
    const connections = new PostgresConnections({
      ...{ url: given.url, schema: "public", connectionsMax: 1 },
    });
    const { rows } = await sql<{ schema: string; table: string }>`
      SELECT table_schema AS schema, table_name AS table FROM information_schema.tables
      WHERE table_schema NOT IN ('cluster', 'public', 'pg_catalog', 'information_schema') AND table_name NOT LIKE 'kysely%'
        AND table_name <> 'probe'`.execute(createKysely(connections));
    await connections.end();
    const tables = rows.map(({ schema, table }) => `${schema}.${table}`).sort();
    const copied = embeddedServices.flatMap((it) =>
      [...it.tables, ...it.rebuilt].map((name) => `${it.name}.${name}`),
    );
    expect(tables).toEqual(copied.sort());
  });
});
