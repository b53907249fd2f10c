import { expect, test } from "bun:test";
import { existsSync, mkdirSync, rmSync, statSync, writeFileSync } from "node:fs";
import { hostname } from "node:os";
import { join } from "node:path";
import { temporaryFolder } from "../../tests/support/temporary_folder.ts";
import { lockDataDir } from "./data_lock.ts";

test("a folder is had by one at a time, who leaves no word when it is done", () => {
  using folder = temporaryFolder();
  const dataDir = join(folder.path, "deeper", "data");
  const lock = lockDataDir(dataDir);
  expect(statSync(dataDir).mode & 0o777).toBe(0o700);
  expect(() => lockDataDir(dataDir)).toThrow(
    `received it in use by process ${process.pid} on ${hostname()} since 20`,
  );
  lock.release();
  expect(existsSync(join(dataDir, "lock.json"))).toBe(false);
  lockDataDir(dataDir).release();
});

test("only the lock counts, not the words about it", () => {
  using folder = temporaryFolder();
  const notice = join(folder.path, "lock.json");
  writeFileSync(notice, JSON.stringify({ pid: 1, host: "elsewhere", since: "long ago" }));
  using _ = lockDataDir(folder.path);
  for (const words of ["", "{"]) {
    writeFileSync(notice, words);
    expect(() => lockDataDir(folder.path)).toThrow("received it in use by another process");
  }
  rmSync(notice);
  expect(() => lockDataDir(folder.path)).toThrow("received it in use by another process");
});

test("a file that is no lock keeps everybody out, and says why", () => {
  using folder = temporaryFolder();
  writeFileSync(join(folder.path, "lock.db"), "no database at all, however long one looks at it");
  expect(() => lockDataDir(folder.path)).toThrow("not a database");
  rmSync(join(folder.path, "lock.db"));
  mkdirSync(join(folder.path, "lock.db"));
  expect(() => lockDataDir(folder.path)).toThrow("unable to open");
});

test("a folder that cannot be made is told by the name of its setting", () => {
  using folder = temporaryFolder();
  writeFileSync(join(folder.path, "file"), "");
  const dataDir = join(folder.path, "file", "data");
  expect(() => lockDataDir(dataDir)).toThrow(
    `Cannot use DATA_DIR: expected a folder that is there or can be made, received "${dataDir}" (E`,
  );
});

test("words about the lock that cannot be written keep nobody out", () => {
  using folder = temporaryFolder();
  mkdirSync(join(folder.path, "lock.json"));
  lockDataDir(folder.path).release();
});
