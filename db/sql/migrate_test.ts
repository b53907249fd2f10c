import { expect, test } from "bun:test";
import { type Kysely, sql } from "kysely";
import { openSqlite } from "../sqlite/open.ts";
import { migrate } from "./migrate.ts";

const create = (table: string) => ({
  async up(kysely: Kysely<unknown>) {
    await kysely.schema.createTable(table).addColumn("id", "integer").execute();
  },
});

async function tables(kysely: Kysely<unknown>): Promise<string[]> {
  const { rows } = await sql<{
    name: string;
  }>`select name from sqlite_master where type = 'table' and name not like 'kysely%' order by name`.execute(
    kysely,
  );
  return rows.map((row) => row.name);
}

test("migrate() runs what has not run yet, in the order of the names", async () => {
  const { kysely, close } = await openSqlite(":memory:", { "0001_a": create("a") });
  const all = { "0003_c": create("c"), "0001_a": create("a"), "0002_b": create("b") };
  expect(await migrate(kysely, all)).toEqual(["0002_b", "0003_c"]);
  expect(await migrate(kysely, all)).toEqual([]);
  expect(await tables(kysely)).toEqual(["a", "b", "c"]);
  await close();
});

test("migrate() leaves nothing behind when a migration fails", async () => {
  const { kysely, close } = await openSqlite(":memory:", {});
  const broken = {
    "0001_a": create("a"),
    "0002_broken": {
      async up(db: Kysely<unknown>) {
        await create("half").up(db);
        throw new Error("out of paint");
      },
    },
  };
  await expect(migrate(kysely, broken)).rejects.toThrow(
    'expected "0002_broken" to run, received: out of paint',
  );
  expect(await tables(kysely)).toEqual([]);
  await close();
});

test("migrate() refuses a database that a newer version wrote", async () => {
  const { kysely, close } = await openSqlite(":memory:", {
    "0001_a": create("a"),
    "0002_b": create("b"),
  });
  await expect(migrate(kysely, { "0001_a": create("a") })).rejects.toThrow("0002_b");
  await close();
});
