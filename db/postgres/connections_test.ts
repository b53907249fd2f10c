import { afterAll, afterEach, beforeAll, describe, expect, test } from "bun:test";
import { join } from "node:path";
import { limits, SuiteError } from "../../actors/mod.ts";
import { type Postgres, startPostgres } from "../../scripts/cluster/postgres.ts";
import { startTcpProxy, type TcpProxy } from "../../scripts/cluster/tcp_proxy.ts";
import { temporaryFolder } from "../../tests/support/temporary_folder.ts";
import { testDatabase } from "../../tests/support/test_database.ts";
import { waitFor } from "../../tests/support/wait_for.ts";
import { type DatabaseState, PostgresConnections } from "./connections.ts";
import { createKysely } from "./open.ts";

const opened: PostgresConnections[] = [];

function connect(url: string, connectionsMax = 4, states: DatabaseState[] = []) {
  const onState = (state: DatabaseState) => states.push(state);
  const connections = new PostgresConnections({ url, schema: "public", connectionsMax, onState });
  opened.push(connections);
  return connections;
}

const ask = (connections: PostgresConnections) => connections.query({ text: "SELECT 1 AS one" });

const failureOf = (promise: Promise<unknown>): Promise<unknown> =>
  promise.then(
    () => undefined,
    (error) => error,
  );

afterEach(async () => {
  for (const connections of opened.splice(0)) await connections.end();
});

describe("a connection", () => {
  let url: string;

  beforeAll(async () => {
    url = await testDatabase();
  });

  test("belongs to its service, is durable, and limits how long anything takes", async () => {
    const { rows } = await connect(url).query({
      text: `SELECT name, setting FROM pg_settings WHERE name IN ('application_name', 'search_path',
        'synchronous_commit', 'statement_timeout', 'lock_timeout',
        'idle_in_transaction_session_timeout') ORDER BY name`,
    });
    expect(Object.fromEntries(rows.map((row) => [row.name, row.setting]))).toEqual({
      application_name: "suite public",
      search_path: "public",
      synchronous_commit: "on",
      statement_timeout: `${limits.statementMsMax}`,
      lock_timeout: `${limits.lockWaitMsMax}`,
      idle_in_transaction_session_timeout: `${limits.transactionIdleMsMax}`,
    });
  });

  test("answers times and counts as numbers, and bytes as bytes of their own", async () => {
    const { rows } = await connect(url).query({
      text: "SELECT 1792839281234::int8 AS time, $1::bytea AS bytes, count(*) AS count",
      values: [new Uint8Array([0, 255, 7])],
    });
    expect(rows[0]).toMatchObject({ time: 1_792_839_281_234, count: 1 });
    expect(rows[0].bytes).toEqual(new Uint8Array([0, 255, 7]));
  });

  test("prepares a statement that has a name once", async () => {
    const connections = connect(url, 1);
    const text = "SELECT $1::int + 1 AS next";
    for (const value of [1, 2, 3]) {
      const { rows } = await connections.query({ name: "next", text, values: [value] });
      expect(rows).toEqual([{ next: value + 1 }]);
    }
    const { rows } = await connections.query({
      text: "SELECT count(*) AS count FROM pg_prepared_statements WHERE name = 'next'",
    });
    expect(rows).toEqual([{ count: 1 }]);
  });

  test("rolls back what throws, and gives the error of the statement", async () => {
    const connections = connect(url, 1);
    await connections.query({ text: "CREATE TABLE ship (name text UNIQUE)" });
    const sunk = connections.transaction(async (lease) => {
      await lease.query("INSERT INTO ship VALUES ('Titanic')");
      await lease.query("INSERT INTO ship VALUES ('Titanic')");
    });
    expect(await failureOf(sunk)).toMatchObject({ code: "23505" });
    expect((await connections.query({ text: "SELECT * FROM ship" })).rows).toEqual([]);
  });

  test("says that text with a NUL is not text", async () => {
    const failure = await failureOf(connect(url).query({ text: "SELECT $1", values: ["a\0b"] }));
    expect(failure).toBeInstanceOf(SuiteError);
    expect(failure).toMatchObject({ code: "invalid" });
  });

  test("waits its turn, and is refused when none comes free, without an alarm", async () => {
    const connections = connect(url, 1);
    const lease = await connections.connect();
    const failure = await failureOf(ask(connections));
    expect(failure).toMatchObject({ code: "store_failed", retryAfterSeconds: 1 });
    expect(connections.state()).toBe("ok");
    lease.release();
    lease.release();
    expect((await ask(connections)).rows).toEqual([{ one: 1 }]);
  });

  test("that was lost while nobody used it is replaced before anybody reads or begins", async () => {
    const connections = connect(url, 1);
    const kysely = createKysely<{ fleet: { name: string } }>(connections);
    await connections.query({ text: "CREATE TABLE fleet (name text)" });
    const others = connect(url, 1);
    const lose = async (pid: number) => {
      await others.query({ text: "SELECT pg_terminate_backend($1)", values: [pid] });
    };
    for (const use of [
      () => kysely.selectFrom("fleet").selectAll().execute(),
      () =>
        kysely
          .transaction()
          .execute((transaction) =>
            transaction.insertInto("fleet").values({ name: "Argo" }).execute(),
          ),
    ]) {
      const { rows } = await connections.query({ text: "SELECT pg_backend_pid() AS pid" });
      await lose(rows[0].pid);
      await use();
    }
    expect(await kysely.selectFrom("fleet").selectAll().execute()).toEqual([{ name: "Argo" }]);
  });
});

