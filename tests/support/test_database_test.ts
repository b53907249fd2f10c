import { expect, test } from "bun:test";
import { testDatabase } from "./test_database.ts";

test("testDatabase() makes a database of its own for each who asks", async () => {
  const [nora, omar] = await Promise.all([testDatabase(), testDatabase()]);
  expect(nora).not.toBe(omar);
  await using sql = new Bun.SQL(nora, { max: 1 });
  const [found] = await sql`SELECT current_database() AS name`;
  expect(nora.endsWith(`/${found.name}`)).toBe(true);
});
