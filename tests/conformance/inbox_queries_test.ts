import { afterAll, afterEach, beforeEach, describe, expect, test } from "bun:test";
import { sql } from "kysely";
import type { InboxEntry, InboxView, PersonId } from "../../actors/mod.ts";
import { entry, notification } from "../support/notifications.ts";
import { personId } from "../support/people.ts";
import { inboxDatabases, type TestInboxes } from "./databases.ts";

const ADA = personId("ada");
const GRACE = personId("grace");
const LINUS = personId("linus");

let opened: TestInboxes;

async function put(userId: PersonId, ...entries: Partial<InboxEntry>[]): Promise<void> {
  const changes = entries.map((given) => {
    const subject = `document:${given.id}`;
    return { type: "entry", entry: entry({ subject, ...given }) } as const;
  });
  await opened.store.commit([{ id: userId, changes }]);
}

/** The ids of a whole view, read so many at a time. */
async function idsOf(view: InboxView, options: { app?: string; limit?: number } = {}) {
  const { app, limit = 2 } = options;
  const ids: string[] = [];
  let cursor: string | undefined;
  do {
    const page = await opened.queries.list(ADA, { view, app, limit, cursor });
    expect(page.items.length).toBeLessThanOrEqual(limit);
    ids.push(...page.items.map(({ id }) => id));
    cursor = page.nextCursor;
  } while (cursor !== undefined);
  return ids;
}

async function furnish(): Promise<void> {
  await put(
    ADA,
    { id: "unread-old", at: 10 },
    { id: "unread-new", at: 40 },
    { id: "read-old", at: 20, readAt: 99 },
    { id: "read-new", at: 50, readAt: 98 },
    { id: "snoozed-late", at: 60, snoozedUntil: 900 },
    { id: "snoozed-soon", at: 5, snoozedUntil: 800, readAt: 7 },
    { id: "archived-old", at: 30, archivedAt: 99 },
    { id: "archived-new", at: 70, archivedAt: 98, readAt: 90 },
    { id: "withdrawn", at: 80, withdrawnAt: 81 },
    { id: "withdrawn-archived", at: 80, withdrawnAt: 81, archivedAt: 82 },
    { id: "withdrawn-snoozed", at: 80, withdrawnAt: 81, snoozedUntil: 850 },
    { id: "ops", at: 45, kind: "ops.quarantined", reason: "administrator" },
  );
  await put(GRACE, { id: "hers", at: 99 });
}