describe("while Postgres is away", () => {
  let url: string;
  let proxy: TcpProxy;

  beforeAll(async () => {
    const target = new URL(await testDatabase());
    proxy = await startTcpProxy({ port: Number(target.port) });
    target.port = `${proxy.port}`;
    url = target.href;
  });

  afterAll(() => proxy.stop());

  test("calls fail at once, and it heals by itself and says so", async () => {
    const states: DatabaseState[] = [];
    const connections = connect(url, 4, states);
    await ask(connections);
    proxy.cut();
    await waitFor(async () => {
      await failureOf(ask(connections));
      return connections.state() === "down";
    });
    const startedMs = performance.now();
    expect(await failureOf(ask(connections))).toMatchObject({ code: "store_failed" });
    expect(performance.now() - startedMs).toBeLessThan(100);
    proxy.heal();
    await waitFor(() => connections.state() === "ok");
    expect((await ask(connections)).rows).toEqual([{ one: 1 }]);
    expect(states).toEqual(["down", "ok"]);
  });

  test("a network that swallows everything is found out, and its connections are given up", async () => {
    const connections = connect(url, 2);
    await Promise.all([ask(connections), ask(connections)]);
    proxy.stall();
    const failures = await Promise.all([1, 2, 3, 4].map(() => failureOf(ask(connections))));
    for (const failure of failures) expect(failure).toMatchObject({ code: "store_failed" });
    await waitFor(() => connections.state() === "down", { deadlineMs: 20_000 });
    proxy.heal();
    await waitFor(() => connections.state() === "ok");
    expect((await ask(connections)).rows).toEqual([{ one: 1 }]);
  });

  test("nobody has to ask for it to be noticed by whoever looks at the state", async () => {
    const connections = connect(url);
    await ask(connections);
    proxy.cut();
    await waitFor(() => connections.state() === "down");
    proxy.heal();
    await waitFor(() => connections.state() === "ok");
  });
});

describe("a Postgres that starts again", () => {
  const folder = temporaryFolder();
  let postgres: Postgres;

  beforeAll(async () => {
    postgres = await startPostgres({ dir: join(folder.path, "postgres"), fsync: false });
  });

  afterAll(async () => {
    await postgres.kill("SIGQUIT");
    folder[Symbol.dispose]();
  });

  test("is used again, without an error for whoever comes after", async () => {
    const connections = connect(postgres.url);
    await Promise.all([1, 2, 3].map(() => ask(connections)));
    await postgres.restart();
    await waitFor(() => connections.state() === "ok");
    expect((await ask(connections)).rows).toEqual([{ one: 1 }]);
  });
});
