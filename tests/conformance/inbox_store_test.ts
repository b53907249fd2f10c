import { afterAll, afterEach, beforeEach, describe, expect, test } from "bun:test";
import {
  ActorSystem,
  type Actors,
  type Batch,
  type InboxChange,
  type InboxEntry,
  type InboxTypes,
  inboxBehavior,
  type PersonId,
  systemClock,
  Tombstone,
  toPersonId,
} from "../../actors/mod.ts";
import { entry, notification, notify, preferences } from "../support/notifications.ts";
import { inboxDatabases, loadLiving, type TestInboxes } from "./databases.ts";

const quiet = { info() {}, warn() {}, error() {} };

let opened: TestInboxes;
let inboxes: Actors<InboxTypes>;

/** Actors with nothing in memory, over the same database. */
function restart(): void {
  const system = new ActorSystem({ clock: systemClock, log: quiet });
  inboxes = system.register(inboxBehavior, opened.store);
}

/** Tells one person about so many notes, each a millisecond after the other; answers the entries' ids. */
async function tellOf(userId: PersonId, count: number): Promise<string[]> {
  const ids = Array.from({ length: count }, (_, i) => `entry-${i}`);
  for (const [i, entryId] of ids.entries()) {
    const given = { eventId: `event-${i}`, subject: `document:${i}`, at: 1_000 + i };
    await inboxes.ask(userId, notify(given, { entryId }));
  }
  return ids;
}

async function commit(id: string, ...changes: InboxChange[]): Promise<string> {
  const [result] = await opened.store.commit([{ id, changes }]);
  return result?.state ?? "none";
}

/** How many entries count by themselves, which has to be what is written down. */
async function counted(userId: PersonId): Promise<number> {
  const answer = await opened.store.fetch(userId, { type: "count_unread", filter: {} });
  const count = answer.type === "count" ? answer.count : -1;
  expect(await opened.queries.unread(userId)).toBe(count);
  return count;
}

async function entriesOf(userId: PersonId, ids: readonly string[]): Promise<InboxEntry[]> {
  const answer = await opened.store.fetch(userId, { type: "entries", ids });
  return answer.type === "entries" ? answer.entries.sort((a, b) => a.at - b.at) : [];
}

