/** Starts that cannot be: each ends at once, with a line for everything that is wrong. */

import { Database } from "bun:sqlite";
import { afterAll, beforeAll, describe, expect, test } from "bun:test";
import {
  cpSync,
  existsSync,
  mkdirSync,
  renameSync,
  rmSync,
  truncateSync,
  writeFileSync,
} from "node:fs";
import { hostname } from "node:os";
import { dirname, join } from "node:path";
import { documentSteps } from "../db/document/migrations/mod.ts";
import { embeddedServices } from "../db/services.ts";
import { sqliteMigrations } from "../db/sql/migrate.ts";
import { openSqlite } from "../db/sqlite/open.ts";
import { spawnSuite } from "./support/suite.ts";
import { temporaryFolder } from "./support/temporary_folder.ts";
import { signUp } from "./support/visitor.ts";

const ROOT = dirname(import.meta.dir);
const folder = temporaryFolder();
/** A folder as it was left by a suite in which somebody wrote a note. */
const kept = join(folder.path, "kept");
let copies = 0;

beforeAll(async () => {
  await using suite = await spawnSuite({ dataDir: kept });
  const ada = await signUp(suite.setupLink, "Ada");
  await ada.createNote("kept");
  await suite.kill("SIGTERM");
}, 60_000);

afterAll(() => folder[Symbol.dispose]());

function copyOfKept(): string {
  const dataDir = join(folder.path, `copy ${++copies}`);
  cpSync(kept, dataDir, { recursive: true });
  return dataDir;
}

/** Starts the program, which has to end by itself; answers the lines it leaves. */
async function refusal(
  settings: Record<string, string>,
  args: string[] = [],
  wrapper: string[] = [],
): Promise<string[]> {
  const { PUBLIC_URL: _, ...environment } = process.env;
  const child = Bun.spawn([...wrapper, process.execPath, "server.ts", ...args], {
    cwd: ROOT,
    env: { ...environment, HOST: "127.0.0.1", PORT: "0", ...settings },
    stdin: "ignore",
    stdout: "pipe",
    stderr: "pipe",
    timeout: 30_000,
  });
  const [output, errors, code] = await Promise.all([
    new Response(child.stdout).text(),
    new Response(child.stderr).text(),
    child.exited,
  ]);
  expect(code).toBe(1);
  expect(output).toBe("");
  return errors.trimEnd().split("\n");
}

describe("one data folder has one process", () => {
  test("a second server says who has it, and the first goes on", async () => {
    await using suite = await spawnSuite();
    const [line = "", ...others] = await refusal({ DATA_DIR: suite.dataDir });
    expect(others).toEqual([]);
    expect(line).toContain(`"${suite.dataDir}"`);
    expect(line).toContain(`in use by process ${suite.pid} on ${hostname()} since 2`);
    expect((await fetch(new URL("/readyz", suite.url))).status).toBe(200);
  }, 60_000);

  test("a process that was killed has it no more", async () => {
    await using suite = await spawnSuite();
    const { pid } = suite;
    for (let kills = 0; kills < 3; kills++) {
      await suite.kill("SIGKILL");
      expect(existsSync(join(suite.dataDir, "lock.json"))).toBe(true);
      await suite.restart();
    }
    expect(suite.pid).not.toBe(pid);
    const [line = ""] = await refusal({ DATA_DIR: suite.dataDir });
    expect(line).toContain(`process ${suite.pid} `);
  }, 60_000);

  test("one that left has it no more, and leaves no word of itself", async () => {
    await using suite = await spawnSuite();
    await suite.kill("SIGTERM");
    expect(existsSync(join(suite.dataDir, "lock.json"))).toBe(false);
    await suite.restart();
  }, 60_000);

  test("a migration waits for nobody either", async () => {
    await using suite = await spawnSuite();
    const [line = ""] = await refusal({ DATA_DIR: suite.dataDir }, ["migrate"]);
    expect(line).toContain(`in use by process ${suite.pid} `);
  }, 60_000);

  test("commands for accounts work beside a server", async () => {
    await using suite = await spawnSuite();
    await signUp(suite.setupLink, "Ada");
    const child = Bun.spawn([process.execPath, "server.ts", "user", "list"], {
      cwd: ROOT,
      env: { ...process.env, DATA_DIR: suite.dataDir },
      stderr: "inherit",
    });
    expect(await new Response(child.stdout).text()).toContain("ada@harbor.example");
    expect(await child.exited).toBe(0);
  }, 60_000);
});

