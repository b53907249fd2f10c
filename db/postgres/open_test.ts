import { afterEach, describe, expect, test } from "bun:test";
import { type Kysely, sql } from "kysely";
import { testDatabase } from "../../tests/support/test_database.ts";
import type { Migrations } from "../sql/migrate.ts";
import { migratePostgres, openPostgres, type PostgresDatabase } from "./open.ts";

interface Schema {
  ship: { name: string };
}

const create = (table: string) => ({
  async up(kysely: Kysely<unknown>) {
    await kysely.schema.createTable(table).addColumn("name", "text").execute();
  },
});

const migrations: Migrations = { "0001_ships": create("ship"), "0002_docks": create("dock") };
const opened: PostgresDatabase<Schema>[] = [];

async function open(
  url: string,
  given: { migrateOnStart?: boolean; migrations?: Migrations } = {},
) {
  const database = await openPostgres<Schema>({
    ...{ url, schema: "harbor", connectionsMax: 2, migrations, migrateOnStart: true },
    ...given,
  });
  opened.push(database);
  return database;
}

afterEach(async () => {
  for (const database of opened.splice(0)) await database.close();
});

describe("openPostgres()", () => {
  test("makes the schema once, however many nodes start together", async () => {
    const url = await testDatabase();
    const databases = await Promise.all([1, 2, 3, 4].map(() => open(url)));
    await databases[0]?.kysely.insertInto("ship").values({ name: "Argo" }).execute();
    expect(await databases[3]?.kysely.selectFrom("ship").selectAll().execute()).toEqual([
      { name: "Argo" },
    ]);
    const { rows } = await sql`SELECT name FROM harbor.kysely_migration ORDER BY name`.execute(
      databases[1]?.kysely as Kysely<Schema>,
    );
    expect(rows).toEqual([{ name: "0001_ships" }, { name: "0002_docks" }]);
    expect(databases.map(({ probe }) => probe.health.state)).toEqual(["ok", "ok", "ok", "ok"]);
  });

  test("brings an older schema up to date", async () => {
    const url = await testDatabase();
    await open(url, { migrations: { "0001_ships": create("ship") } });
    await open(url);
    expect(await migratePostgres({ url, schema: "harbor", migrations })).toEqual([]);
  });

  test("says what to run when the schema is behind and it may not migrate", async () => {
    const url = await testDatabase();
    const refused = open(url, { migrateOnStart: false });
    await expect(refused).rejects.toThrow(
      'Cannot open schema "harbor": wanted migration "0002_docks", received "none"; run "suite migrate"',
    );
    await open(url, { migrations: { "0001_ships": create("ship") } });
    await expect(open(url, { migrateOnStart: false })).rejects.toThrow(
      'received "0001_ships"; run',
    );
    await open(url);
    await open(url, { migrateOnStart: false });
  });

  test("refuses a schema that a newer version wrote", async () => {
    const url = await testDatabase();
    await open(url);
    const older = { "0001_ships": create("ship") };
    await expect(open(url, { migrations: older, migrateOnStart: false })).rejects.toThrow(
      'received "0002_docks"; run a newer version of the suite',
    );
    await expect(open(url, { migrations: older })).rejects.toThrow("0002_docks");
  });

  test("leaves nothing behind when a migration fails", async () => {
    const url = await testDatabase();
    const broken: Migrations = {
      "0001_ships": create("ship"),
      "0002_broken": {
        async up() {
          throw new Error("out of paint");
        },
      },
    };
    await expect(open(url, { migrations: broken })).rejects.toThrow("out of paint");
    await open(url);
  });

  test("says when there is no Postgres", async () => {
    await expect(open("postgres://suite@127.0.0.1:1/none")).rejects.toThrow(
      'Cannot open schema "harbor"',
    );
  });
});
