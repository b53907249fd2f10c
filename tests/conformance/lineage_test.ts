import { afterAll, afterEach, beforeEach, describe, expect, test } from "bun:test";
import { systemClock } from "../../actors/mod.ts";
import { mintLineage, readLineage } from "../../db/document/lineage.ts";
import { documentDatabases, type TestDocuments } from "./databases.ts";

describe.each(documentDatabases(systemClock))("the lineage in $name", ({ open, end }) => {
  let opened: TestDocuments;

  beforeEach(async () => {
    opened = await open();
  });

  afterEach(() => opened.close());
  afterAll(end);

  test("is minted once, however many begin together", async () => {
    const { kysely } = opened.database;
    const [one, ...others] = await Promise.all([1, 2, 3].map(() => readLineage(kysely)));
    expect(new Set([one, ...others]).size).toBe(1);
    expect(await readLineage(kysely)).toBe(one ?? "");
  });

  test("is another one after it was minted anew", async () => {
    const { kysely } = opened.database;
    const before = await readLineage(kysely);
    const after = await mintLineage(kysely);
    expect(after).not.toBe(before);
    expect(await readLineage(kysely)).toBe(after);
  });
});
