import { afterEach, beforeEach, describe, expect, spyOn, test } from "bun:test";
import { type FileHandle, open } from "node:fs/promises";
import { join } from "node:path";
import { type TemporaryFolder, temporaryFolder } from "../../tests/support/temporary_folder.ts";
import { LogSync } from "./log_sync.ts";
import { type OpenDatabase, openSqlite } from "./open.ts";

/** A disk that syncs when it is told to. */
class Disk {
  readonly syncs: PromiseWithResolvers<void>[] = [];

  sync = (): Promise<void> => {
    const sync = Promise.withResolvers<void>();
    this.syncs.push(sync);
    return sync.promise;
  };

  async finish(index: number): Promise<void> {
    this.syncs[index]?.resolve();
    await settled();
  }
}

/** All that can go on without a timer or the disk has gone on. */
async function settled(): Promise<void> {
  await new Promise(setImmediate);
}

/** What has happened to a promise so far. */
async function stateOf(promise: Promise<unknown>): Promise<"waits" | "done" | "failed"> {
  const states = [promise.then(() => "done" as const), settled().then(() => "waits" as const)];
  return await Promise.race(states).catch(() => "failed");
}

describe("a sync", () => {
  test("is shared by those who came before it began, and by nobody later", async () => {
    const disk = new Disk();
    const log = new LogSync(disk.sync, () => {});
    const first = log.synced();
    const later = [log.synced(), log.synced()];
    expect(disk.syncs).toHaveLength(1);
    await disk.finish(0);
    await first;
    expect(disk.syncs).toHaveLength(2);
    const last = log.synced();
    for (const waiting of [...later, last]) expect(await stateOf(waiting)).toBe("waits");
    await disk.finish(1);
    await Promise.all(later);
    expect(await stateOf(last)).toBe("waits");
    await disk.finish(2);
    await last;
    expect(disk.syncs).toHaveLength(3);
  });

  test("that failed makes all later ones fail, and is told once", async () => {
    const disk = new Disk();
    const told: unknown[] = [];
    const log = new LogSync(disk.sync, (error) => told.push(error));
    const first = log.synced();
    const second = log.synced();
    const failure = new Error("no such luck");
    disk.syncs[0]?.reject(failure);
    const failed = { status: "rejected", reason: failure } as const;
    expect(await Promise.allSettled([first, second])).toEqual([failed, failed]);
    expect(await Promise.allSettled([log.synced()])).toEqual([failed]);
    expect(disk.syncs).toHaveLength(1);
    expect(told).toEqual([failure]);
  });
});

test("closing waits for what was written last", async () => {
  using folder = temporaryFolder();
  const opened = await openSqlite<{ line: { id: number } }>(join(folder.path, "some.db"), {
    "0001_line": {
      up: (kysely) => kysely.schema.createTable("line").addColumn("id", "integer").execute(),
    },
  });
  const writes = Array.from({ length: 20 }, (_, id) =>
    opened.kysely.insertInto("line").values({ id }).execute(),
  );
  await opened.close();
  await Promise.all(writes);
});

describe("a database in a file", () => {
  interface Schema {
    line: { id: number };
  }

  let folder: TemporaryFolder;
  let database: OpenDatabase<Schema>;
  let disk: Disk;
  let spy: ReturnType<typeof spyOn>;

  beforeEach(async () => {
    folder = temporaryFolder();
    database = await openSqlite<Schema>(join(folder.path, "some.db"), {
      "0001_line": {
        up: async (kysely) => {
          await kysely.schema.createTable("line").addColumn("id", "integer").execute();
        },
      },
    });
    disk = new Disk();
    const file = await open(import.meta.path, "r");
    const prototype = Object.getPrototypeOf(file) as FileHandle;
    await file.close();
    spy = spyOn(prototype, "datasync").mockImplementation(disk.sync);
  });

  afterEach(async () => {
    spy.mockRestore();
    await database.close();
    folder[Symbol.dispose]();
  });

  const insert = (id: number) => database.kysely.insertInto("line").values({ id }).execute();
  const count = async () => (await database.kysely.selectFrom("line").selectAll().execute()).length;

  const writes: Record<string, () => Promise<unknown>> = {
    "a statement": () => insert(1),
    "a transaction": () =>
      database.kysely.transaction().execute(async (transaction) => {
        await transaction.insertInto("line").values({ id: 1 }).execute();
      }),
    "a statement that answers": () =>
      database.kysely.insertInto("line").values({ id: 1 }).returning("id").execute(),
    "a function that is alone": () =>
      database.alone(() => database.database.run("INSERT INTO line VALUES (1)")),
    "a transaction of its own": () =>
      database.exclusive((handle) => handle.run("INSERT INTO line VALUES (1)")),
  };

  test.each(Object.entries(writes))("answers %s when it is on the disk", async (_, write) => {
    const written = write();
    expect(await stateOf(written)).toBe("waits");
    // The connection is free, and others see what was written.
    expect(await count()).toBe(1);
    expect(disk.syncs).toHaveLength(1);
    await disk.finish(0);
    await written;
  });

  test.each(Object.entries(writes))("tells %s that the disk failed", async (_, write) => {
    const written = write();
    written.catch(() => {});
    await settled();
    disk.syncs[0]?.reject(new Error("input/output error"));
    await expect(written).rejects.toMatchObject({ code: "store_failed" });
    expect(database.probe.health.state).toBe("down");
    await expect(insert(2)).rejects.toMatchObject({ code: "store_failed" });
    await expect(database.probe.probe({ isLarge: false })).rejects.toThrow();
    // What was written can still be read.
    expect(await count()).toBe(2);
  });
});
