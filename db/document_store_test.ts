import { afterEach, beforeEach, describe, expect, test } from "bun:test";
import {
  ActorSystem,
  type Actors,
  type DocumentOperation,
  type DocumentTypes,
  documentBehavior,
  limits,
  SuiteError,
  systemClock,
} from "../actors/mod.ts";
import { SqlDocumentQueries } from "./document_queries.ts";
import type { DocumentSchema } from "./document_schema.ts";
import { SqliteDocumentStore } from "./document_store.ts";
import { documentMigrations } from "./migrations/document/mod.ts";
import { type OpenDatabase, openSqlite } from "./open.ts";

const quiet = { info() {}, warn() {}, error() {} };
const ada = { userId: "ada", linkId: undefined };

let db: OpenDatabase<DocumentSchema>;
let store: SqliteDocumentStore;
let queries: SqlDocumentQueries;
let documents: Actors<DocumentTypes>;

/** Actors with nothing in memory, over the same database. */
function restart(): void {
  const system = new ActorSystem({ clock: systemClock, log: quiet });
  documents = system.register(documentBehavior, store);
}

async function create(text: string, userId = "ada"): Promise<string> {
  const id = systemClock.mintId();
  const at = systemClock.now();
  await documents.ask(id, { type: "create", userId, at, operationId: `create-${id}`, text });
  return id;
}

async function textOf(id: string): Promise<string> {
  const reply = await documents.ask(id, { type: "describe" });
  return reply.type === "described" ? reply.text : "";
}

function edit(base: number, delta: (number | string)[], operationId: string): DocumentOperation {
  const caret = undefined;
  return { type: "edit", by: ada, at: 5, operationId, client: "c", base, delta, caret };
}

async function project(id: string, title: string, text: string, changedAt = 1): Promise<void> {
  const version = (await store.load(id))?.version ?? 0;
  const changedBy = "ada";
  await queries.project(id, { version, title, excerpt: "", text, words: 1, changedAt, changedBy });
}

beforeEach(async () => {
  db = await openSqlite<DocumentSchema>(":memory:", documentMigrations);
  store = new SqliteDocumentStore(db);
  queries = new SqlDocumentQueries(db, systemClock);
  restart();
});

afterEach(() => db.close());