describe.each(inboxDatabases())("the read side of inboxes in $name", ({ open, end }) => {
  beforeEach(async () => {
    opened = await open();
  });

  afterEach(() => opened.close());
  afterAll(end);

  describe("list()", () => {
    test.each<[InboxView, string[]]>([
      ["inbox", ["ops", "unread-new", "unread-old", "read-new", "read-old"]],
      ["unread", ["ops", "unread-new", "unread-old"]],
      ["snoozed", ["snoozed-soon", "snoozed-late"]],
      ["archived", ["archived-new", "archived-old"]],
    ])("shows the view %s in its order, page by page", async (view, ids) => {
      await furnish();
      for (const limit of [1, 2, 3, 50]) expect(await idsOf(view, { limit })).toEqual(ids);
    });

    test("shows one app alone", async () => {
      await furnish();
      const notes = ["unread-new", "unread-old", "read-new", "read-old"];
      expect(await idsOf("inbox", { app: "notes" })).toEqual(notes);
      expect(await idsOf("inbox", { app: "ops" })).toEqual(["ops"]);
      expect(await idsOf("snoozed", { app: "ops" })).toEqual([]);
    });

    test("pages over equal times without a gap or a repeat", async () => {
      const ids = Array.from({ length: 23 }, (_, i) => `entry-${String(i).padStart(2, "0")}`);
      await put(ADA, ...ids.map((id, i) => ({ id, at: 7, readAt: i % 3 ? undefined : 9 })));
      const unread = ids.filter((_, i) => i % 3).reverse();
      const read = ids.filter((_, i) => i % 3 === 0).reverse();
      for (const limit of [1, 4, 5, 8]) {
        expect(await idsOf("inbox", { limit })).toEqual([...unread, ...read]);
      }
      await put(ADA, ...ids.map((id) => ({ id, at: 7, snoozedUntil: 8 })));
      expect(await idsOf("snoozed", { limit: 5 })).toEqual(ids);
    });

    test("begins at the beginning for a cursor of another view or one made up", async () => {
      await furnish();
      const made = (value: unknown) => Buffer.from(JSON.stringify(value)).toString("base64url");
      const cursors = ["made up", made([1, 5, "x"]), made([0, 1.5, "x"]), made([0, 5, "\0"])];
      for (const cursor of [...cursors, made([0, 5]), made(null)]) {
        const page = await opened.queries.list(ADA, { view: "snoozed", cursor, limit: 1 });
        expect(page.items[0]?.id).toBe("snoozed-soon");
      }
    });

    test("reads no further than its page", async () => {
      await furnish();
      const { kysely, dialect } = opened.database;
      if (dialect.name === "postgres") return;
      const { rows } = await sql<{ detail: string }>`EXPLAIN QUERY PLAN
        SELECT * FROM entry WHERE user_id = 'ada' AND read_at IS NULL AND archived_at IS NULL
          AND snoozed_until IS NULL AND withdrawn_at IS NULL AND (at, id) < (5, 'x')
        ORDER BY at DESC, id DESC LIMIT 51`.execute(kysely);
      expect(rows.map(({ detail }) => detail).join()).toContain("INDEX entry_unread");
      expect(rows.map(({ detail }) => detail).join()).not.toContain("TEMP B-TREE");
    });
  });

  test("items() and deliveries() are the newest of one entry", async () => {
    const { kind, reason, byId } = notification();
    await opened.store.commit(
      [ADA, GRACE].map((id) => ({
        id,
        changes: [1, 2, 3].flatMap((n) => [
          {
            type: "entry",
            entry: entry({ items: n }),
            item: { eventId: `event-${n}`, kind, reason, byId, byName: undefined, at: n },
          } as const,
          {
            type: "deliver",
            delivery: {
              ...{ id: `${id}:${n}`, channel: "push", pace: "now", entryId: "entry-1", dueAt: n },
              notification: notification({ eventId: `event-${n}`, byName: undefined }),
            },
          } as const,
        ]),
      })),
    );
    const items = await opened.queries.items(ADA, "entry-1", 2);
    expect(items).toEqual([
      { eventId: "event-3", kind, reason, byId, byName: undefined, at: 3 },
      { eventId: "event-2", kind, reason, byId, byName: undefined, at: 2 },
    ]);
    const deliveries = await opened.queries.deliveries(ADA, "entry-1", 2);
    expect(deliveries.map(({ id }) => id)).toEqual([`${ADA}:3`, `${ADA}:2`]);
    expect(deliveries[0]).toEqual({
      ...{ id: `${ADA}:3`, userId: ADA, channel: "push", pace: "now", entryId: "entry-1" },
      notification: notification({ eventId: "event-3", byName: undefined }),
      ...{ dueAt: 3, state: "waiting", attempts: 0, answer: undefined, doneAt: undefined },
    });
    expect(await opened.queries.deliveries(ADA, "entry-2", 2)).toEqual([]);
  });

  test("answers nothing of somebody who was never told anything", async () => {
    await furnish();
    expect(await opened.queries.entry(LINUS, "unread-old")).toBeUndefined();
    expect(await opened.queries.entry(ADA, "hers")).toBeUndefined();
    expect(await opened.queries.unread(LINUS)).toBe(0);
    expect(await opened.queries.preferences(LINUS)).toBeUndefined();
    expect(await opened.queries.mutes(LINUS)).toEqual([]);
  });

  test("due() finds whose sleep is over, soonest first, by inbox", async () => {
    await furnish();
    await put(GRACE, { id: "sleeps", snoozedUntil: 700 }, { id: "rests", snoozedUntil: 860 });
    expect((await opened.queries.due(699, { limit: 9 })).items).toEqual([]);
    expect((await opened.queries.due(700, { limit: 9 })).items).toEqual([
      { userId: GRACE, entryIds: ["sleeps"] },
    ]);
    expect((await opened.queries.due(899, { limit: 3 })).items).toEqual([
      { userId: GRACE, entryIds: ["sleeps"] },
      // Also what was withdrawn meanwhile: it may come back.
      { userId: ADA, entryIds: ["snoozed-soon", "withdrawn-snoozed"] },
    ]);
  });

  test("holders() are all who have an entry about something, or only where its name is old", async () => {
    for (const [userId, title] of [
      [ADA, "Quay"],
      [GRACE, "Harbor"],
      [LINUS, "Quay"],
    ] as const) {
      await put(userId, { id: "one", subject: "document:x", title }, { id: "two" });
    }
    expect(await opened.queries.holders("document:x")).toEqual([ADA, GRACE, LINUS]);
    expect(await opened.queries.holders("document:x", { titleNot: "Quay" })).toEqual([GRACE]);
    expect(await opened.queries.holders("document:y")).toEqual([]);
  });

  test("subjects() are those of a kind that begin so and were not withdrawn", async () => {
    const given = { kind: "ops.quarantined" } as const;
    await put(ADA, { ...given, id: "one", subject: "ops:document:x" });
    await put(GRACE, { ...given, id: "two", subject: "ops:document:x" });
    await put(LINUS, { ...given, id: "three", subject: "ops:document:y", withdrawnAt: 7 });
    await put(LINUS, { ...given, id: "four", subject: "other:z" });
    await put(LINUS, { kind: "ops.outbox_stuck", id: "five", subject: "ops:outbox:document" });
    const found = await opened.queries.subjects("ops.quarantined", { prefix: "ops:" });
    expect(found).toEqual(["ops:document:x"]);
  });

  test("outdated() finds the oldest entries that nobody put off", async () => {
    await furnish();
    expect((await opened.queries.outdated(40, { limit: 9 })).items).toEqual([
      { userId: ADA, entryIds: ["unread-old", "read-old", "archived-old"] },
    ]);
    expect((await opened.queries.outdated(40, { limit: 1 })).items).toEqual([
      { userId: ADA, entryIds: ["unread-old"] },
    ]);
  });

  test("forget() lets go of old things and of deliveries that are done, a part at a time", async () => {
    const { kind, reason, byId, byName } = notification();
    for (let n = 1; n <= 5; n++) {
      const item = { eventId: `event-${n}`, kind, reason, byId, byName, at: n };
      const delivery = {
        ...({ id: `delivery-${n}`, channel: "email", pace: "now", entryId: "entry-1" } as const),
        ...{ notification: notification(), dueAt: n },
      };
      await opened.store.commit([
        {
          id: ADA,
          changes: [
            { type: "entry", entry: entry({ items: n }), item },
            { type: "deliver", delivery },
          ],
        },
      ]);
      const result = { state: "sent", answer: "250 OK", at: n } as const;
      if (n !== 2) await opened.deliveries.settle(`delivery-${n}`, result);
    }
    expect(await opened.queries.forget(5, 2)).toBe(4);
    expect(await opened.queries.forget(5, 2)).toBe(3);
    expect(await opened.queries.forget(5, 2)).toBe(0);
    const left = await opened.queries.deliveries(ADA, "entry-1", 9);
    expect(left.map(({ id }) => id)).toEqual(["delivery-5", "delivery-2"]);
    expect(await opened.queries.items(ADA, "entry-1", 9)).toHaveLength(1);
    expect((await opened.queries.entry(ADA, "entry-1"))?.items).toBe(5);
  });
});
