import { Database } from "bun:sqlite";
import { expect, test } from "bun:test";
import { truncateSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { temporaryFolder } from "../../tests/support/temporary_folder.ts";
import { isWhole } from "./integrity_check.ts";

test("a file is whole, or it is cut off, or no database at all, or not there", () => {
  using folder = temporaryFolder();
  const path = join(folder.path, "some.db");
  const database = new Database(path);
  database.run("CREATE TABLE line (id INTEGER PRIMARY KEY, text TEXT)");
  database.run(`WITH RECURSIVE n (i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < 1000)
    INSERT INTO line (text) SELECT hex(randomblob(100)) FROM n`);
  database.close();
  expect(isWhole(path)).toBe(true);

  truncateSync(path, 20 * 4_096);
  expect(isWhole(path)).toBe(false);
  writeFileSync(path, "no database");
  expect(isWhole(path)).toBe(false);
  expect(isWhole(join(folder.path, "nowhere.db"))).toBe(false);
});
