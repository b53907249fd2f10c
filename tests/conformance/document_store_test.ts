import { afterAll, afterEach, beforeEach, describe, expect, test } from "bun:test";
import { sql } from "kysely";
import {
  ActorSystem,
  type Actors,
  type Batch,
  type DocumentChange,
  type DocumentOperation,
  type DocumentProjection,
  type DocumentTypes,
  type DomainEvent,
  diffWords,
  documentBehavior,
  limits,
  type PersonId,
  systemClock,
  Tombstone,
  textAt,
} from "../../actors/mod.ts";
import type { DocumentSchema } from "../../db/document/schema.ts";
import { personId } from "../support/people.ts";
import { documentDatabases, emptyOutbox, loadLiving, type TestDocuments } from "./databases.ts";

const ADA = personId("ada");
const GRACE = personId("grace");
const LINUS = personId("linus");

const quiet = { info() {}, warn() {}, error() {} };
const ada = { userId: ADA, linkId: undefined };

let opened: TestDocuments;
let documents: Actors<DocumentTypes>;

/** Actors with nothing in memory, over the same database. */
function restart(): void {
  const system = new ActorSystem({ clock: systemClock, log: quiet });
  documents = system.register(documentBehavior, opened.store);
}

async function create(text: string, userId = ADA): Promise<string> {
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
  const version = (await loadLiving(opened.store, id))?.version ?? 0;
  await opened.queries.project(id, { ...projection(version, title), text, changedAt });
}

function projection(version: number, title = "Title"): DocumentProjection {
  const [excerpt, text, changedBy] = ["", title, ADA];
  return { version, title, excerpt, text, words: 1, changedAt: 1, changedBy };
}

async function countOf(table: keyof DocumentSchema): Promise<number> {
  const { rows } = await sql<{ n: number }>`SELECT count(*) AS n FROM ${sql.table(table)}`.execute(
    opened.database.kysely,
  );
  return Number(rows[0]?.n);
}

function created(id: string): DomainEvent {
  const type = "document.created";
  return { id: `${type}:${id}`, type, subjectId: id, at: 7, byId: ADA, userIds: [], data: {} };
}

