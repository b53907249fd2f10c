import { afterEach, expect, test } from "bun:test";
import { mkdtemp, rm, stat } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { type Kysely, sql } from "kysely";
import type { Migrations } from "../sql/migrate.ts";
import { type OpenDatabase, openSqlite } from "./open.ts";

interface Schema {
  ship: { id: number; name: string };
}

const migrations: Migrations = {
  "0001_ships": {
    async up(kysely: Kysely<unknown>) {
      await kysely.schema
        .createTable("ship")
        .addColumn("id", "integer", (column) => column.primaryKey())
        .addColumn("name", "text", (column) => column.notNull().unique())
        .execute();
    },
  },
};

const opened: OpenDatabase<Schema>[] = [];
const folders: string[] = [];

async function open(path = ":memory:", list = migrations): Promise<OpenDatabase<Schema>> {
  const database = await openSqlite<Schema>(path, list);
  opened.push(database);
  return database;
}

async function folder(): Promise<string> {
  const path = await mkdtemp(join(tmpdir(), "open-"));
  folders.push(path);
  return path;
}

afterEach(async () => {
  for (const database of opened.splice(0)) await database.close();
  for (const path of folders.splice(0)) await rm(path, { recursive: true });
});

test("openSqlite() opens a file with a log that it syncs by itself", async () => {
  const { database } = await open(join(await folder(), "deep", "ship.db"));
  expect(database.query("pragma journal_mode").get()).toEqual({ journal_mode: "wal" });
  expect(database.query("pragma synchronous").get()).toEqual({ synchronous: 1 });
  expect(database.query("pragma foreign_keys").get()).toEqual({ foreign_keys: 1 });
});

test("openSqlite() keeps the folder it makes from others", async () => {
  const path = join(await folder(), "data");
  await open(join(path, "ship.db"));
  expect((await stat(path)).mode & 0o777).toBe(0o700);
});

test("what was committed is there after closing and opening again, in the file alone", async () => {
  const path = join(await folder(), "ship.db");
  const first = await openSqlite<Schema>(path, migrations);
  await first.kysely.insertInto("ship").values({ id: 1, name: "Argo" }).execute();
  await first.close();
  expect(await Bun.file(`${path}-wal`).exists()).toBe(false);
  const again = await open(path);
  expect(await again.kysely.selectFrom("ship").select("name").execute()).toEqual([
    { name: "Argo" },
  ]);
});

test("openSqlite() names the file that cannot be opened", async () => {
  const path = join(await folder(), "ship.db");
  await Bun.write(path, "this is a text and no database at all, however one looks at it");
  await expect(open(path)).rejects.toThrow(`Cannot open database "${path}"`);
});

test("concurrent transactions queue and never see each other half done", async () => {
  const { kysely } = await open();
  const seen: number[] = [];
  const insertTwo = (id: number) =>
    kysely.transaction().execute(async (transaction) => {
      await transaction
        .insertInto("ship")
        .values({ id, name: `ship ${id}` })
        .execute();
      await Promise.resolve();
      const { count } = await transaction
        .selectFrom("ship")
        .select(sql<number>`count(*)`.as("count"))
        .executeTakeFirstOrThrow();
      seen.push(count);
      if (id === 2) throw new Error("sunk");
      await transaction
        .insertInto("ship")
        .values({ id: id + 10, name: `other ${id}` })
        .execute();
    });
  const results = await Promise.allSettled([insertTwo(1), insertTwo(2), insertTwo(3)]);
  expect(results.map((result) => result.status)).toEqual(["fulfilled", "rejected", "fulfilled"]);
  expect(seen).toEqual([1, 3, 3]);
  const rows = await kysely.selectFrom("ship").select("id").orderBy("id").execute();
  expect(rows.map((row) => row.id)).toEqual([1, 3, 11, 13]);
});

test("exclusive() waits for a transaction that is open and stays out of it", async () => {
  const { kysely, exclusive } = await open();
  const sunk = kysely.transaction().execute(async (transaction) => {
    await transaction.insertInto("ship").values({ id: 1, name: "Titanic" }).execute();
    await Promise.resolve();
    throw new Error("sunk");
  });
  const written = exclusive((database) =>
    database.run("insert into ship (id, name) values (2, 'Argo')"),
  );
  await expect(sunk).rejects.toThrow("sunk");
  await written;
  const rows = await kysely.selectFrom("ship").select("name").execute();
  expect(rows).toEqual([{ name: "Argo" }]);
});

test("exclusive() rolls back what a throwing function wrote", async () => {
  const { kysely, exclusive } = await open();
  const sunk = exclusive((database) => {
    database.run("insert into ship (id, name) values (1, 'Titanic')");
    throw new Error("sunk");
  });
  await expect(sunk).rejects.toThrow("sunk");
  expect(await kysely.selectFrom("ship").selectAll().execute()).toEqual([]);
});

test("a full disk refuses the write as store_full, keeps what was there and goes on reading", async () => {
  const { kysely, database, exclusive } = await open();
  await kysely.insertInto("ship").values({ id: 1, name: "Argo" }).execute();
  const { page_count: pages } = database.query("pragma page_count").get() as { page_count: number };
  database.run(`pragma max_page_count = ${pages}`);
  const large = "x".repeat(100_000);
  const write = kysely
    .transaction()
    .execute((transaction) =>
      transaction.insertInto("ship").values({ id: 2, name: large }).execute(),
    );
  await expect(write).rejects.toMatchObject({ code: "store_full" });
  const hot = exclusive((handle) => handle.run("insert into ship values (3, ?)", [large]));
  await expect(hot).rejects.toMatchObject({ code: "store_full" });
  const rows = await kysely.selectFrom("ship").select("name").execute();
  expect(rows).toEqual([{ name: "Argo" }]);
});

test("a query tells how many rows it changed, and streams rows", async () => {
  const { kysely } = await open();
  const values = [1, 2, 3].map((id) => ({ id, name: `ship ${id}` }));
  const inserted = await kysely.insertInto("ship").values(values).executeTakeFirstOrThrow();
  expect(inserted.insertId).toBe(3n);
  const deleted = await kysely.deleteFrom("ship").where("id", ">", 1).executeTakeFirstOrThrow();
  expect(deleted.numDeletedRows).toBe(2n);
  const names: string[] = [];
  for await (const row of kysely.selectFrom("ship").select("name").stream()) names.push(row.name);
  expect(names).toEqual(["ship 1"]);
});

test("a second writer waits for the first instead of failing", async () => {
  const path = join(await folder(), "ship.db");
  const server = await open(path);
  await open(path);
  const script = `
    import { Database } from "bun:sqlite";
    const database = new Database(${JSON.stringify(path)});
    database.run("pragma busy_timeout = 5000");
    database.run("begin immediate");
    console.log("locked");
    for await (const _ of console) break;
    database.run("commit");
  `;
  const other = Bun.spawn([process.execPath, "-e", script], { stdin: "pipe", stdout: "pipe" });
  const reader = other.stdout.getReader();
  await reader.read();
  other.stdin.write("go\n");
  other.stdin.flush();
  await server.kysely.insertInto("ship").values({ id: 1, name: "Argo" }).execute();
  expect(await other.exited).toBe(0);
  const rows = await server.kysely.selectFrom("ship").select("name").execute();
  expect(rows).toEqual([{ name: "Argo" }]);
});
