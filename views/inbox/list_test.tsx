import { describe, expect, test } from "bun:test";
import { type Delivery, type InboxEntry, limits, notificationKinds } from "../../actors/mod.ts";
import { entryOf } from "../../tests/support/inbox_entries.ts";
import { pageFor, render } from "../../tests/support/pages.ts";
import { MONDAY_MORNING, person, personId } from "../../tests/support/people.ts";
import { InboxCount } from "../shell/inbox_count.tsx";
import { Layout } from "../shell/layout.tsx";
import { InboxDetailsPage, type InboxDetailsProps } from "./details.tsx";
import { InboxCountFragment, InboxEntryFragment, NewsToastFragment } from "./entry.tsx";
import { InboxPage, type InboxProps, inboxUrl } from "./list.tsx";
import { NotificationSettingsPage } from "./settings.tsx";
import { SnoozePage } from "./snooze.tsx";
import { notificationText, notificationWords } from "./words.tsx";

const ADA = personId("ada");

const DAY_MS = 86_400_000;
const page = pageFor({ path: "/inbox", unread: 2 });

function inbox(entries: readonly InboxEntry[], given: Partial<InboxProps> = {}): Promise<string> {
  const list = { items: [...entries], nextCursor: undefined };
  return render(<InboxPage page={page} list={list} view="inbox" keptDays={90} {...given} />);
}

function headings(html: string): string[] {
  return [...html.matchAll(/<h2[^>]*>([^<]*)<\/h2>/g)].map(([, text = ""]) => text);
}

describe("InboxPage", () => {
  test("shows what is unread first, and each part by day", async () => {
    const html = await inbox([
      entryOf("Plans"),
      entryOf("Older plans", { at: MONDAY_MORNING - DAY_MS }),
      entryOf("Budget", { readAt: MONDAY_MORNING }),
      entryOf("Old budget", { at: MONDAY_MORNING - 5 * DAY_MS, readAt: MONDAY_MORNING }),
    ]);
    expect(headings(html)).toEqual([
      "Unread · Today",
      "Unread · Yesterday",
      "Today",
      "Wednesday, November 18",
    ]);
  });

  test("tells who did what to which thing, and how often", async () => {
    const html = await inbox([
      entryOf("Plans", { kind: "note.mentioned", items: 10, unreadItems: 4 }),
    ]);
    expect(html).toContain(">Plans</a>");
    expect(html).toContain("<bdi>Grace Hopper</bdi> mentioned you here");
    expect(html).toContain("4 new");
    expect(html).toContain(" of 10 about this: show all");
  });

  test("leads from a line to what it is about, by way of being read", async () => {
    const entry = entryOf("Plans");
    expect(await inbox([entry])).toContain(`href="/inbox/${entry.id}/open"`);
  });

  test("has a form action and a key for everything one does with a line", async () => {
    const { id } = entryOf("Plans");
    const html = await inbox([entryOf("Plans", { id })]);
    for (const [action, key] of [
      [`formaction="/inbox/archive?id=${id}"`, "e"],
      [`formaction="/inbox/read?id=${id}"`, "i"],
      [`href="/inbox/snooze?id=${id}"`, "s"],
      [`formaction="/inbox/${id}/mute"`, "m"],
      [`href="/inbox/${id}"`, "o"],
    ] as const) {
      const control = html.match(/<(?:a|button)[^>]*>/g)?.find((tag) => {
        return tag.includes(action) && tag.includes(`data-row-keys="${key}"`);
      });
      expect({ action, isThere: control !== undefined }).toEqual({ action, isThere: true });
    }
    expect(html).toContain('data-keys="A"');
  });

  test("offers the way back in each view", async () => {
    const archived = entryOf("Plans", { archivedAt: MONDAY_MORNING, readAt: MONDAY_MORNING });
    const html = await inbox([archived], { view: "archived" });
    expect(html).toContain(`formaction="/inbox/unarchive?id=${archived.id}"`);
    expect(html).toContain(`formaction="/inbox/unread?id=${archived.id}"`);
    const snoozed = entryOf("Plans", { snoozedUntil: MONDAY_MORNING + DAY_MS });
    const sleeping = await inbox([snoozed], { view: "snoozed" });
    expect(sleeping).toContain(`formaction="/inbox/wake?id=${snoozed.id}"`);
    expect(sleeping).toContain("Snoozed until ");
  });

  test("marks as read only what was there when the page was made", async () => {
    const html = await inbox([entryOf("Plans")], { app: "notes" });
    expect(html).toContain(`name="until" value="${page.now}"`);
    expect(html).toContain('name="app" value="notes"');
    const read = await inbox([entryOf("Plans", { readAt: 1 })]);
    expect(read).not.toContain("/inbox/read-all");
  });

  test("shows the filter by app to those whom more than one app tells something", async () => {
    expect(await inbox([])).toContain('id="inbox-app"');
    const grace = pageFor({ viewer: person("Grace") });
    expect(await inbox([], { page: grace })).not.toContain('id="inbox-app"');
  });

  test("grows in place up to a limit and turns the page beyond", async () => {
    const list = { items: [entryOf("Plans")], nextCursor: "next" };
    const html = await inbox([], { list });
    expect(html).toContain('href="/inbox?cursor=next"');
    expect(html).toContain('hx-get="/inbox?limit=100"');
    const long = await inbox([], { list, limit: limits.listItemsMax });
    expect(long).not.toContain(`limit=${limits.listItemsMax + limits.pageItemsMax}`);
  });

  test.each([
    ["You are all caught up", {}],
    ["You are all caught up", { view: "unread" }],
    ["Nothing is snoozed", { view: "snoozed" }],
    ["Nothing is archived", { view: "archived" }],
    ["That was all", { cursor: "x" }],
  ] as const)("says what to do when it is empty: %s", async (title, given) => {
    expect(await inbox([], given)).toContain(`<h2>${title}</h2>`);
  });

  test("escapes what people wrote, and names what has no title", async () => {
    const html = await inbox([entryOf("<img onerror=x>", { byName: "<script>" }), entryOf("")]);
    expect(html).not.toMatch(/<img|<script>/);
    expect(html).toContain(">Untitled</a>");
  });

  test("of fifty entries stays small", async () => {
    const fifty = Array.from({ length: 50 }, (_, i) => entryOf(`Note ${i}`, { items: i + 1 }));
    const html = await inbox(fifty);
    expect(Bun.gzipSync(new TextEncoder().encode(html)).length).toBeLessThan(12_000);
  });
});