describe("a start with settings that make no sense", () => {
  test("says everything at once, and no secret", async () => {
    const lines = await refusal({
      PORT: "1e4",
      HOST: "a b",
      PUBLIC_URL: "https://ada:hunter2@suite.example/here",
      REDIS_URL: "http://:hunter2@redis",
      DATA_DIR: import.meta.path,
    });
    expect(lines).toHaveLength(5);
    for (const name of ["PORT", "HOST", "PUBLIC_URL", "REDIS_URL", "DATA_DIR"]) {
      expect(lines.filter((line) => line.includes(` ${name}:`))).toHaveLength(1);
    }
    expect(lines.join()).not.toContain("hunter2");
  });

  test("says that a port is taken, by the same program as by another", async () => {
    await using suite = await spawnSuite();
    using other = Bun.serve({ hostname: "127.0.0.1", port: 0, fetch: () => new Response() });
    for (const port of [suite.url.port, other.port]) {
      const lines = await refusal({ PORT: `${port}`, DATA_DIR: join(folder.path, "port") });
      expect(lines).toEqual([
        `Cannot listen at HOST "127.0.0.1" and PORT ${port}: expected a free port, ` +
          "received one that another program listens to",
      ]);
    }
  }, 60_000);

  test.each(["203.0.113.9", "nowhere.invalid"])(
    "says that %s is no address of this machine",
    async (HOST) => {
      const lines = await refusal({ HOST, DATA_DIR: join(folder.path, "host") });
      expect(lines).toEqual([
        `Cannot listen at HOST "${HOST}" and PORT 0: expected an address or a name of this ` +
          "machine, received one that is not",
      ]);
    },
  );

  // Whoever may do everything may write anywhere.
  const asNobody = ["setpriv", "--reuid=65534", "--clear-groups"];
  test.if(process.getuid?.() === 0 && Bun.which("setpriv") !== null)(
    "says that a folder cannot be written to, or made, by this user",
    async () => {
      const dataDir = join(folder.path, "root's");
      mkdirSync(dataDir, { mode: 0o755 });
      Bun.spawnSync(["chmod", "o+x", folder.path]);
      for (const path of [dataDir, join(dataDir, "deeper")]) {
        const [line = "", ...others] = await refusal({ DATA_DIR: path }, [], asNobody);
        expect(others).toEqual([]);
        expect(line).toContain("expected a folder that this user can write to");
        expect(line).toContain(path);
      }
    },
  );
});

describe("a data folder in which something is lost", () => {
  const services = embeddedServices.map(({ name }) => [name]);

  test.each(services)("is not started with a folder in place of %s.db", async (service) => {
    const dataDir = join(folder.path, `folder ${service}`);
    const path = join(dataDir, `${service}.db`);
    mkdirSync(path, { recursive: true });
    const lines = await refusal({ DATA_DIR: dataDir });
    expect(lines).toEqual([`Cannot open database "${path}": expected a file, received a folder`]);
  });

  test.each(services)("is not started with something else in place of %s.db", async (service) => {
    const dataDir = join(folder.path, `other ${service}`);
    const path = join(dataDir, `${service}.db`);
    mkdirSync(dataDir);
    writeFileSync(path, "no database at all, however long one looks at it");
    const [line = "", ...others] = await refusal({ DATA_DIR: dataDir });
    expect(others).toEqual([]);
    expect(line).toContain(`Cannot open database "${path}"`);
  });

  const losses: [string, (path: string) => void][] = [
    ["empty", (path) => truncateSync(path, 0)],
    ["without tables", replaceByNew],
    ["missing", (path) => rmSync(path)],
  ];
  for (const [how, lose] of losses) {
    // An inbox holds nothing yet here, so that it is lost beside the others alone.
    test.each(services)(`is not started as new when %s.db is ${how}`, async (service) => {
      const dataDir = copyOfKept();
      const path = join(dataDir, `${service}.db`);
      lose(path);
      const [line = "", ...others] = await refusal({ DATA_DIR: dataDir });
      expect(others).toEqual([]);
      expect(line).toStartWith(`Cannot open database "${path}": expected it to be as old as`);
      expect(line).toContain("restore it from a backup");
    });
  }

  test("says of every database that is lost", async () => {
    const dataDir = copyOfKept();
    rmSync(join(dataDir, "document.db"));
    truncateSync(join(dataDir, "inbox.db"), 0);
    expect(await refusal({ DATA_DIR: dataDir })).toHaveLength(2);
  });

  test("starts from before there was an inbox", async () => {
    const dataDir = copyOfKept();
    rmSync(join(dataDir, "inbox.db"));
    rmSync(join(dataDir, "document.db"));
    const old = sqliteMigrations(documentSteps.slice(0, 2));
    const documents = await openSqlite(join(dataDir, "document.db"), old);
    await documents.close();
    await using suite = await spawnSuite({ dataDir });
    expect((await fetch(new URL("/readyz", suite.url))).status).toBe(200);
  }, 60_000);

  test("starts when a first start was cut off half way", async () => {
    const dataDir = join(folder.path, "half");
    await using first = await spawnSuite({ dataDir });
    await first.kill("SIGKILL");
    renameSync(join(dataDir, "document.db"), join(dataDir, "elsewhere"));
    truncateSync(join(dataDir, "inbox.db"), 0);
    await using suite = await spawnSuite({ dataDir });
    expect(suite.setupLink).toContain("/signup");
  }, 60_000);
});

function replaceByNew(path: string): void {
  rmSync(path);
  const database = new Database(path, { create: true });
  database.run("CREATE TABLE another (id INTEGER)");
  database.close();
}
