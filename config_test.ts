import { expect, test } from "bun:test";
import { loadConfig, SETTING_NAMES } from "./config.ts";

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
    DATA_DIR: "/srv/suite",
    PUBLIC_URL: "https://suite.example",
    TRUST_PROXY: "true",
  };
  expect(loadConfig({ port: 0 }, environment)).toEqual({
    port: 0,
    host: "::",
    dataDir: "/srv/suite",
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
    account: "postgres://suite@db/suite",
    document: "postgres://document@db/suite",
    inbox: "postgres://suite@db/suite",
    cluster: "postgres://suite@db/suite",
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
  ["PORT", "eighty"],
  ["PORT", "99999"],
  ["TRUST_PROXY", "maybe"],
  ["PUBLIC_URL", "suite.example"],
])("loadConfig() names the setting %s that cannot be %s", (name, value) => {
  expect(() => loadConfig({}, { [name]: value })).toThrow(`Cannot read setting ${name}`);
});

test("loadConfig() lets no session cross a network in the clear", () => {
  expect(() => loadConfig({}, { PUBLIC_URL: "http://suite.example" })).toThrow("expected https");
  expect(loadConfig({}, { PUBLIC_URL: "http://localhost:9" }).publicUrl?.port).toBe("9");
});