test("inboxUrl() leaves out what is usual", () => {
  expect(inboxUrl({ view: "inbox", limit: limits.pageItemsMax })).toBe("/inbox");
  expect(inboxUrl({ view: "unread", app: "notes", cursor: "c", limit: 100 })).toBe(
    "/inbox?view=unread&app=notes&cursor=c&limit=100",
  );
});

describe("the count", () => {
  test("is a number that fits, with a name", async () => {
    expect(await render(<InboxCount unread={3} />)).toContain(", 3 unread");
    expect(await render(<InboxCount unread={120} />)).toContain(">99+<");
    expect(await render(<InboxCount unread={0} />)).not.toContain("unread</span>");
  });

  test("is in the rail and in the title of every page", async () => {
    const html = await render(<Layout page={page} title="Notes" />);
    expect(html).toContain("<title>(2) Notes · MVP Suite</title>");
    expect(html).toContain('data-unread="2"');
    const partial = await render(<Layout page={{ ...page, partial: true }} title="Notes" />);
    expect(partial).toStartWith("<title>(2) Notes");
  });
});

describe("fragments", () => {
  test("replace themselves and are the same for everybody", async () => {
    const entry = entryOf("Plans");
    const line = await render(<InboxEntryFragment entry={entry} />);
    const target = `inbox-${entry.id}-summary`;
    expect(line).toStartWith(`<hx-partial hx-target="#${target}" hx-swap="outerMorph">`);
    expect(line).toContain(`<div id="${target}"`);
    expect(line).not.toMatch(/csrf|<form|formaction|token/);
    const count = await render(<InboxCountFragment unread={7} />);
    expect(count).toStartWith('<hx-partial hx-target="#inbox-count"');
  });

  test("say what is new, or how much where it is more than one", async () => {
    const entry = entryOf("Plans");
    const notification = { ...entry, eventId: "1" };
    const toast = (count: number) =>
      render(<NewsToastFragment notification={notification} entry={entry} count={count} />);
    expect(await toast(1)).toContain("Grace Hopper shared “Plans” with you");
    expect(await toast(1)).toContain(`href="/inbox/${entry.id}/open"`);
    expect(await toast(5)).toContain("5 new notifications");
    expect(await toast(5)).not.toContain("Plans");
  });
});