describe.each(documentDatabases(systemClock))("the journal in $name", ({ open, end }) => {
  beforeEach(async () => {
    opened = await open();
    restart();
  });

  afterEach(() => opened.close());
  afterAll(end);

  test("brings a note back as it was", async () => {
    const id = await create("one");
    await documents.ask(id, edit(1, [3, " two"], "operation-1"));
    await documents.ask(id, edit(1, ["zero "], "operation-2"));
    restart();
    expect(await textOf(id)).toBe("zero one two");
    expect(await loadLiving(opened.store, id)).toMatchObject({ version: 3, ownerId: ADA });
  });

  test("finds an operation among those after a version", async () => {
    const id = await create("one");
    await documents.ask(id, edit(1, ["a"], "operation-1"));
    await documents.ask(id, edit(2, ["b"], "operation-2"));
    const find = (operationId: string, afterVersion: number) =>
      opened.store.fetch(id, { type: "operation", operationId, afterVersion });
    expect(await find("operation-1", 0)).toEqual({ type: "operation", version: 2 });
    expect(await find("operation-2", 2)).toEqual({ type: "operation", version: 3 });
    expect(await find("operation-1", 2)).toEqual({ type: "operation", version: undefined });
    expect(await find("operation-3", 0)).toEqual({ type: "operation", version: undefined });
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

  test("begins with as many of the newest entries as are little, and with all updates", async () => {
    const id = await create("end");
    const large = "y".repeat(limits.entriesReadUnitsMax / 4 - 100);
    for (let i = 1; i <= 6; i++) await documents.ask(id, edit(i, [large], `operation-${i}`));
    const stored = await loadLiving(opened.store, id);
    expect(stored?.recent.map(({ version }) => version)).toEqual([4, 5, 6, 7]);
    expect(stored?.updates.map(({ version }) => version)).toEqual([1, 2, 3, 4, 5, 6, 7]);
    restart();
    await documents.ask(id, edit(1, [3, "!"], "operation-late"));
    expect(await textOf(id)).toBe(`${large.repeat(6)}end!`);
    const whole = "z".repeat(limits.entriesReadUnitsMax + 100);
    await documents.ask(id, edit(8, [whole], "operation-whole"));
    const again = await loadLiving(opened.store, id);
    expect(again?.recent.map(({ version }) => version)).toEqual([9]);
  });

  test("lets a snapshot replace updates, and keeps the deltas", async () => {
    const id = await create("");
    const text = "y".repeat(200);
    for (let i = 0; i < limits.snapshotEveryVersions + 5; i++) {
      await documents.ask(id, edit(i, [text], `operation-${i}`));
    }
    const stored = await loadLiving(opened.store, id);
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
    const save = async (base: number, text: string) => {
      const revision = await opened.queries.revision(id, base);
      const before = revision && textAt(revision, revision.frontiers);
      const delta = diffWords(before ?? "missing", text);
      const operationId = `form-000${base}`;
      await documents.ask(id, { type: "save", by: ada, at: 6, operationId, base, delta, part: 0 });
    };
    await save(0, "top\n");
    await save(1, "a!\n");
    expect(await opened.queries.revision(id, 9)).toBeUndefined();
    const lines = (await textOf(id)).trim().split("\n").sort();
    expect(lines).toEqual(["a!", "b", "top"]);
  });

  test("purges everything of a note and nothing of another", async () => {
    const [gone, kept] = [await create("gone"), await create("kept")];
    for (const id of [gone, kept]) await project(id, "t", "needle");
    await documents.ask(gone, { type: "delete", by: ada, at: 5 });
    await documents.ask(gone, { type: "purge", by: ada, at: 6 });
    expect(await opened.store.load(gone)).toEqual(new Tombstone(6, ADA));
    const { items } = await opened.queries.list(ADA, { query: "needle" });
    expect(items.map(({ id }) => id)).toEqual([kept]);
  });

  test("writes the others when one batch of a commit cannot be written", async () => {
    const [id, other] = [systemClock.mintId(), systemClock.mintId()];
    const create = { type: "create", ownerId: ADA, at: 1 } as const;
    const results = await opened.store.commit([
      { id, changes: [create] },
      { id, changes: [create] },
      { id: other, changes: [create] },
    ]);
    expect(results.map(({ state }) => state)).toEqual(["ok", "failed", "ok"]);
    expect(await loadLiving(opened.store, other)).toBeDefined();
  });

  test("loads many notes at once, each as it is by itself", async () => {
    const ids = await Promise.all(Array.from({ length: 150 }, (_, i) => create(`note ${i}`)));
    const [first = ""] = ids;
    await documents.ask(first, edit(1, [4, " zero, not"], "operation-1"));
    await documents.ask(first, { type: "share", by: ada, at: 5, userId: GRACE, role: "read" });
    const unknown = systemClock.mintId();
    const loaded = await Promise.all(
      [...ids, unknown, first].map((id) => loadLiving(opened.store, id)),
    );
    expect(loaded.slice(0, 150).map((stored) => stored?.id)).toEqual(ids);
    expect(loaded[150]).toBeUndefined();
    expect(loaded[151]).toEqual(loaded[0]);
    expect(loaded[0]).toMatchObject({ version: 2, members: [{ userId: GRACE, role: "read" }] });
    expect(loaded[0]?.recent.map(({ delta }) => delta)).toEqual([["note 0"], [4, " zero, not"]]);
    expect(loaded[0]?.updates.map(({ version }) => version)).toEqual([1, 2]);
  });

  test("keeps every sign that people write", async () => {
    const text = `"quotes" 'and' \\ {curly, braces} NULL \t\n 👩🏽‍🚀 مرحبا ${"é".repeat(300)}`;
    const id = await create(text);
    restart();
    expect(await textOf(id)).toBe(text);
  });

  test("takes what a turn did last, whatever came before it", async () => {
    const id = await create("x");
    const link = (name: string) => ({
      ...({ id: `${id}-${name}`, role: "read", tokenHash: `hash of ${id}-${name}` } as const),
      ...{ createdAt: 1, expiresAt: undefined },
    });
    const join = (userId: PersonId, linkId: string): DocumentChange => {
      return { type: "member", userId, role: "read", linkId };
    };
    const changes: DocumentChange[] = [
      ...["one", "two"].map((name): DocumentChange => ({ type: "link", link: link(name) })),
      join(GRACE, `${id}-one`),
      join(LINUS, `${id}-two`),
      { type: "member", userId: personId("ken"), role: "write" },
      { type: "unlink", linkId: `${id}-one` },
      { type: "member", userId: personId("ken"), role: undefined },
      { type: "delete", at: 5 },
      { type: "restore" },
      { type: "delete", at: 6 },
    ];
    expect(await opened.store.commit([{ id, changes }])).toEqual([{ state: "ok" }]);
    const stored = await loadLiving(opened.store, id);
    expect(stored?.members).toEqual([{ userId: LINUS, role: "read", linkId: `${id}-two` }]);
    expect(stored?.links).toEqual([link("two")]);
    expect(stored?.deletedAt).toBe(6);
    const end: DocumentChange[] = [
      { type: "member", userId: personId("ken"), role: "write" },
      { type: "purge", at: 9, ownerId: undefined },
      { type: "event", event: created(id) },
    ];
    await opened.store.commit([{ id, changes: end }]);
    expect(await opened.store.load(id)).toEqual(new Tombstone(9, undefined));
    expect((await emptyOutbox(opened.outbox)).map(({ id: it }) => it)).toContain(created(id).id);
  });

  test("lets no id that was purged live again, and its owner purge it twice", async () => {
    const id = await create("secret");
    await documents.ask(id, { type: "delete", by: ada, at: 5 });
    await documents.ask(id, { type: "purge", by: ada, at: 6 });
    for (const look of [() => {}, restart]) {
      look();
      const again = { type: "create", at: 7, operationId: `create-${id}`, text: "" } as const;
      for (const userId of [ADA, GRACE]) {
        await expect(documents.ask(id, { ...again, userId })).rejects.toMatchObject({
          code: "gone",
        });
      }
      await expect(documents.ask(id, edit(0, ["x"], "operation-1"))).rejects.toMatchObject({
        code: "not_found",
      });
      expect(await documents.ask(id, { type: "purge", by: ada, at: 8 })).toEqual({ type: "ok" });
      const grace = { userId: GRACE, linkId: undefined };
      await expect(documents.ask(id, { type: "purge", by: grace, at: 8 })).rejects.toMatchObject({
        code: "not_found",
      });
      expect(documents.isActive(id)).toBe(false);
    }
    await opened.queries.project(id, projection(1, "secret"));
    await opened.queries.setPinned(id, ADA, true);
    await opened.queries.setWatching(id, ADA, true);
    await opened.queries.eraseDeleted();
    for (const table of ["document", "journal", "search", "pin", "watch"] as const) {
      expect([table, await countOf(table)]).toEqual([table, 0]);
    }
  });

  test("keeps events in the transaction that makes them true, once each", async () => {
    const [id, broken] = [systemClock.mintId(), systemClock.mintId()];
    const change = { type: "create", ownerId: ADA, at: 1 } as const;
    const event = (of: string): DocumentChange => ({ type: "event", event: created(of) });
    const results = await opened.store.commit([
      { id, changes: [change, event(id), event(id)] },
      { id: broken, changes: [change, change, event(broken)] },
    ]);
    // Only where rows are written one by one, a note cannot be made twice in one turn.
    expect(results[0]?.state).toBe("ok");
    expect(opened.told()).toBe(1);
    await opened.store.commit([{ id, changes: [event(id)] }]);
    const events = await emptyOutbox(opened.outbox);
    expect(events.filter(({ subjectId }) => subjectId === id)).toEqual([created(id)]);
    const isBroken = results[1]?.state === "failed";
    expect(events.some(({ subjectId }) => subjectId === broken)).toBe(!isBroken);
  });

  test("writes hundreds of notes together, and all are there", async () => {
    const batches = Array.from({ length: 256 }, (_, i): Batch<DocumentChange> => {
      const id = systemClock.mintId();
      const entry = {
        version: 1,
        operationId: `op-${id}`,
        authorId: ADA,
        at: 2,
        delta: [`${i}`],
      };
      const bytes = new Uint8Array([i, 0, 255]);
      const append = { type: "append", entry, update: bytes, frontiers: bytes } as const;
      return { id, changes: [{ type: "create", ownerId: ADA, at: 1 }, append] };
    });
    const results = await opened.store.commit(batches);
    expect(results.filter(({ state }) => state === "ok")).toHaveLength(256);
    const loaded = await Promise.all(batches.map(({ id }) => loadLiving(opened.store, id)));
    expect(loaded.map((stored) => stored?.recent[0]?.delta[0])).toEqual(
      batches.map((_, i) => `${i}`),
    );
    expect([...(loaded[7]?.updates[0]?.bytes ?? [])]).toEqual([7, 0, 255]);
  });
});