describe.each(inboxDatabases())("inboxes in $name", ({ open, end }) => {
  let ada: PersonId;

  beforeEach(async () => {
    opened = await open();
    ada = toPersonId(systemClock.mintId());
    restart();
  });

  afterEach(() => opened.close());
  afterAll(end);

  test("come back as they were", async () => {
    const wanted = preferences({
      ...{ digestMinutes: 30 },
      quietHours: { fromMinutes: 1_320, untilMinutes: 420 },
    });
    expect(await loadLiving(opened.store, ada)).toBeUndefined();
    await inboxes.ask(ada, notify({ byId: undefined, byName: undefined }));
    await inboxes.ask(ada, { type: "prefer", preferences: wanted });
    expect(await loadLiving(opened.store, ada)).toEqual({ unread: 1, preferences: wanted });
    expect(await opened.queries.preferences(ada)).toEqual(wanted);
    restart();
    expect((await inboxes.ask(ada, { type: "count" })).unread).toBe(1);
    const before = preferences();
    await inboxes.ask(ada, { type: "prefer", preferences: before });
    expect(await loadLiving(opened.store, ada)).toEqual({ unread: 1, preferences: before });
  });

  test("tell the same event once, also after a restart and at the same moment", async () => {
    await Promise.all([notify(), notify(), notify()].map((it) => inboxes.ask(ada, it)));
    restart();
    await inboxes.ask(ada, notify());
    const [only] = await entriesOf(ada, [notify().entryId]);
    expect(only).toMatchObject({ items: 1, unreadItems: 1 });
    expect(await opened.queries.items(ada, notify().entryId, 9)).toHaveLength(1);
    expect(await counted(ada)).toBe(1);
  });

  test("refuse to write one thing twice, with all that came with it", async () => {
    const { eventId, kind, reason, byId, byName, at } = notification();
    const item = { eventId, kind, reason, byId, byName, at };
    expect(await commit(ada, { type: "entry", entry: entry(), item })).toBe("ok");
    const again = entry({ items: 2 });
    expect(await commit(ada, { type: "entry", entry: again, item })).toBe("failed");
    expect(await entriesOf(ada, ["entry-1"])).toEqual([entry()]);
  });

  test("keep one entry for one subject, by the id that it had first", async () => {
    await commit(ada, { type: "entry", entry: entry() });
    await commit(ada, { type: "entry", entry: entry({ id: "entry-2", title: "Quay", items: 2 }) });
    expect(await entriesOf(ada, ["entry-1", "entry-2", "entry-1"])).toEqual([
      entry({ title: "Quay", items: 2 }),
    ]);
  });

  test("keep every sign that people write", async () => {
    const titles = [
      `<b onclick="x">"quotes" 'and' \\ {a,b} NULL</b> \t`,
      "👩🏽‍🚀 مرحبا بالعالم שלום",
      "é".repeat(120),
    ];
    for (const [i, title] of titles.entries()) {
      const given = { eventId: `event-${i}`, subject: `document:${i}`, title, byName: title };
      await inboxes.ask(ada, notify(given, { entryId: `entry-${i}` }));
      const found = await opened.queries.entry(ada, `entry-${i}`);
      expect([found?.title, found?.byName]).toEqual([title, title]);
      const [delivery] = await opened.queries.deliveries(ada, `entry-${i}`, 1);
      expect(delivery?.notification).toEqual(notification(given));
      const [item] = await opened.queries.items(ada, `entry-${i}`, 1);
      expect(item?.byName).toBe(title);
    }
  });

  test("count exactly when an entry is marked by many tabs at once", async () => {
    const ids = await tellOf(ada, 3);
    const marks = Array.from({ length: 10 }, (_, i) =>
      inboxes.ask(ada, { type: i % 2 ? "unread" : "read", ids: ids.slice(0, 1), at: 5_000 + i }),
    );
    await Promise.all(marks);
    expect(await counted(ada)).toBe(3);
    const reads = Array.from({ length: 10 }, () =>
      inboxes.ask(ada, { type: "read", ids: ids.slice(0, 1), at: 6_000 }),
    );
    expect((await Promise.all(reads)).map(({ unread }) => unread)).toEqual(Array(10).fill(2));
    restart();
    expect((await inboxes.ask(ada, { type: "count" })).unread).toBe(2);
    expect(await counted(ada)).toBe(2);
  });

  test("read everything that is meant, and take exactly that back", async () => {
    const ids = await tellOf(ada, 7);
    const only = (index: number) => ids.slice(index, index + 1);
    await inboxes.ask(ada, notify({ eventId: "event-x", subject: "document:6", at: 1_006 }));
    const ops = { eventId: "o", kind: "ops.quarantined", subject: "ops:x", at: 1_001 } as const;
    await inboxes.ask(ada, notify(ops, { entryId: "ops" }));
    await inboxes.ask(ada, { type: "read", ids: only(0), at: 4_000 });
    await inboxes.ask(ada, { type: "archive", ids: only(1), at: 4_000 });
    await inboxes.ask(ada, { type: "snooze", ids: only(2), until: 9_000, at: 4_000 });
    await inboxes.ask(ada, { type: "withdraw", subject: "document:3", at: 4_000 });
    const before = await entriesOf(ada, [...ids, "ops"]);
    expect(await counted(ada)).toBe(4);
    const filter = { app: "notes", until: 1_005 };
    const { unread } = await inboxes.ask(ada, { type: "read_all", filter, at: 5_000 });
    expect(unread).toBe(2);
    expect(await counted(ada)).toBe(2);
    const readNow = (await entriesOf(ada, [...ids, "ops"])).filter(
      ({ readAt }) => readAt === 5_000,
    );
    expect(readNow.map(({ id }) => id)).toEqual([...only(4), ...only(5)]);
    expect(readNow.map(({ unreadItems }) => unreadItems)).toEqual([0, 0]);
    expect((await inboxes.ask(ada, { type: "unread_all", readAt: 5_000 })).unread).toBe(4);
    expect(await entriesOf(ada, [...ids, "ops"])).toEqual(before);
    await inboxes.ask(ada, { type: "read_all", filter: {}, at: 6_000 });
    expect(await counted(ada)).toBe(0);
    // What was put away since then is unread again, and does not count.
    await inboxes.ask(ada, { type: "archive", ids: only(4), at: 6_500 });
    expect((await inboxes.ask(ada, { type: "unread_all", readAt: 6_000 })).unread).toBe(3);
    expect(await counted(ada)).toBe(3);
    expect((await inboxes.ask(ada, { type: "unarchive", ids: only(4), at: 7_000 })).unread).toBe(4);
    expect(await counted(ada)).toBe(4);
  });

  test("tell nothing about what is muted until it is not anymore", async () => {
    const [id = ""] = await tellOf(ada, 1);
    await inboxes.ask(ada, { type: "mute", id, at: 2_000 });
    await inboxes.ask(ada, notify({ eventId: "event-2", subject: "document:0" }));
    expect(await counted(ada)).toBe(0);
    const mute = { subject: "document:0", title: "Harbor plan", at: 2_000 };
    expect(await opened.queries.mutes(ada)).toEqual([mute]);
    await inboxes.ask(ada, { type: "retitle", subject: "document:0", title: "Quay", at: 3_000 });
    expect(await opened.queries.mutes(ada)).toEqual([{ ...mute, title: "Quay" }]);
    await inboxes.ask(ada, { type: "forget", ids: [id], before: 9_000 });
    expect(await opened.queries.mutes(ada)).toEqual([mute]);
    await inboxes.ask(ada, { type: "unmute", subject: "document:0", at: 4_000 });
    await inboxes.ask(ada, notify({ eventId: "event-3", subject: "document:0" }));
    expect(await counted(ada)).toBe(1);
    expect(await opened.queries.mutes(ada)).toEqual([]);
  });

  test("forget entries with all that belongs to them, and go on counting", async () => {
    const [first = "", second = ""] = await tellOf(ada, 2);
    const { unread } = await inboxes.ask(ada, { type: "forget", ids: [first], before: 1_001 });
    expect(unread).toBe(1);
    expect(await entriesOf(ada, [first, second])).toHaveLength(1);
    expect(await opened.queries.items(ada, first, 9)).toEqual([]);
    expect(await opened.queries.deliveries(ada, first, 9)).toEqual([]);
    expect(await opened.queries.items(ada, second, 9)).toHaveLength(1);
    expect(await counted(ada)).toBe(1);
  });

  test("keep nothing of a person who is gone, and everything of the others", async () => {
    const grace = toPersonId(systemClock.mintId());
    for (const [index, userId] of [ada, grace].entries()) {
      const [id = ""] = await tellOf(userId, 2);
      await inboxes.ask(userId, { type: "mute", id, at: 2_000 });
      await inboxes.ask(userId, { type: "prefer", preferences: preferences() });
      await opened.pushDevices.add({
        ...{ id: `device-${index}`, userId, name: "Firefox on Linux", endpoint: `e-${index}` },
        sessionId: `session-${index}`,
        ...{ p256dh: "p", auth: "a", createdAt: 1, lastSuccessAt: undefined },
        ...{ answer: undefined, failures: 0 },
      });
    }
    await inboxes.ask(ada, { type: "purge", at: 3_000 });
    const left = async (table: "inbox" | "entry" | "item" | "mute" | "delivery" | "push_device") =>
      await opened.database.kysely.selectFrom(table).select("user_id").distinct().execute();
    for (const table of ["inbox", "entry", "item", "mute", "delivery", "push_device"] as const) {
      expect([table, await left(table)]).toEqual([table, [{ user_id: grace }]]);
    }
    expect(await opened.store.load(ada)).toEqual(new Tombstone(3_000, undefined));
    restart();
    await expect(inboxes.ask(ada, notify())).rejects.toMatchObject({ code: "gone" });
    expect(await left("entry")).toEqual([{ user_id: grace }]);
    expect(await counted(grace)).toBe(1);
  });

  test("keep nothing about what was deleted for good, and are told nothing of it again", async () => {
    const grace = toPersonId(systemClock.mintId());
    const [gone = "", kept = ""] = await tellOf(ada, 2);
    await tellOf(grace, 2);
    await inboxes.ask(ada, { type: "mute", id: gone, at: 2_000 });
    await inboxes.ask(grace, { type: "mute", id: gone, at: 2_000 });
    await inboxes.ask(grace, { type: "forget", ids: [gone], before: 5_000 });
    const subject = "document:0";
    // Grace has no entry about it anymore, but she has muted it by its title.
    expect((await opened.queries.endSubject(subject, 9)).sort()).toEqual([ada, grace].sort());
    for (const userId of [ada, grace]) await inboxes.ask(userId, { type: "erase", subject });
    expect(await opened.queries.endSubject(subject, 10)).toEqual([]);
    restart();
    await inboxes.ask(ada, notify({ eventId: "late", subject, at: 9_000 }));
    expect(await entriesOf(ada, [gone, kept])).toHaveLength(1);
    expect(await opened.queries.items(ada, gone, 9)).toEqual([]);
    expect(await opened.queries.deliveries(ada, gone, 9)).toEqual([]);
    expect(await opened.queries.deliveries(ada, kept, 9)).not.toEqual([]);
    expect(await opened.queries.mutes(ada)).toEqual([]);
    expect(await opened.queries.mutes(grace)).toEqual([]);
    expect(await counted(ada)).toBe(1);
  });

  test("write the changes of one turn in their order", async () => {
    const { type } = { type: "entry" } as const;
    const other = entry({ id: "entry-2", subject: "document:2" });
    await commit(
      ada,
      ...[{ type, entry: entry() } as const, { type: "unread", unread: 1 } as const],
      { type: "preferences", preferences: preferences({ digestMinutes: 40 }) },
      { type: "preferences", preferences: preferences({ digestMinutes: 30 }) },
      { type: "erase", subject: entry().subject },
      { type, entry: entry({ title: "One" }) },
      { type: "read_all", at: 50, filter: {} },
      { type, entry: other },
      { type: "mute", subject: "document:2", at: 1 },
      { type, entry: { ...other, title: "Two" } },
      { type: "unmute", subject: "document:2" },
      { type: "mute", subject: "document:2", at: 2 },
      { type: "unread", unread: 7 },
      { type: "unread", unread: 1 },
    );
    expect(await entriesOf(ada, ["entry-1", "entry-2"])).toEqual([
      entry({ title: "One", readAt: 50, unreadItems: 0 }),
      { ...other, title: "Two" },
    ]);
    expect(await opened.queries.mutes(ada)).toEqual([
      { subject: "document:2", title: "Two", at: 2 },
    ]);
    const last = preferences({ digestMinutes: 30 });
    expect(await loadLiving(opened.store, ada)).toEqual({ unread: 1, preferences: last });
    const again = entry({ id: "entry-3", title: "Anew" });
    await commit(ada, { type: "forget", ids: ["entry-1"] }, { type, entry: again });
    expect(await entriesOf(ada, ["entry-1", "entry-3"])).toEqual([again]);
  });

  test("tell hundreds of people at once, each their own", async () => {
    const people = Array.from({ length: 600 }, () => toPersonId(systemClock.mintId()));
    const [first = ada] = people;
    await inboxes.ask(first, notify({ eventId: "event-0" }, { entryId: "older" }));
    const told = await Promise.all(
      people.map((id) => inboxes.ask(id, notify({ title: id }, { entryId: `entry of ${id}` }))),
    );
    expect(told.map(({ entries }) => entries[0]?.title)).toEqual(people);
    const loaded = await Promise.all(people.map((id) => loadLiving(opened.store, id)));
    expect(loaded.every((stored) => stored?.unread === 1)).toBe(true);
    expect((await opened.queries.entry(first, "older"))?.items).toBe(2);
    const holders = await opened.queries.holders("document:harbor");
    expect(holders).toEqual(people.toSorted());
    const woken = people.map((id) =>
      opened.store.fetch(id, { type: "entries", ids: [`entry of ${id}`] }),
    );
    const ids = (await Promise.all(woken)).map(
      (it) => it.type === "entries" && it.entries[0]?.title,
    );
    expect(ids.slice(1)).toEqual(people.slice(1));
  });

  test("write the others when one batch of a commit cannot be written", async () => {
    const grace = toPersonId(systemClock.mintId());
    const { eventId, kind, reason, byId, byName, at } = notification();
    const item = { eventId, kind, reason, byId, byName, at };
    const change = { type: "entry", entry: entry(), item } as const;
    await commit(ada, change);
    const batches = [ada, grace].map((id): Batch<InboxChange> => ({ id, changes: [change] }));
    const results = await opened.store.commit(batches);
    expect(results.map(({ state }) => state)).toEqual(["failed", "ok"]);
  });

  test("refuse what stands under an epoch that is over, where nodes share them", async () => {
    const { shards } = opened;
    if (shards === undefined) return;
    const node = { id: "node-1", name: "east-1", takesShards: true, seesRegister: true };
    await shards.renew(node, 60_000);
    const [claim] = await shards.claim("node-1", [7], { alive: [] });
    if (claim === undefined) throw new Error("Cannot test: wanted shard 7, received none");
    const changes: InboxChange[] = [{ type: "unread", unread: 3 }];
    const grace = toPersonId(systemClock.mintId());
    await shards.claim("node-1", [7], { alive: [] });
    const results = await opened.store.commit([
      { id: ada, changes, fence: claim },
      { id: grace, changes, fence: { ...claim, epoch: claim.epoch + 1 } },
    ]);
    expect(results).toMatchObject([
      { state: "failed", error: { code: "not_owner" } },
      { state: "ok" },
    ]);
    expect(await loadLiving(opened.store, ada)).toBeUndefined();
    expect((await loadLiving(opened.store, grace))?.unread).toBe(3);
  });
});
