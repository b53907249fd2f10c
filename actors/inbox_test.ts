import { describe, expect, test } from "bun:test";
import { entry, notify, preferences } from "../tests/support/notifications.ts";
import type { InboxAnswer, InboxChange, InboxEntry, InboxPreferences } from "./inbox/ports.ts";
import {
  isCounted,
  nextDigest,
  PAGE_WAS_OPEN,
  WAITS_FOR_READER,
  whenAwake,
} from "./inbox/rules.ts";
import type { InboxOperation, InboxState } from "./inbox/types.ts";
import { inboxBehavior } from "./inbox.ts";
import { limits } from "./limits.ts";
import { Tombstone } from "./runtime/behavior.ts";

type Done = Extract<ReturnType<typeof inboxBehavior.apply>, { type: "done" }>;

function inbox(unread = 0, wanted?: InboxPreferences): InboxState {
  return inboxBehavior.load("ada", { unread, preferences: wanted });
}

/** Decides about an operation that needs an answer first. */
function decide(state: InboxState, operation: InboxOperation, answer?: InboxAnswer): Done {
  const outcome = inboxBehavior.apply(state, operation, answer);
  if (outcome.type === "done") return outcome;
  throw new Error(`Cannot decide: wanted "done", received "${outcome.type}"`);
}

function about(
  before?: InboxEntry,
  given: { isKnown?: boolean; isMuted?: boolean; isEnded?: boolean } = {},
) {
  const nothing = { isKnown: false, isMuted: false, isEnded: false };
  return { type: "subject", ...nothing, entry: before, ...given } as const;
}

function entries(...all: InboxEntry[]): InboxAnswer {
  return { type: "entries", entries: all };
}

function written(outcome: Done): InboxEntry | undefined {
  const change = outcome.changes?.find(({ type }) => type === "entry");
  return change?.type === "entry" ? change.entry : undefined;
}

function delivered(outcome: Done): string[] {
  return (outcome.changes ?? []).flatMap((change) =>
    change.type === "deliver" ? [`${change.delivery.channel} at ${change.delivery.dueAt}`] : [],
  );
}

const read = entry({ readAt: 5, unreadItems: 0 });

describe("notify", () => {
  test("asks what there is about the subject before it decides", () => {
    expect(inboxBehavior.apply(inbox(), notify())).toEqual({
      type: "needs",
      need: { type: "subject", subject: "document:harbor", eventId: "event-1" },
    });
  });

  test("makes an entry, counts it and sends it by the channels of its kind", () => {
    const outcome = decide(inbox(), notify(), about());
    expect(outcome.reply).toEqual({ unread: 1, entries: [entry({ id: notify().entryId })] });
    expect(delivered(outcome)).toEqual(["push at 1000", "email at 1000"]);
    expect(outcome.changes?.at(-1)).toEqual({ type: "unread", unread: 1 });
    expect(outcome.events).toMatchObject([{ type: "notified", unread: 1, toast: true }]);
  });

  test("puts more about the same into the same entry, and counts that once", () => {
    const state = inbox(1);
    const more = notify({ eventId: "event-2", title: "Harbor", at: 2_000 }, { entryId: "other" });
    const outcome = decide(state, more, about(entry()));
    expect(written(outcome)).toEqual(
      entry({ title: "Harbor", at: 2_000, items: 2, unreadItems: 2 }),
    );
    expect(state.unread).toBe(1);
  });

  test("does not tell what is known, muted or not wanted", () => {
    const unwanted = { inbox: false, toast: true, push: true, email: "now" } as const;
    const quiet = preferences({ kinds: { "note.mentioned": unwanted } });
    const outcomes = [
      decide(inbox(3), notify(), about(undefined, { isKnown: true })),
      decide(inbox(3), notify(), about(undefined, { isMuted: true })),
      decide(inbox(3, quiet), notify()),
    ];
    for (const outcome of outcomes) {
      expect(outcome).toEqual({ type: "done", reply: { unread: 3, entries: [] } });
    }
  });

  test("of what somebody sees happen is read already and goes nowhere else", () => {
    const outcome = decide(inbox(), notify({}, { isLooking: true }), about());
    expect(written(outcome)).toMatchObject({ items: 1, unreadItems: 0, readAt: 1_000 });
    expect(outcome.reply.unread).toBe(0);
    expect(delivered(outcome)).toEqual([]);
    expect(outcome.events).toMatchObject([{ type: "notified", toast: false }]);
  });

  test("brings an archived or read entry back as unread", () => {
    for (const before of [read, entry({ archivedAt: 5 }), entry({ withdrawnAt: 5 })]) {
      const state = inbox();
      const outcome = decide(state, notify({ eventId: "event-2", at: 2_000 }), about(before));
      expect(isCounted(written(outcome))).toBe(true);
      expect(state.unread).toBe(1);
    }
  });

  test("counts a late older event and does not let it name the entry", () => {
    const late = notify({ eventId: "event-0", kind: "note.shared", title: "Old", at: 10 });
    expect(written(decide(inbox(), late, about(read)))).toEqual(
      entry({ items: 2, unreadItems: 1, readAt: undefined }),
    );
  });

  test("keeps a snoozed entry out of the way, uncounted and untold", () => {
    const state = inbox();
    const outcome = decide(state, notify({ at: 2_000 }), about(entry({ snoozedUntil: 9_000 })));
    expect(written(outcome)).toMatchObject({ snoozedUntil: 9_000, unreadItems: 2 });
    expect(state.unread).toBe(0);
    expect(delivered(outcome)).toEqual([]);
  });
});

