import { afterAll, beforeAll, describe, expect, test } from "bun:test";
import { type Batch, type DocumentChange, type PersonId, systemClock } from "../../actors/mod.ts";
import { startTcpProxy, type TcpProxy } from "../../scripts/cluster/tcp_proxy.ts";
import { personId } from "../../tests/support/people.ts";
import { testDatabase } from "../../tests/support/test_database.ts";
import { waitFor } from "../../tests/support/wait_for.ts";
import type { PostgresConnections, Statement } from "../postgres/connections.ts";
import { unavailable } from "../postgres/errors.ts";
import { FencedCommits } from "../postgres/fenced_commits.ts";
import { openPostgres, type PostgresDatabase } from "../postgres/open.ts";
import { postgresMigrations } from "../sql/migrate.ts";
import { documentSteps } from "./migrations/mod.ts";
import type { DocumentSchema } from "./schema.ts";
import { SqlDocumentStore } from "./store.ts";

const ADA = personId("ada");

let proxy: TcpProxy;
let database: PostgresDatabase<DocumentSchema>;
let store: SqlDocumentStore;

function creation(id = systemClock.mintId()): Batch<DocumentChange> {
  return { id, changes: [{ type: "create", ownerId: ADA, at: 1 }] };
}

beforeAll(async () => {
  const url = new URL(await testDatabase());
  proxy = await startTcpProxy({ port: Number(url.port) });
  url.port = `${proxy.port}`;
  database = await openPostgres<DocumentSchema>({
    ...{ url: url.href, schema: "document", connectionsMax: 2 },
    ...{ migrations: postgresMigrations(documentSteps), migrateOnStart: true },
  });
  store = new SqlDocumentStore(database);
});

afterAll(async () => {
  await database.close();
  await proxy.stop();
});

/** The same connections, which break while they conclude, when the server has done so already. */
function losingTheAnswer(): PostgresConnections {
  const { connections } = database;
  const connect = async () => {
    const lease = await connections.connect();
    const query = async (statement: string & Statement) => {
      const result = await lease.query(statement);
      if (statement === "COMMIT") throw unavailable(new Error("Connection terminated"));
      return result;
    };
    return { query, release: () => lease.release() };
  };
  return { connect, state: () => "ok" } as unknown as PostgresConnections;
}

describe("a commit", () => {
  test("is written over another connection when its own has died before", async () => {
    const { rows } = await database.connections.query({ text: "SELECT pg_backend_pid() AS pid" });
    const terminated = database.connections.use(async (lease) => {
      await lease.query("SELECT pg_terminate_backend($1)", [rows[0].pid]);
    });
    await terminated.catch(() => {});
    const results = await store.commit([creation(), creation()]);
    expect(results).toEqual([{ state: "ok" }, { state: "ok" }]);
  });

  test("whose end nobody knows has failed, and repeating it does no harm", async () => {
    const batch = creation();
    const lost = new SqlDocumentStore({
      ...database,
      commits: (writesOf) => new FencedCommits(losingTheAnswer(), writesOf),
    });
    expect(await lost.commit([batch])).toMatchObject([
      { state: "failed", error: { code: "store_failed" } },
    ]);
    expect(await store.load(batch.id)).toBeDefined();
    expect(await store.commit([batch])).toMatchObject([
      { state: "failed", error: { code: "store_failed" } },
    ]);
  });

  test("of text that cannot be stored fails alone", async () => {
    const bad = creation();
    const changes: DocumentChange[] = [{ type: "create", ownerId: "a\0b" as PersonId, at: 1 }];
    const results = await store.commit([creation(), { ...bad, changes }, creation()]);
    expect(results).toMatchObject([
      { state: "ok" },
      { state: "failed", error: { code: "invalid" } },
      { state: "ok" },
    ]);
  });
});

test("while the database is away, everything fails, and nothing has to be opened again", async () => {
  const before = creation();
  await store.commit([before]);
  proxy.cut();
  const during = creation();
  const results = await store.commit([during, creation()]);
  expect(results.map(({ state }) => state)).toEqual(["failed", "failed"]);
  await expect(store.load(before.id)).rejects.toMatchObject({ code: "store_failed" });
  await expect(store.fetch(before.id, { type: "entries", afterVersion: 0 })).rejects.toMatchObject({
    code: "store_failed",
  });
  proxy.heal();
  await waitFor(async () => (await store.commit([during]))[0]?.state === "ok");
  expect(await store.load(before.id)).toBeDefined();
  expect(await store.load(during.id)).toBeDefined();
});