describe("the journal", () => {
  test("brings a note back as it was", async () => {
    const id = await create("one");
    await documents.ask(id, edit(1, [3, " two"], "operation-1"));
    await documents.ask(id, edit(1, ["zero "], "operation-2"));
    restart();
    expect(await textOf(id)).toBe("zero one two");
    expect(await store.load(id)).toMatchObject({ version: 3, ownerId: "ada" });
  });

  test("knows a repeat after a restart, however old its base", async () => {
    const id = await create("");
    const count = limits.recentVersionsMax + 20;
    for (let i = 0; i < count; i++) await documents.ask(id, edit(i, ["x"], `operation-${i}`));
    restart();
    expect(await documents.ask(id, edit(0, ["x"], "operation-3"))).toEqual({
      type: "edited",
      version: 4,
      repeated: true,
    });
    await documents.ask(id, edit(1, [1, "|"], "operation-late"));
    expect(await textOf(id)).toBe(`${"x".repeat(count)}|`);
  });

  test("lets a snapshot replace updates, and keeps the deltas", async () => {
    const id = await create("");
    const text = "y".repeat(200);
    for (let i = 0; i < limits.snapshotEveryVersions + 5; i++) {
      await documents.ask(id, edit(i, [text], `operation-${i}`));
    }
    const stored = await store.load(id);
    expect(stored?.snapshot?.version).toBe(limits.snapshotEveryVersions);
    expect(stored?.updates).toHaveLength(5);
    expect(stored?.recent).toHaveLength(limits.recentVersionsLoadedMax);
    restart();
    expect(await textOf(id)).toBe(text.repeat(limits.snapshotEveryVersions + 5));
  });

  test("merges a form made from the empty version and from an older one", async () => {
    const id = await create("");
    await documents.ask(id, edit(0, ["a\n"], "operation-1"));
    await documents.ask(id, edit(1, [2, "b\n"], "operation-2"));
    restart();
    const save = { type: "save", by: ada, at: 6 } as const;
    await documents.ask(id, { ...save, operationId: "form-0001", base: 0, text: "top\n" });
    await documents.ask(id, { ...save, operationId: "form-0002", base: 1, text: "a!\n" });
    const lines = (await textOf(id)).trim().split("\n").sort();
    expect(lines).toEqual(["a!", "b", "top"]);
  });

  test("purges everything of a note and nothing of another", async () => {
    const [gone, kept] = [await create("gone"), await create("kept")];
    for (const id of [gone, kept]) await project(id, "t", "needle");
    await documents.ask(gone, { type: "delete", by: ada, at: 5 });
    await documents.ask(gone, { type: "purge", by: ada, at: 6 });
    expect(await store.load(gone)).toBeUndefined();
    const { items } = await queries.list("ada", { query: "needle" });
    expect(items.map(({ id }) => id)).toEqual([kept]);
  });

  test("says that the disk is full, writes nothing of the turn, and goes on reading", async () => {
    const id = await create("safe");
    const [{ page_count: pages }] = (await db.database.query("PRAGMA page_count").all()) as [
      { page_count: number },
    ];
    db.database.run(`PRAGMA max_page_count = ${pages}`);
    const failure = await documents
      .ask(id, edit(1, ["x".repeat(100_000)], "operation-1"))
      .catch((error) => error);
    expect(failure).toBeInstanceOf(SuiteError);
    expect(failure.code).toBe("store_full");
    expect(await textOf(id)).toBe("safe");
    db.database.run("PRAGMA max_page_count = 1000000");
    await documents.ask(id, edit(1, ["un"], "operation-1"));
    expect(await textOf(id)).toBe("unsafe");
  });

  test("writes the others when one batch of a commit cannot be written", async () => {
    const [id, other] = [systemClock.mintId(), systemClock.mintId()];
    const create = { type: "create", ownerId: "ada", at: 1 } as const;
    const results = await store.commit([
      { id, changes: [create] },
      { id, changes: [create] },
      { id: other, changes: [create] },
    ]);
    expect(results.map(({ state }) => state)).toEqual(["ok", "failed", "ok"]);
    expect(await store.load(other)).toBeDefined();
  });
});

describe("sharing", () => {
  test("is stored, counted and taken back with its link", async () => {
    const id = await create("x");
    const link = {
      id: "l1",
      role: "write",
      tokenHash: "hash",
      createdAt: 1,
      expiresAt: undefined,
    } as const;
    await documents.ask(id, { type: "share", by: ada, at: 5, userId: "grace", role: "read" });
    await documents.ask(id, { type: "link", by: ada, at: 5, link });
    await documents.ask(id, { type: "join", userId: "linus", linkId: "l1", at: 5 });
    restart();
    expect(await queries.role(id, "grace")).toBe("read");
    expect(await queries.role(id, "linus")).toBe("write");
    expect(await queries.role(id, "ken")).toBeUndefined();
    expect((await queries.audience(id)).sort()).toEqual(["ada", "grace", "linus"]);
    expect(await queries.summary(id)).toMatchObject({ memberCount: 2, linkCount: 1 });
    expect(await queries.link("hash", 9)).toEqual({ documentId: id, link });
    await documents.ask(id, { type: "unlink", by: ada, at: 6, linkId: "l1" });
    expect(await queries.link("hash", 9)).toBeUndefined();
    expect(await queries.role(id, "linus")).toBeUndefined();
    await documents.ask(id, { type: "share", by: ada, at: 7, userId: "grace", role: undefined });
    expect(await queries.role(id, "grace")).toBeUndefined();
  });

  test("by a link ends when the link expires", async () => {
    const id = await create("x");
    const expiresAt = systemClock.now() - 1;
    const link = { id: "l1", role: "read", tokenHash: "hash", createdAt: 1, expiresAt } as const;
    await documents.ask(id, { type: "link", by: ada, at: 1, link });
    await documents.ask(id, { type: "join", userId: "grace", linkId: "l1", at: 1 });
    expect(await queries.role(id, "grace")).toBeUndefined();
    expect((await queries.list("grace", {})).items).toEqual([]);
    expect(await queries.link("hash", systemClock.now())).toBeUndefined();
  });
});