describe("changes of entries", () => {
  const at = 7_000;
  const ids = ["entry-1"];

  test.each<[string, InboxOperation, InboxEntry, InboxEntry | undefined, number]>([
    ["read", { type: "read", ids, at }, entry(), entry({ readAt: at, unreadItems: 0 }), -1],
    ["read again", { type: "read", ids, at }, read, undefined, 0],
    ["unread", { type: "unread", ids, at }, read, entry(), 1],
    ["unread again", { type: "unread", ids, at }, entry(), undefined, 0],
    ["archive", { type: "archive", ids, at }, entry(), entry({ archivedAt: at }), -1],
    ["archive a read one", { type: "archive", ids, at }, read, { ...read, archivedAt: at }, 0],
    ["unarchive", { type: "unarchive", ids, at }, entry({ archivedAt: 3 }), entry(), 1],
    [
      "snooze",
      { type: "snooze", ids, until: 9_000, at },
      entry(),
      entry({ snoozedUntil: 9_000 }),
      -1,
    ],
    ["wake", { type: "wake", ids, at }, entry({ snoozedUntil: 9_000 }), entry(), 1],
    ["wake an awake one", { type: "wake", ids, at }, entry(), undefined, 0],
  ])("%s", (_name, operation, before, after, difference) => {
    const state = inbox(5);
    expect(inboxBehavior.apply(state, operation)).toEqual({
      type: "needs",
      need: { type: "entries", ids },
    });
    const outcome = decide(state, operation, entries(before));
    expect(written(outcome)).toEqual(after);
    expect(state.unread).toBe(5 + difference);
    expect(outcome.reply.unread).toBe(5 + difference);
    // What changes nothing writes nothing.
    expect(outcome.changes === undefined).toBe(after === undefined);
  });

  test("refuses to snooze into the past, and to change too much at once", () => {
    const many = Array.from({ length: limits.entriesChangedMax + 1 }, (_, i) => `entry-${i}`);
    for (const [operation, code] of [
      [{ type: "snooze", ids, until: at, at }, "invalid"],
      [{ type: "read", ids: many, at }, "too_large"],
    ] as const) {
      const outcome = inboxBehavior.apply(inbox(), operation);
      expect(outcome).toMatchObject({ type: "refused", error: { code } });
    }
  });

  test("mute archives the entry and keeps what it is about from coming back", () => {
    const state = inbox(1);
    const outcome = decide(state, { type: "mute", id: "entry-1", at }, entries(entry()));
    expect(outcome.changes).toEqual([
      { type: "entry", entry: entry({ archivedAt: at }) },
      { type: "mute", subject: "document:harbor", at },
      { type: "unread", unread: 0 },
    ]);
    expect(inboxBehavior.apply(state, { type: "mute", id: "x", at }, entries())).toMatchObject({
      type: "refused",
      error: { code: "not_found" },
    });
  });

  test("forget lets go of what is old, and of nothing newer or put off", () => {
    const state = inbox(2);
    const all = [
      entry({ at: 10 }),
      entry({ id: "entry-2", at: 10, readAt: 11 }),
      entry({ id: "entry-3", at: 10, snoozedUntil: 99 }),
      entry({ id: "entry-4", at: 20 }),
    ];
    const operation = { type: "forget", ids: all.map(({ id }) => id), before: 20 } as const;
    expect(decide(state, operation, entries(...all)).changes).toEqual([
      { type: "forget", ids: ["entry-1", "entry-2"] },
      { type: "unread", unread: 1 },
    ]);
    expect(decide(state, operation, entries()).changes).toBeUndefined();
  });
});

