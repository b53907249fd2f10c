import { afterAll, describe, expect, test } from "bun:test";
import { existsSync } from "node:fs";
import { join } from "node:path";
import { loadConfig, misspelledSettings, SETTING_NAMES } from "./config.ts";
import { temporaryFolder } from "./tests/support/temporary_folder.ts";

test("loadConfig() has a default for everything", () => {
  const config = loadConfig({}, {});
  expect(config).toMatchObject({ port: 3000, host: "localhost", trustProxy: false });
  expect(config.dataDir).toEndWith("/data");
  expect(config.publicUrl).toBeUndefined();
});

test("loadConfig() reads the environment, and what it is told wins", () => {
  const environment = {
    PORT: "80",
    HOST: "::",
    DATA_DIR: "/tmp/suite",
    PUBLIC_URL: "https://suite.example",
    TRUST_PROXY: "true",
  };
  expect(loadConfig({ port: 0 }, environment)).toEqual({
    port: 0,
    host: "::",
    dataDir: "/tmp/suite",
    publicUrl: new URL("https://suite.example"),
    trustProxy: true,
    databases: undefined,
    cluster: undefined,
    mail: undefined,
    pushToPrivateNetworks: false,
  });
});

test("loadConfig() makes a node of a process with Postgres and Redis", () => {
  const environment = {
    DATABASE_URL: "postgres://suite@db/suite",
    DOCUMENT_DATABASE_URL: "postgres://document@db/suite",
    ACCOUNT_DATABASE_URL: "",
    DATABASE_CONNECTIONS_MAX: "4",
    MIGRATE_ON_START: "false",
    REDIS_URL: "redis+sentinel://a:26379,b:26379/main",
    NODE_NAME: "east-1",
    CLUSTER_NODES: "east-1, west-1",
  };
  const { databases, cluster } = loadConfig({}, environment);
  expect(databases).toEqual({
    url: "postgres://suite@db/suite",
    urls: { document: "postgres://document@db/suite" },
    connectionsMax: 4,
    migrateOnStart: false,
  });
  expect(cluster).toEqual({
    redisUrl: "redis+sentinel://a:26379,b:26379/main",
    nodeName: "east-1",
    nodeNames: ["east-1", "west-1"],
  });
  expect(SETTING_NAMES).toContain("CLUSTER_NODES");
});

test("loadConfig() lets no nodes share messages and not data", () => {
  const environment = { REDIS_URL: "redis://localhost" };
  expect(() => loadConfig({}, environment)).toThrow("expected DATABASE_URL beside REDIS_URL");
});

test("loadConfig() tells no passwords", () => {
  const environment = { REDIS_URL: "http://user:secret@cache:1" };
  expect(() => loadConfig({}, environment)).toThrow('received "http://…@cache:1"');
});

test.each([
  ["SMTP_URL", "smtp://"],
  ["MAIL_FROM", "no address"],
  ["PORT", "eighty"],
  ["PORT", "99999"],
  ["PORT", ""],
  ["PORT", " "],
  ["PORT", "0x50"],
  ["PORT", "1e4"],
  ["PORT", "80.0"],
  ["PORT", "-1"],
  ["PORT", "+80"],
  ["DATABASE_CONNECTIONS_MAX", ""],
  ["DATABASE_CONNECTIONS_MAX", "1"],
  ["TRUST_PROXY", "maybe"],
  ["DATA_DIR", " "],
  ["HOST", ""],
  ["HOST", " "],
  ["HOST", "a b"],
  ["HOST", "256.1.1.1"],
  ["HOST", "[::1]"],
  ["HOST", "localhost:3000"],
  ["HOST", "http://localhost"],
  ["PUBLIC_URL", "suite.example"],
  ["PUBLIC_URL", "ftp://suite.example"],
  ["PUBLIC_URL", "https://suite.example/suite"],
  ["PUBLIC_URL", "https://suite.example/?a=b"],
  ["PUBLIC_URL", "https://suite.example?"],
  ["PUBLIC_URL", "https://suite.example/#a"],
  ["NODE_NAME", "a b"],
  ["SMTP_URL", "mail.example"],
])("loadConfig() says what is wrong with %s=%j in one line", (name, value) => {
  const message = failureOf({ [name]: value });
  expect(message).toStartWith(`Cannot read setting ${name}: expected `);
  expect(message).toEndWith(`, received "${value}"`);
  expect(message).not.toContain("\n");
});

test.each(["0.0.0.0", "::", "::1", "localhost", "node-1.suite", "suite_1", "192.0.2.7"])(
  "loadConfig() takes the host %s",
  (HOST) => {
    expect(loadConfig({}, { HOST }).host).toBe(HOST);
  },
);

test("loadConfig() says everything that is wrong at once", () => {
  const lines = failureOf({
    PORT: "0x50",
    HOST: "a b",
    PUBLIC_URL: "http://suite.example",
    TRUST_PROXY: "maybe",
    REDIS_URL: "redis://localhost",
    DATA_DIR: import.meta.path,
  }).split("\n");
  expect(lines).toHaveLength(6);
  for (const name of ["PORT", "HOST", "PUBLIC_URL", "TRUST_PROXY", "REDIS_URL", "DATA_DIR"]) {
    expect(lines.filter((line) => line.includes(` ${name}:`) || line.includes(name))).not.toEqual(
      [],
    );
  }
});

test("loadConfig() does not take a wrong address of Postgres for none", () => {
  const message = failureOf({ DATABASE_URL: "mysql://db", REDIS_URL: "redis://localhost" });
  expect(message.split("\n")).toHaveLength(1);
});

