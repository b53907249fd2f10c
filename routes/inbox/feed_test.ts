import { beforeEach, describe, expect, test } from "bun:test";
import type { InboxEvent } from "../../actors/mod.ts";
import { FakeClock } from "../../tests/support/fake_clock.ts";
import { entryOf } from "../../tests/support/inbox_entries.ts";
import { MemoryLog } from "../../tests/support/memory_log.ts";
import { personId } from "../../tests/support/people.ts";
import { waitFor } from "../../tests/support/wait_for.ts";
import { listTopic, personTopic } from "../live/live.ts";
import { InboxFeed } from "./feed.tsx";

const ADA = personId("ada");

let clock: FakeClock;
let log: MemoryLog;
let published: { topic: string; text: string }[];
let marked: string[];
let isStoreAway: boolean;
let isHeard: boolean;
let changedAt: number | undefined;
let feed: InboxFeed;

beforeEach(() => {
  clock = new FakeClock();
  log = new MemoryLog();
  published = [];
  marked = [];
  isStoreAway = false;
  isHeard = true;
  changedAt = undefined;
  feed = new InboxFeed({
    queries: {
      async unread() {
        if (isStoreAway) throw new Error("the store is away");
        return 7;
      },
    },
    facts: {
      changedAt: async () => changedAt,
      async markChanged(topics) {
        if (isStoreAway) throw new Error("the store is away");
        marked.push(...topics);
      },
    },
    clock,
    log,
    server: {
      mayHear: () => isHeard,
      publishEverywhere: (topic, text) => published.push({ topic, text }),
    },
  });
});

function notified(title: string, given: { unread?: number; toast?: boolean } = {}): InboxEvent {
  const entry = entryOf(title);
  const { unread = 1, toast = true } = given;
  return { type: "notified", unread, entry, notification: { ...entry, eventId: title }, toast };
}

/** Everything that was published when the feed is done with what it heard. */
async function told(): Promise<string[]> {
  await clock.advance(100);
  await waitFor(() => published.some(({ text }) => text.startsWith('{"t":"stale"')));
  await Promise.resolve();
  return published.splice(0).map(({ topic, text }) => `${topic} ${text}`);
}

function toastIn(lines: readonly string[]): string | undefined {
  return lines.find((line) => line.includes("#news"));
}

describe("InboxFeed", () => {
  test("tells the count, the line and that the list has changed", async () => {
    feed.hear(ADA, [notified("Plans", { unread: 3, toast: false })]);
    const lines = await told();
    expect(lines).toHaveLength(3);
    expect(lines[0]).toStartWith(`${personTopic(ADA)} <hx-partial hx-target="#inbox-count"`);
    expect(lines[0]).toContain('data-unread="3"');
    expect(lines[1]).toStartWith(`${listTopic(ADA, "inbox")} <hx-partial hx-target="#inbox-`);
    expect(lines[1]).toContain(">Plans</a>");
    expect(lines[2]).toBe(`${listTopic(ADA, "inbox")} {"t":"stale","topic":"inbox"}`);
    expect(marked).toEqual([listTopic(ADA, "inbox")]);
  });

  test("says what is new where it deserves a word", async () => {
    feed.hear(ADA, [notified("Plans")]);
    expect(toastIn(await told())).toContain("Grace Hopper shared “Plans” with you");
  });

  test("says many things at once, or soon after each other, as one", async () => {
    feed.hear(ADA, [notified("Plans"), notified("Budget")]);
    expect(toastIn(await told())).toContain("2 new notifications");
    feed.hear(ADA, [notified("Offsite")]);
    expect(toastIn(await told())).toContain("3 new notifications");
    await clock.advance(5_000);
    feed.hear(ADA, [notified("Release")]);
    expect(toastIn(await told())).toContain("4 new notifications");
    await clock.advance(10_000);
    feed.hear(ADA, [notified("Later")]);
    expect(toastIn(await told())).toContain("“Later”");
  });

  test("counts for a toast only what some page may have said", async () => {
    isHeard = false;
    feed.hear(ADA, [notified("Plans"), notified("Budget")]);
    await clock.advance(100);
    isHeard = true;
    feed.hear(ADA, [notified("Offsite")]);
    expect(toastIn(await told())).toContain("“Offsite”");
  });

  test("tells the last count of many changes, and no lines when there are too many", async () => {
    const entries = Array.from({ length: 6 }, (_, i) => entryOf(`Note ${i}`));
    feed.hear(ADA, [
      { type: "changed", unread: 9, entries, isMoved: false },
      { type: "changed", unread: 0, entries: "many", isMoved: true },
    ]);
    const lines = await told();
    expect(lines).toHaveLength(2);
    expect(lines[0]).toContain('data-unread="0"');
  });

  test("lets no page fetch its list for what stays in its place", async () => {
    const entries = [entryOf("Plans, renamed")];
    feed.hear(ADA, [{ type: "changed", unread: 2, entries, isMoved: false }]);
    await waitFor(() => published.length === 2);
    await clock.advance(100);
    expect(published.map(({ topic }) => topic)).toEqual([
      ...[personTopic(ADA), listTopic(ADA, "inbox")],
    ]);
    expect(published[1]?.text).toContain(">Plans, renamed</a>");
  });

  test("lets pages fetch their list when too much has changed for lines", async () => {
    const entries = Array.from({ length: 6 }, (_, i) => entryOf(`Note ${i}`));
    feed.hear(ADA, [{ type: "changed", unread: 2, entries, isMoved: false }]);
    expect(await told()).toHaveLength(2);
  });

  test("greets a page with how much waits, and not at all when that is not known", async () => {
    expect(await feed.greet(ADA)).toContain('data-unread="7"');
    isStoreAway = true;
    expect(await feed.greet(ADA)).toBeUndefined();
  });

  test("tells pages that are there even when it cannot be remembered for others", async () => {
    isStoreAway = true;
    feed.hear(ADA, [notified("Plans")]);
    expect(await told()).toHaveLength(4);
  });

  test("knows whether an inbox has changed since a page was made", async () => {
    expect(await feed.hasChanged(ADA, 5)).toBe(false);
    changedAt = 5;
    expect(await feed.hasChanged(ADA, 5)).toBe(true);
    expect(await feed.hasChanged(ADA, 6)).toBe(false);
  });

  test("tells nothing anymore when it is stopped", async () => {
    feed.hear(ADA, [notified("Plans")]);
    await clock.advance(10);
    published = [];
    feed.hear(ADA, [notified("Budget")]);
    feed.stop();
    await clock.advance(60_000);
    expect(published).toEqual([]);
  });
});
