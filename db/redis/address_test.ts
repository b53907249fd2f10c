import { expect, test } from "bun:test";
import { parseRedisAddress } from "./address.ts";

test("parseRedisAddress() reads one server with its login and database", () => {
  expect(parseRedisAddress("rediss://inga:p%40ss@cache.example:6380/3")).toEqual({
    kind: "single",
    hosts: [{ host: "cache.example", port: 6380 }],
    isSecure: true,
    username: "inga",
    password: "p@ss",
    database: 3,
    masterName: "",
  });
});

test("parseRedisAddress() takes what stands alone before the host for a password", () => {
  const only = parseRedisAddress("redis://secret@localhost");
  expect(only).toMatchObject({ username: undefined, password: "secret" });
  const withColon = parseRedisAddress("redis://:secret@localhost");
  expect(withColon).toMatchObject({ username: undefined, password: "secret" });
  expect(withColon.hosts).toEqual([{ host: "localhost", port: 6379 }]);
});

test("parseRedisAddress() reads the hosts of a cluster", () => {
  const address = parseRedisAddress("redis+cluster://inga:secret@one:7000,two:7001,[::1]:7002");
  expect(address.kind).toBe("cluster");
  expect(address.hosts).toEqual([
    { host: "one", port: 7000 },
    { host: "two", port: 7001 },
    { host: "::1", port: 7002 },
  ]);
  expect(address).toMatchObject({ username: "inga", password: "secret", isSecure: false });
});

test("parseRedisAddress() reads sentinels and what they call the master", () => {
  const address = parseRedisAddress("rediss+sentinel://one,two:5000/suite");
  expect(address).toMatchObject({ kind: "sentinel", isSecure: true, masterName: "suite" });
  expect(address.hosts).toEqual([
    { host: "one", port: 26_379 },
    { host: "two", port: 5000 },
  ]);
});

test("parseRedisAddress() says what is wrong and keeps the password to itself", () => {
  const cases = {
    "http://:secret@localhost": /wanted redis:\/\/.*received "http:\/\/…@localhost"/,
    "redis://:secret@one,two": /wanted one host.*"redis:\/\/…@one,two"/,
    "redis://:secret@one/notes": /wanted a database's number/,
    "redis+sentinel://:secret@one": /wanted the name of a master/,
    "redis+cluster://:secret@one:70000": /wanted hosts/,
  };
  for (const [text, message] of Object.entries(cases)) {
    expect(() => parseRedisAddress(text)).toThrow(message);
    expect(() => parseRedisAddress(text)).not.toThrow(/secret/);
  }
});
