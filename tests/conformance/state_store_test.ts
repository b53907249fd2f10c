/** Actors with small state in either database: a shelf, which is a list of books. */

import { afterEach, beforeEach, describe, expect, test } from "bun:test";
import { sql } from "kysely";
import { type Batch, Tombstone } from "../../actors/mod.ts";
import { openPostgres } from "../../db/postgres/open.ts";
import type { ServiceDatabase } from "../../db/service.ts";
import { type MigrationStep, postgresMigrations, sqliteMigrations } from "../../db/sql/migrate.ts";
import * as outboxTable from "../../db/sql/migrations/outbox.ts";
import * as stateTable from "../../db/sql/migrations/state.ts";
import * as tombstoneTable from "../../db/sql/migrations/tombstone.ts";
import { SqlOutbox } from "../../db/sql/outbox.ts";
import { SqlStateStore, type StateChange, type StateTypes } from "../../db/sql/state_store.ts";
import { openSqlite } from "../../db/sqlite/open.ts";
import { noteEvent } from "../support/events.ts";
import { testDatabase } from "../support/test_database.ts";
import { emptyOutbox } from "./databases.ts";

interface Shelf {
  books: string[];
}

interface ShelfTypes extends StateTypes {
  stored: Shelf;
  change: StateChange<Shelf>;
}

const STEPS: readonly MigrationStep[] = [
  { name: "0001_state", ...stateTable },
  { name: "0002_tombstone", ...tombstoneTable },
  { name: "0003_outbox", ...outboxTable },
];

const DATABASES = [
  {
    name: "SQLite",
    open: () => openSqlite<unknown>(":memory:", sqliteMigrations(STEPS)),
  },
  {
    name: "Postgres",
    open: async () =>
      openPostgres<unknown>({
        ...{ url: await testDatabase(), schema: "shelf", migrations: postgresMigrations(STEPS) },
        ...{ connectionsMax: 4, migrateOnStart: true },
      }),
  },
];

describe.each(DATABASES)("small states in $name", ({ open }) => {
  let database: ServiceDatabase<unknown>;
  let store: SqlStateStore<ShelfTypes>;
  let told: number;

  function createStore(version = 1): SqlStateStore<ShelfTypes> {
    return new SqlStateStore<ShelfTypes>(database, {
      version,
      upgrade: (state, from) => ({ books: [`of ${from}`, ...(state as Shelf).books] }),
      onEvents: () => {
        told++;
      },
    });
  }

  async function write(id: string, ...changes: StateChange<Shelf>[]): Promise<void> {
    expect(await store.commit([{ id, changes }])).toEqual([{ state: "ok" }]);
  }

  const holding = (...books: string[]): StateChange<Shelf> => ({ type: "state", state: { books } });

  beforeEach(async () => {
    database = await open();
    told = 0;
    store = createStore();
  });

  afterEach(() => database.close());

  test("are written as a whole, and the last of a turn counts", async () => {
    expect(await store.load("a")).toBeUndefined();
    await write("a", holding("tides"));
    await write("a", holding("tides", "moons"), holding("moons"));
    expect(await store.load("a")).toEqual({ books: ["moons"] });
    const many: Batch<StateChange<Shelf>>[] = Array.from({ length: 300 }, (_, index) => ({
      ...{ id: `many ${index}`, changes: [holding(`${index}`)] },
    }));
    expect(new Set((await store.commit(many)).map(({ state }) => state))).toEqual(new Set(["ok"]));
    const loaded = await Promise.all(many.map(({ id }) => store.load(id)));
    expect(loaded).toEqual(many.map((_, index) => ({ books: [`${index}`] })));
  });

  test("leave a tombstone, and nothing from before an end", async () => {
    await write("a", holding("tides"));
    await write("a", holding("moons"), { type: "purge", at: 7, ownerId: "inga" });
    const ended = await store.load("a");
    expect(ended).toBeInstanceOf(Tombstone);
    expect(ended).toMatchObject({ at: 7, ownerId: "inga" });
    const { rows } = await sql`SELECT id FROM state`.execute(database.kysely);
    expect(rows).toEqual([]);
  });

  test("tell in the same transaction, each thing once", async () => {
    const outbox = new SqlOutbox("shelf", database as never);
    const event: StateChange<Shelf> = { type: "event", event: noteEvent("told") };
    await write("a", holding("tides"), event);
    await write("a", event);
    await write("a", holding("moons"));
    expect(told).toBe(2);
    expect((await emptyOutbox(outbox)).map(({ id }) => id)).toEqual(["told"]);
    // What cannot be written tells nothing.
    const end: StateChange<Shelf> = { type: "purge", at: 7, ownerId: undefined };
    await write("a", end);
    const lost: StateChange<Shelf> = { type: "event", event: noteEvent("lost") };
    const [result] = await store.commit([{ id: "a", changes: [end, lost] }]);
    expect(result?.state).toBe("failed");
    expect(told).toBe(2);
    expect(await emptyOutbox(outbox)).toEqual([]);
  });

  test("of an older shape are brought to the newer one, and written so", async () => {
    await write("a", holding("tides"));
    store = createStore(2);
    const state = (await store.load("a")) as Shelf;
    expect(state).toEqual({ books: ["of 1", "tides"] });
    await write("a", { type: "state", state });
    expect(await store.load("a")).toEqual(state);
  });

  test("are all there is to read", async () => {
    await expect(store.fetch("a")).rejects.toThrow("its state is all there is");
  });
});