describe("list()", () => {
  test("shows what one owns or was given, by scope", async () => {
    const mine = await create("mine");
    const given = await create("given", "grace");
    const trashed = await create("trashed");
    await create("hidden", "grace");
    const by = { userId: "grace", linkId: undefined };
    await documents.ask(given, { type: "share", by, at: 5, userId: "ada", role: "read" });
    await documents.ask(trashed, { type: "delete", by: ada, at: 5 });
    const ids = async (scope: "all" | "mine" | "shared" | "trash") =>
      (await queries.list("ada", { scope })).items.map(({ id }) => id).sort();
    expect(await ids("all")).toEqual([mine, given].sort());
    expect(await ids("mine")).toEqual([mine]);
    expect(await ids("shared")).toEqual([given]);
    expect(await ids("trash")).toEqual([trashed]);
    expect(await queries.expired(6, 9)).toEqual([{ id: trashed, ownerId: "ada" }]);
    expect(await queries.expired(5, 9)).toEqual([]);
  });

  test("puts pinned ones first and pages without a gap or a repeat, in every order", async () => {
    const all: string[] = [];
    for (let i = 0; i < 23; i++) {
      const id = await create("x");
      await project(id, `Title ${i % 7}`, "x");
      all.push(id);
    }
    const pinned = all[11] ?? "";
    await queries.setPinned(pinned, "ada", true);
    await queries.setPinned(pinned, "ada", true);
    for (const sort of ["changed", "created", "title"] as const) {
      const seen: string[] = [];
      let cursor: string | undefined;
      do {
        const page = await queries.list("ada", { sort, cursor, limit: 5 });
        seen.push(...page.items.map(({ id }) => id));
        cursor = page.nextCursor;
      } while (cursor);
      expect(seen[0]).toBe(pinned);
      expect([...seen].sort()).toEqual([...all].sort());
    }
    await queries.setPinned(pinned, "ada", false);
    const { items } = await queries.list("ada", { cursor: "made up", limit: 1 });
    expect(items[0]?.pinned).toBe(false);
  });

  test("finds words as one types them, in every script", async () => {
    const texts = {
      french: "Le café est près de l'église",
      japanese: "東京の会議は来週の火曜日です",
      thai: "ประชุมวันอังคาร",
      arabic: "اجتماع يوم الثلاثاء",
      code: "call foo_bar(42)",
    };
    const ids: Record<string, string> = {};
    for (const [name, text] of Object.entries(texts)) {
      const id = await create(text);
      await project(id, name, text);
      ids[name] = id;
    }
    const find = async (query: string) =>
      (await queries.list("ada", { query })).items.map(({ id }) => id);
    expect(await find("cafe egl")).toEqual([ids.french ?? ""]);
    expect(await find("火曜")).toEqual([ids.japanese ?? ""]);
    expect(await find("会議 東京")).toEqual([ids.japanese ?? ""]);
    expect(await find("火日")).toEqual([]);
    expect(await find("วันอัง")).toEqual([ids.thai ?? ""]);
    expect(await find("الثلا")).toEqual([ids.arabic ?? ""]);
    expect(await find("foo")).toEqual([ids.code ?? ""]);
    expect(await find('" OR *')).toEqual([]);
    expect(await find("NOT french")).toEqual([]);
  });
});

describe("projections", () => {
  test("are behind until they are made", async () => {
    const id = await create("Title");
    expect(await queries.unprojected(9)).toEqual([id]);
    await project(id, "Title", "Title");
    expect(await queries.unprojected(9)).toEqual([]);
    await documents.ask(id, edit(1, ["x"], "operation-1"));
    expect(await queries.unprojected(9)).toEqual([id]);
  });
});
