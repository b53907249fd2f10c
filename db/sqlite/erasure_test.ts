import { describe, expect, test } from "bun:test";
import { systemClock } from "../../actors/mod.ts";
import { filesWith } from "../../tests/purge/remains.ts";
import { FakeClock } from "../../tests/support/fake_clock.ts";
import { temporaryFolder } from "../../tests/support/temporary_folder.ts";
import { documentSteps } from "../document/migrations/mod.ts";
import type { DocumentSchema } from "../document/schema.ts";
import { documentSearch } from "../document/search.ts";
import { sqliteMigrations } from "../sql/migrate.ts";
import { databaseJobs } from "../workers/database_jobs.ts";
import { Erasure } from "./erasure.ts";
import { openSqlite } from "./open.ts";

describe("Erasure", () => {
  test("runs once for all who wait, after they asked", async () => {
    const runs: PromiseWithResolvers<void>[] = [];
    const erasure = new Erasure(() => {
      const run = Promise.withResolvers<void>();
      runs.push(run);
      return run.promise;
    });
    const first = erasure.erase();
    await Promise.resolve();
    const [second, third] = [erasure.erase(), erasure.erase()];
    expect(runs).toHaveLength(1);
    runs[0]?.resolve();
    await first;
    await new FakeClock().settle();
    expect(runs).toHaveLength(2);
    runs[1]?.resolve();
    await Promise.all([second, third]);
    expect(runs).toHaveLength(2);
  });

  test("tells who waited that it failed, and runs again for the next", async () => {
    let runs = 0;
    const erasure = new Erasure(async () => {
      if (++runs === 1) throw new Error("the disk is away");
    });
    await expect(erasure.erase()).rejects.toThrow("the disk is away");
    await erasure.erase();
    expect(runs).toBe(2);
  });
});

describe("what was deleted from a SQLite file", () => {
  /** A few hundred notes, of which some were written again and again, so that the index has many parts. */
  async function openIndex(path: string) {
    const opened = await openSqlite<DocumentSchema>(path, sqliteMigrations(documentSteps));
    const search = documentSearch(opened.dialect);
    const write = (number: number, text: string) =>
      search.write(opened.kysely, { number, title: "" }, [text]);
    for (let i = 1; i < 300; i++) {
      opened.database.run(
        "INSERT INTO document (id, owner_id, created_at, changed_at, changed_by) VALUES (?, 'a', 1, 1, 'a')",
        [`d${i}`],
      );
      await write(i, `note number${i} with words of its own`);
    }
    return { ...opened, search, write };
  }

  test("is neither in the index of words nor in the log, also what was there before it was edited", async () => {
    using folder = temporaryFolder();
    const path = `${folder.path}/document.db`;
    const { database, kysely, search, write, close } = await openIndex(path);
    for (const draft of ["zyxdraft qwertone", "zyxfinal qwerttwo", "zyxother qwertthree"]) {
      await write(77, `${draft} and more`);
    }
    database.run("DELETE FROM search WHERE rowid = 77 * 1024");
    expect(filesWith(folder.path, "wertone")).not.toEqual([]);
    await search.erase(kysely, systemClock);
    expect(databaseJobs.truncate(path)).toBe(true);
    for (const word of ["wertone", "werttwo", "wertthree"]) {
      expect(filesWith(folder.path, word)).toEqual([]);
    }
    const found = database.query("SELECT rowid FROM search WHERE search MATCH 'number8'").all();
    expect(found).toEqual([{ rowid: 8 * 1024 }]);
    await search.erase(kysely, systemClock);
    await close();
  });

  test("is erased from the index also when a merge was interrupted before", async () => {
    using folder = temporaryFolder();
    const path = `${folder.path}/x.db`;
    const opened = await openIndex(path);
    const { database, kysely, search, write, close } = opened;
    await write(77, "zyxdraft qwertone and more");
    // All but the newest part of the index are being merged, and this one is not.
    database.run("INSERT INTO search (search, rank) VALUES ('merge', -1)");
    database.run("DELETE FROM search WHERE rowid = 77 * 1024");
    await search.erase(kysely, systemClock);
    expect(databaseJobs.truncate(path)).toBe(true);
    expect(filesWith(folder.path, "wertone")).toEqual([]);
    await close();
  });

  test("is erased while others go on writing", async () => {
    using folder = temporaryFolder();
    const { database, kysely, search, write, close } = await openIndex(`${folder.path}/x.db`);
    let isErased = false;
    const erased = search.erase(kysely, systemClock).finally(() => {
      isErased = true;
    });
    let writes = 0;
    while (!isErased && writes < 3_000) await write(1 + (writes++ % 200), `again ${writes}`);
    await erased;
    expect(writes).toBeWithin(1, 3_000);
    expect(
      database.query("INSERT INTO search (search) VALUES ('integrity-check')").run(),
    ).toBeDefined();
    await close();
  });
});