test.each(SETTING_NAMES.map((name) => [name]))("loadConfig() shows no secret in %s", (name) => {
  for (const value of [
    "what://user:hunter2@host:1/?password=hunter2",
    "https://user:hunter2@suite.example",
    "postgres://user:hunter2@host:port:1/",
    "user:hunter2@host/path",
    "redis+cluster//a:hunter2@b:1,c:hunter2@d:2 ",
    "postgres://user:hunter2",
    "smtp://user:hunter2:99999",
  ]) {
    expect(messageOf({ [name]: value }) ?? "").not.toContain("hunter2");
  }
});

test.each(["DATABASE_URL", "INBOX_DATABASE_URL", "REDIS_URL", "SMTP_URL"])(
  "loadConfig() shows nothing in %s that may be meant as a password",
  (name) => {
    expect(failureOf({ [name]: "user:hunter2" })).toEndWith('received "…"');
  },
);

test("loadConfig() takes no second line into MAIL_FROM", () => {
  const from = "Suite <a@b.example>\nBcc: c@d.example";
  expect(failureOf({ MAIL_FROM: from })).toStartWith("Cannot read setting MAIL_FROM: expected");
  expect(failureOf({ MAIL_FROM: "a@b.example\r\nBcc: c@d.example" })).toContain("MAIL_FROM");
  expect(loadConfig({}, { SMTP_URL: "smtp://h", MAIL_FROM: "Björk <a@b.example>" }).mail).toEqual({
    smtpUrl: "smtp://h",
    from: "Björk <a@b.example>",
  });
});

test("misspelledSettings() finds names that look like settings, and no others", () => {
  const names = ["DATADIR", "PUBLICURL", "PULIC_URL", "TRUSTPROXY", "SMTP_URLS", "data_dir"];
  const found = misspelledSettings(Object.fromEntries(names.map((name) => [name, "x"])));
  expect(found).toEqual([
    { name: "DATADIR", meant: "DATA_DIR" },
    { name: "PUBLICURL", meant: "PUBLIC_URL" },
    { name: "PULIC_URL", meant: "PUBLIC_URL" },
    { name: "TRUSTPROXY", meant: "TRUST_PROXY" },
    { name: "SMTP_URLS", meant: "SMTP_URL" },
    { name: "data_dir", meant: "DATA_DIR" },
  ]);
  const typo = { DOCUMNT_DATABASE_URL: "x", DOCUMENT_DATABASE_URL: "x", OTHER_DATABASE_URL: "x" };
  expect(misspelledSettings(typo, ["document", "inbox"])).toEqual([
    { name: "DOCUMNT_DATABASE_URL", meant: "DOCUMENT_DATABASE_URL" },
  ]);
  const others = ["PATH", "HOSTNAME", "PWD", "TERM", "SORT", "POST", "REDIS", "NODE_ENV", "HOME"];
  const environment = Object.fromEntries([...others, ...SETTING_NAMES].map((name) => [name, "x"]));
  expect(misspelledSettings(environment)).toEqual([]);
});

test("loadConfig() reads the databases of services that there are, and of no others", () => {
  const environment = {
    DATABASE_URL: "postgres://suite@db/suite",
    INBOX_DATABASE_URL: "postgres://inbox@db/suite",
    OTHER_DATABASE_URL: "mysql://somebody",
  };
  const { databases } = loadConfig({}, environment, ["document", "inbox"]);
  expect(databases?.urls).toEqual({ inbox: "postgres://inbox@db/suite" });
  const wrong = { ...environment, INBOX_DATABASE_URL: "mysql://db" };
  expect(() => loadConfig({}, wrong, ["inbox"])).toThrow("setting INBOX_DATABASE_URL");
});

describe("the data folder", () => {
  const folder = temporaryFolder();
  afterAll(() => folder[Symbol.dispose]());

  test("is there, or can be made", () => {
    const deep = join(folder.path, "a", "b");
    expect(loadConfig({}, { DATA_DIR: folder.path }).dataDir).toBe(folder.path);
    expect(loadConfig({}, { DATA_DIR: deep }).dataDir).toBe(deep);
    expect(existsSync(deep)).toBe(false);
  });

  test("is no file, and not below one", async () => {
    const path = join(folder.path, "file");
    await Bun.write(path, "");
    expect(failureOf({ DATA_DIR: path })).toBe(
      `Cannot use DATA_DIR: expected a folder, received "${path}", which is a file`,
    );
    const below = join(path, "data");
    expect(failureOf({ DATA_DIR: below })).toContain(`below the file "${path}"`);
  });

  test("is not looked at where Postgres has everything", () => {
    const environment = { DATABASE_URL: "postgres://db/suite", DATA_DIR: import.meta.path };
    expect(loadConfig({}, environment).databases).toBeDefined();
  });
});

function messageOf(environment: Record<string, string>): string | undefined {
  try {
    loadConfig({}, environment);
    return undefined;
  } catch (error) {
    return error instanceof Error ? error.message : String(error);
  }
}

function failureOf(environment: Record<string, string>): string {
  const message = messageOf(environment);
  if (message === undefined) throw new Error("Cannot go on: expected a refusal");
  return message;
}

test("loadConfig() lets no session cross a network in the clear", () => {
  expect(() => loadConfig({}, { PUBLIC_URL: "http://suite.example" })).toThrow("expected https");
  expect(loadConfig({}, { PUBLIC_URL: "http://localhost:9" }).publicUrl?.port).toBe("9");
});