describe("changes of what entries are about", () => {
  const subject = "document:harbor";
  const at = 7_000;

  test.each<[string, InboxOperation, InboxEntry | undefined, InboxEntry | undefined, number]>([
    ["withdraw", { type: "withdraw", subject, at }, entry(), entry({ withdrawnAt: at }), -1],
    [
      "withdraw a read one",
      { type: "withdraw", subject, at },
      read,
      { ...read, withdrawnAt: at },
      0,
    ],
    ["withdraw nothing", { type: "withdraw", subject, at }, undefined, undefined, 0],
    ["reinstate", { type: "reinstate", subject, at }, entry({ withdrawnAt: 3 }), entry(), 1],
    ["reinstate what is there", { type: "reinstate", subject, at }, entry(), undefined, 0],
    [
      "retitle",
      { type: "retitle", subject, title: "Quay", at },
      entry(),
      entry({ title: "Quay" }),
      0,
    ],
    [
      "retitle as before",
      { type: "retitle", subject, title: "Harbor plan", at },
      entry(),
      undefined,
      0,
    ],
    [
      "seen",
      { type: "seen", subject, at: 1_000 },
      entry(),
      entry({ readAt: 1_000, unreadItems: 0 }),
      -1,
    ],
    ["seen before the newest thing", { type: "seen", subject, at: 999 }, entry(), undefined, 0],
  ])("%s", (_name, operation, before, after, difference) => {
    const state = inbox(5);
    const outcome = decide(state, operation, about(before));
    expect(written(outcome)).toEqual(after);
    expect(state.unread).toBe(5 + difference);
  });
});

test("only what changes the place of an entry moves it", () => {
  const moves = (operation: InboxOperation, before = entry()) => {
    const [event] = decide(inbox(5), operation, about(before)).events ?? [];
    return event?.type === "changed" && event.isMoved;
  };
  const subject = "document:harbor";
  expect(moves({ type: "retitle", subject, title: "Quay", at: 7 })).toBe(false);
  expect(moves({ type: "seen", subject, at: 1_000 })).toBe(true);
  expect(moves({ type: "withdraw", subject, at: 7 })).toBe(true);
});

