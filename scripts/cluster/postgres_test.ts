import { afterAll, beforeAll, describe, expect, test } from "bun:test";
import { join } from "node:path";
import { temporaryFolder } from "../../tests/support/temporary_folder.ts";
import { waitFor } from "../../tests/support/wait_for.ts";
import { type Postgres, startPostgres } from "./postgres.ts";

async function query(url: string, text: string): Promise<Record<string, unknown>[]> {
  const sql = new Bun.SQL(url, { max: 1 });
  try {
    return [...(await sql.unsafe(text))];
  } finally {
    await sql.close();
  }
}

function isAlive(pid: number): boolean {
  try {
    return process.kill(pid, 0);
  } catch {
    return false;
  }
}

describe("a Postgres of one's own", () => {
  const folder = temporaryFolder();
  let postgres: Postgres;

  beforeAll(async () => {
    postgres = await startPostgres({ dir: join(folder.path, "postgres") });
  });

  afterAll(async () => {
    await postgres.stop();
    folder[Symbol.dispose]();
  });

  test("is durable and listens on this machine alone", async () => {
    const names = ["fsync", "synchronous_commit", "full_page_writes", "listen_addresses"];
    const values = names.map((name) => `current_setting('${name}') AS ${name}`).join(", ");
    const [settings] = await query(postgres.url, `SELECT ${values}, current_database() AS name`);
    expect(settings).toEqual({
      fsync: "on",
      synchronous_commit: "on",
      full_page_writes: "on",
      listen_addresses: "127.0.0.1",
      name: "suite",
    });
  });

  test("keeps what was committed over a kill, on the same port", async () => {
    await query(postgres.url, "CREATE TABLE tide (height int)");
    await query(postgres.url, "INSERT INTO tide VALUES (7)");
    const { pid, port } = postgres;
    await postgres.kill();
    expect(isAlive(pid)).toBe(false);
    await expect(query(postgres.url, "SELECT 1")).rejects.toThrow();
    await postgres.restart();
    expect(postgres.port).toBe(port);
    expect(postgres.pid).not.toBe(pid);
    expect(await query(postgres.url, "SELECT height FROM tide")).toEqual([{ height: 7 }]);
  });

  test("createDatabase() makes one that shares nothing with the others", async () => {
    const [nora, omar] = await Promise.all([
      postgres.createDatabase("nora"),
      postgres.createDatabase("omar"),
    ]);
    await query(nora, "CREATE TABLE rope (length int)");
    expect(await query(omar, "SELECT to_regclass('rope') AS found")).toEqual([{ found: null }]);
  });

  test("createDatabase() refuses a name that would need quotes", async () => {
    const refused = postgres.createDatabase('x"; DROP DATABASE suite');
    await expect(refused).rejects.toThrow("Cannot create database: wanted a name in snake case");
  });

  test("does not start twice on the same data", async () => {
    const second = startPostgres({ dir: join(folder.path, "postgres"), port: postgres.port });
    await expect(second).rejects.toThrow("Cannot start Postgres");
    expect(await query(postgres.url, "SELECT 1 AS one")).toEqual([{ one: 1 }]);
  });

  test("is gone when the process that started it is killed", async () => {
    const program = `
      const { startPostgres } = await import(${JSON.stringify(join(import.meta.dir, "postgres.ts"))});
      const { pid } = await startPostgres({ dir: process.argv[1], fsync: false });
      console.log(pid);
      setInterval(() => {}, 1_000);
    `;
    const parent = Bun.spawn([process.execPath, "-e", program, join(folder.path, "orphan")], {
      stdout: "pipe",
    });
    const { value } = await parent.stdout.getReader().read();
    const pid = Number(new TextDecoder().decode(value));
    expect(isAlive(pid)).toBe(true);
    parent.kill("SIGKILL");
    await waitFor(() => !isAlive(pid), { what: "Postgres to follow the process that started it" });
  });
});