describe("InboxDetailsPage", () => {
  const entry = entryOf("Plans", { items: 3, readAt: MONDAY_MORNING });
  const { subject: _, ...told } = entry;
  const failed: Delivery = {
    id: "d",
    userId: ADA,
    channel: "push",
    pace: "now",
    entryId: entry.id,
    notification: { ...entry, eventId: "1" },
    dueAt: MONDAY_MORNING,
    state: "failed",
    attempts: 3,
    answer: "The push service answered 410",
    doneAt: MONDAY_MORNING,
  };

  function details(given: Partial<InboxDetailsProps> = {}): Promise<string> {
    const props = { page, entry, deliveries: [failed], isMuted: false, ...given };
    return render(<InboxDetailsPage items={[{ ...told, eventId: "1" }]} {...props} />);
  }

  test("tells what happened, why one is told, and how it got here", async () => {
    const html = await details();
    expect(html).toContain("shared this with you");
    expect(html).toContain("and 2 older");
    expect(html).toContain("because somebody shared it with you");
    expect(html).toContain("failed after 3 tries");
    expect(html).toContain("The push service answered 410");
  });

  test("mutes and unmutes, and says where it is", async () => {
    expect(await details()).toContain(`formaction="/inbox/${entry.id}/mute"`);
    const muted = await details({ isMuted: true });
    expect(muted).toContain('formaction="/inbox/unmute"');
    expect(muted).toContain(">Muted<");
    const sleeping = { ...entry, snoozedUntil: MONDAY_MORNING + DAY_MS };
    expect(await details({ entry: sleeping })).toContain("Snoozed until");
  });

  test.each([
    [{ state: "waiting", attempts: 0 }, "waits to be sent"],
    [{ state: "waiting", attempts: 0, pace: "daily" }, "waits for the daily e-mail"],
    [{ state: "waiting", attempts: 2 }, "waits for another try, 2 failed"],
    [{ state: "sent", attempts: 1 }, "sent"],
    [{ state: "skipped", attempts: 0 }, "was not needed"],
  ] as const)("puts a delivery %j into words", async (given, words) => {
    expect(await details({ deliveries: [{ ...failed, ...given }] })).toContain(`${words}</p>`);
  });
});

test("SnoozePage offers usual times and any other, and keeps what was typed", async () => {
  const html = await render(
    <SnoozePage
      page={page}
      ids={["a", "b"]}
      about="2 notifications"
      next="/inbox?view=unread"
      choices={[{ label: "In an hour", at: 1_000, when: "Mon, 10:00" }]}
      other={{ value: "2020-01-01T00:00", error: "Choose a time in the future." }}
    />,
  );
  expect(html).toContain('name="until" value="1000"');
  expect(html.match(/name="id" value="[ab]"/g)).toHaveLength(4);
  expect(html).toContain('value="2020-01-01T00:00"');
  expect(html).toMatch(/id="other-error"[^>]*>[\s\S]*Choose a time in the future/);
});

describe("NotificationSettingsPage", () => {
  const values = {
    kinds: {},
    quiet: false,
    quietFrom: "22:00",
    quietUntil: "07:00",
    digest: "08:00",
  };

  test("has a row for each kind that somebody can be told of", async () => {
    const html = await render(<NotificationSettingsPage page={page} values={values} mutes={[]} />);
    expect(html.match(/<tr/g)).toHaveLength(Object.keys(notificationKinds).length + 1);
    expect(html).toContain('name="ops.quarantined.push"');
    const grace = pageFor({ viewer: person("Grace") });
    const member = await render(
      <NotificationSettingsPage page={grace} values={values} mutes={[]} />,
    );
    expect(member).not.toContain("ops.quarantined");
    expect(member).toContain("Nothing. Mute a single note");
  });

  test("lists what is muted, and sets errors beside their fields", async () => {
    const mutes = [{ subject: "document:1", title: "Plans", at: MONDAY_MORNING }];
    const errors = { digest: "Enter a time, such as 22:00." };
    const html = await render(
      <NotificationSettingsPage page={page} values={values} mutes={mutes} errors={errors} />,
    );
    expect(html).toContain('aria-label="Unmute Plans"');
    expect(html).toContain('name="subject" value="document:1"');
    expect(html).toContain('id="digest-error"');
  });
});

test("every kind has words, with somebody who did it and without", () => {
  for (const kind of Object.keys(notificationKinds) as (keyof typeof notificationKinds)[]) {
    expect(notificationWords(kind).label).not.toBe("");
    const told = { kind, title: "Plans" };
    expect(notificationText({ ...told, byName: "Grace" })).toStartWith("Grace ");
    expect(notificationText({ ...told, byName: undefined })).toMatch(/^[A-Z“]/);
  }
});