describe("all at once", () => {
  test("read_all reads what the store counts, and unread_all takes it back", () => {
    const state = inbox(7);
    const filter = { app: "notes", until: 50 };
    const operation = { type: "read_all", filter, at: 60 } as const;
    expect(inboxBehavior.apply(state, operation)).toEqual({
      type: "needs",
      need: { type: "count_unread", filter },
    });
    expect(decide(state, operation, { type: "count", count: 4 })).toMatchObject({
      reply: { unread: 3, entries: [] },
      changes: [
        { type: "read_all", at: 60, filter },
        { type: "unread", unread: 3 },
      ],
      events: [{ type: "changed", unread: 3, entries: "many", isMoved: true }],
    });
    const undo = { type: "unread_all", readAt: 60 } as const;
    expect(inboxBehavior.apply(state, undo)).toMatchObject({
      need: { type: "count_read_at", readAt: 60 },
    });
    expect(decide(state, undo, { type: "count", count: 4 }).reply.unread).toBe(7);
  });

  test("purge ends it and leaves nothing behind, not even a count", () => {
    const state = inbox(7, preferences({ digestMinutes: 30 }));
    const { changes, ends, reply } = decide(state, { type: "purge", at: 5 });
    expect(changes).toEqual([{ type: "purge", at: 5 }] satisfies InboxChange[]);
    expect(ends).toBe(true);
    expect(reply.unread).toBe(0);
  });

  test("one that has ended takes nothing, and can be ended twice", () => {
    const answer = (operation: InboxOperation) =>
      inboxBehavior.applyToEnded?.(new Tombstone(5, undefined), operation);
    expect(answer({ type: "purge", at: 6 })).toMatchObject({ type: "done", reply: { unread: 0 } });
    for (const operation of [notify(), { type: "count" } as const]) {
      expect(answer(operation)).toMatchObject({ type: "refused", error: { code: "gone" } });
    }
  });

  test("erase keeps nothing about a subject, and counts what is left", () => {
    const erase = { type: "erase", subject: "document:harbor" } as const;
    expect(inboxBehavior.apply(inbox(), erase)).toMatchObject({
      need: { type: "subject", subject: "document:harbor" },
    });
    const outcome = decide(inbox(3), erase, about(entry()));
    expect(outcome).toMatchObject({
      reply: { unread: 2 },
      changes: [
        { type: "erase", subject: "document:harbor" },
        { type: "unread", unread: 2 },
      ],
      events: [{ type: "erased", unread: 2, entryId: "entry-1" }],
    });
    expect(decide(inbox(3), erase, about(read)).reply.unread).toBe(3);
    expect(decide(inbox(3), erase, about(undefined, { isMuted: true })).changes).toHaveLength(2);
    expect(decide(inbox(3), erase, about()).changes).toBeUndefined();
  });

  test("no notification is taken about what was deleted for good", () => {
    expect(decide(inbox(), notify(), about(undefined, { isEnded: true })).changes).toBeUndefined();
  });

  test("prefer holds from the next notification on", () => {
    const state = inbox();
    const nowhere = { inbox: true, toast: false, push: false, email: "never" } as const;
    const wanted = preferences({ kinds: { "note.mentioned": nowhere } });
    expect(decide(state, { type: "prefer", preferences: wanted }).changes?.[0]).toEqual({
      ...{ type: "preferences", preferences: wanted },
    });
    expect(delivered(decide(state, notify(), about()))).toEqual([]);
  });
});

describe("times", () => {
  const at = (text: string) => Temporal.Instant.from(text).epochMilliseconds;
  const night = { fromMinutes: 22 * 60, untilMinutes: 7 * 60 };
  const text = (ms: number) => Temporal.Instant.fromEpochMilliseconds(ms).toString();

  test.each<[string, string, { fromMinutes: number; untilMinutes: number }, string, string]>([
    ["before", "Europe/Berlin", night, "2026-06-01T19:59:00Z", "2026-06-01T19:59:00Z"],
    ["at the beginning", "Europe/Berlin", night, "2026-06-01T20:00:00Z", "2026-06-02T05:00:00Z"],
    ["after midnight", "Europe/Berlin", night, "2026-06-01T23:30:07Z", "2026-06-02T05:00:00Z"],
    ["at the end", "Europe/Berlin", night, "2026-06-02T05:00:00Z", "2026-06-02T05:00:00Z"],
    // Clocks go from 2:00 to 3:00 in that night, so that it is an hour shorter.
    ["in spring", "Europe/Berlin", night, "2026-03-28T22:00:00Z", "2026-03-29T05:00:00Z"],
    ["in spring", "America/New_York", night, "2026-03-08T04:00:00Z", "2026-03-08T11:00:00Z"],
    // And back by an hour in that one.
    ["in autumn", "Europe/Berlin", night, "2026-10-24T21:00:00Z", "2026-10-25T06:00:00Z"],
    ["in autumn", "America/New_York", night, "2026-11-01T03:00:00Z", "2026-11-01T12:00:00Z"],
    [
      "until a time that the spring skips",
      "Europe/Berlin",
      { fromMinutes: 22 * 60, untilMinutes: 150 },
      "2026-03-28T22:00:00Z",
      "2026-03-29T01:30:00Z",
    ],
    [
      "until a time that comes twice, the second time",
      "Europe/Berlin",
      { fromMinutes: 22 * 60, untilMinutes: 150 },
      "2026-10-25T01:10:00Z",
      "2026-10-25T01:30:00Z",
    ],
    [
      "over noon",
      "Asia/Kolkata",
      { fromMinutes: 12 * 60, untilMinutes: 13 * 60 },
      "2026-06-01T06:45:00Z",
      "2026-06-01T07:30:00Z",
    ],
    [
      "of no length",
      "UTC",
      { fromMinutes: 60, untilMinutes: 60 },
      "2026-06-01T01:00:00Z",
      "2026-06-01T01:00:00Z",
    ],
  ])("whenAwake() %s of quiet hours in %s", (_name, timeZone, quietHours, now, awake) => {
    expect(text(whenAwake({ quietHours }, { at: at(now), timeZone }))).toBe(awake);
  });

  test.each([
    ["Europe/Berlin", "2026-06-01T05:59:00Z", "2026-06-01T06:00:00Z"],
    ["Europe/Berlin", "2026-06-01T06:00:00Z", "2026-06-02T06:00:00Z"],
    ["Europe/Berlin", "2026-03-28T12:00:00Z", "2026-03-29T06:00:00Z"],
    ["Europe/Berlin", "2026-10-24T12:00:00Z", "2026-10-25T07:00:00Z"],
    ["America/New_York", "2026-03-07T20:00:00Z", "2026-03-08T12:00:00Z"],
    ["America/New_York", "2026-10-31T20:00:00Z", "2026-11-01T13:00:00Z"],
    ["Asia/Kathmandu", "2026-06-01T00:00:00Z", "2026-06-01T02:15:00Z"],
  ])("nextDigest() at eight in %s after %s", (timeZone, now, due) => {
    expect(text(nextDigest(preferences(), { at: at(now), timeZone }))).toBe(due);
  });

  const quiet = preferences({ quietHours: night });
  const inBerlin = { timeZone: "Europe/Berlin" };
  const midnight = at("2026-06-01T22:00:00Z");
  const morning = at("2026-06-02T05:00:00Z");

  test("quiet hours hold back what is not urgent", () => {
    const given = { ...notify({ at: midnight }), ...inBerlin };
    expect(delivered(decide(inbox(0, quiet), given, about()))).toEqual([
      `push at ${morning}`,
      `email at ${morning}`,
    ]);
    const urgent = {
      ...notify({ at: midnight, kind: "ops.quarantined", reason: "administrator" }),
      ...inBerlin,
    };
    expect(delivered(decide(inbox(0, quiet), urgent, about()))).toEqual([
      `push at ${midnight}`,
      `email at ${midnight}`,
    ]);
  });

  test("a daily e-mail is due at the time of the person", () => {
    const changed = {
      ...notify({ at: midnight, kind: "note.changed", reason: "watching" }),
      ...inBerlin,
    };
    const due = at("2026-06-02T06:00:00Z");
    const outcome = decide(inbox(0, quiet), changed, about());
    expect(delivered(outcome)).toEqual([`email at ${due}`]);
    expect(outcome.changes).toContainEqual({
      type: "deliver",
      delivery: {
        ...{ id: "ada:email:event-1", channel: "email", pace: "daily", dueAt: due },
        ...{ entryId: changed.entryId, notification: changed.notification },
      },
    });
  });

  test("who has a page open is pushed nothing, and has a moment to read before an e-mail", () => {
    const outcome = decide(inbox(), { ...notify({ at: midnight }), isOnline: true }, about());
    const changes = outcome.changes ?? [];
    const made = changes.flatMap((change) => (change.type === "deliver" ? [change.delivery] : []));
    expect(made).toMatchObject([
      { channel: "push", isSkipped: true, answer: PAGE_WAS_OPEN },
      { channel: "email", dueAt: midnight + limits.emailDelayMs, answer: WAITS_FOR_READER },
    ]);
  });
});
