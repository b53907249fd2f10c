/** Triage by keyboard, tabs in step, and everything without a script. */

import {
  afterAll,
  afterEach,
  beforeAll,
  beforeEach,
  describe,
  expect,
  setDefaultTimeout,
  test,
} from "bun:test";
import type { Page } from "playwright";
import { type PersonId, toPersonId } from "../../actors/mod.ts";
import { openBrowser, type TestBrowser, type WindowOptions } from "../support/browser.ts";
import { notify } from "../support/notifications.ts";
import { startSuite, type TestSuite } from "../support/suite.ts";
import { emailOf, inviteAndSignUp, signUp, type Visitor } from "../support/visitor.ts";
import { waitFor } from "../support/wait_for.ts";

// A busy machine takes its time.
setDefaultTimeout(120_000);

const TITLES = ["Harbor plan", "Reading list", "Budget", "Offsite", "Release"];

let suite: TestSuite;
let browser: TestBrowser;
let administrator: Visitor;
let person: Visitor;
let userId: PersonId;
let people = 0;
const windows: Page[] = [];

beforeAll(async () => {
  [suite, browser] = await Promise.all([startSuite(), openBrowser()]);
  administrator = await signUp(suite.setupLink, "Ada");
});

/** Everybody here begins with five unread entries, the first of the titles on top. */
beforeEach(async () => {
  const name = `Grace ${++people}`;
  person = await inviteAndSignUp(administrator, name);
  const found = await suite.services.accounts.findByEmail(emailOf(name));
  userId = toPersonId(found?.account.id ?? "");
  for (const title of [...TITLES].reverse()) await tell(title);
});

afterEach(async () => {
  for (const page of windows.splice(0)) await page.context().close();
  expect(browser.takeComplaints()).toEqual([]);
});

afterAll(async () => {
  await browser[Symbol.asyncDispose]();
  await suite.stop();
});

/** Something new about the thing with this title. */
async function tell(title: string): Promise<void> {
  const { clock, inboxes } = suite.services;
  const at = clock.now();
  const about = {
    eventId: clock.mintId(),
    subject: `document:${title}`,
    title,
    path: "/notes",
    at,
  };
  await inboxes.ask(userId, notify(about, { entryId: clock.mintId() }));
}

async function open(path: string, options: WindowOptions = {}): Promise<Page> {
  const page = await browser.open({ as: person, ...options });
  page.setDefaultTimeout(30_000);
  windows.push(page);
  await recordLostFocus(page);
  await page.goto(new URL(path, suite.url).href);
  await page.waitForLoadState("load");
  return page;
}

/** Opens it and waits until it hears what happens. */
async function openLive(path: string): Promise<Page> {
  const sockets = suite.live.size;
  const page = await open(path);
  await waitFor(() => suite.live.size > sockets, { what: "the socket of the page" });
  await page.waitForLoadState("networkidle");
  return page;
}

async function press(page: Page, ...keys: string[]): Promise<void> {
  for (const key of keys) await page.keyboard.press(key);
}

/** Waits for a word of the shell; the focus was kept on the way, and is somewhere now. */
async function says(page: Page, text: string): Promise<void> {
  await page.locator("#toasts", { hasText: text }).waitFor();
  await page.waitForFunction(() => document.activeElement !== document.body);
  expect(await page.evaluate(() => (window as never as { lost: string[] }).lost)).toEqual([]);
}

/** Waits until the line with this title has the focus. */
async function isAt(page: Page, title: string): Promise<void> {
  await page.waitForFunction(
    (title) => document.activeElement?.closest("[data-row]")?.textContent?.includes(title),
    title,
  );
}

function titles(page: Page): Promise<string[]> {
  return page.locator("[data-row-link]").allTextContents();
}

function unreadTitles(page: Page): Promise<string[]> {
  return page.locator(".entry-summary.unread [data-row-link]").allTextContents();
}

async function counts(page: Page, unread: number): Promise<void> {
  await page.locator(`#inbox-count[data-unread="${unread}"]`).waitFor({ state: "attached" });
  const prefix = unread === 0 ? "" : `(${unread}) `;
  await page.waitForFunction(
    (prefix) => document.title.replace(/^\(\d+\) /, "") === document.title.slice(prefix.length),
    prefix,
  );
}

/** Writes down every swap after which nothing has the focus, though something had it before. */
async function recordLostFocus(page: Page): Promise<void> {
  await page.addInitScript(() => {
    const lost: string[] = [];
    Object.assign(window, { lost });
    let before: Element | null = null;
    document.addEventListener("htmx:before:swap", () => {
      before = document.activeElement;
    });
    document.addEventListener("suite:swapped", () => {
      const isLost = !document.activeElement || document.activeElement === document.body;
      if (isLost && before && before !== document.body) lost.push(before.outerHTML.slice(0, 100));
    });
  });
}

describe("by keyboard", () => {
  test("each thing is one key, the next line is selected, and z takes it back", async () => {
    const page = await open("/");
    await press(page, "g", "i");
    await page.locator("#inbox-items").waitFor();
    expect(await titles(page)).toEqual(TITLES);
    await press(page, "j", "e");
    await says(page, "Archived");
    await isAt(page, "Reading list");
    await counts(page, 4);
    await press(page, "z");
    await says(page, "Moved to the inbox");
    await counts(page, 5);
    expect(await titles(page)).toEqual(TITLES);
    await press(page, "i");
    await isAt(page, "Budget");
    await says(page, "Marked as read");
    await press(page, "z");
    await says(page, "Marked as unread");
    await press(page, "m");
    await says(page, "Muted");
    await isAt(page, "Offsite");
    expect(await titles(page)).not.toContain("Budget");
    await press(page, "z");
    await says(page, "You hear of this again");
    expect(await titles(page)).toEqual(TITLES);
  });

  test("s opens the choice of a time, which Enter takes and Escape leaves", async () => {
    const page = await open("/inbox");
    await press(page, "j", "s");
    await page.locator("#snooze .snooze-choices button:focus").waitFor();
    await press(page, "Escape");
    await isAt(page, "Harbor plan");
    await press(page, "s");
    await page.locator("#snooze .snooze-choices button:focus").waitFor();
    await press(page, "Enter");
    await says(page, "Snoozed until");
    await isAt(page, "Reading list");
    await counts(page, 4);
    await press(page, "z");
    await says(page, "Back in the inbox");
    await counts(page, 5);
    await press(page, "s");
    await page.locator("#snooze #other").fill("2020-01-01T00:00");
    await press(page, "Enter");
    await page.locator("#main #other-error", { hasText: "in the future" }).waitFor();
    expect(await page.inputValue("#main #other")).toBe("2020-01-01T00:00");
  });

  test("several are selected with x and done with at once", async () => {
    const page = await open("/inbox");
    await press(page, "j", "x", "j", "j", "x", "e");
    await says(page, "2 notifications archived");
    expect(await titles(page)).toEqual(["Reading list", "Offsite", "Release"]);
    await press(page, "z");
    await says(page, "2 notifications moved to the inbox");
    await press(page, "k", "k", "k", "k", "x", "j", "x", "s");
    await page.locator("#snooze .snooze-choices button:focus").waitFor();
    expect(await page.textContent("#snooze .snooze-about")).toContain("2 notifications");
    await press(page, "Enter");
    await says(page, "2 notifications snoozed until");
    expect(await titles(page)).toEqual(["Budget", "Offsite", "Release"]);
  });

  test("Shift+A reads all, and z makes them unread again", async () => {
    const page = await open("/inbox");
    await press(page, "j", "Shift+A");
    await says(page, "All marked as read");
    await counts(page, 0);
    expect(await unreadTitles(page)).toEqual([]);
    await press(page, "z");
    await says(page, "Marked as unread again");
    await counts(page, 5);
  });

  test("Enter opens what a line is about, and it is read; o shows everything in it", async () => {
    await tell("Harbor plan");
    const page = await open("/inbox");
    await press(page, "j", "o");
    await page.locator("#entry-items").waitFor();
    expect(await page.locator("[aria-labelledby=entry-items] li").count()).toBe(2);
    await counts(page, 4);
    await press(page, "i");
    await says(page, "Marked as unread");
    await page.locator("#inbox-items").waitFor();
    await press(page, "j", "Enter");
    await page.locator("#document-list").waitFor();
    expect(new URL(page.url()).pathname).toBe("/notes");
    await counts(page, 4);
    await page.waitForFunction(() => document.activeElement?.id === "page-title");
  });

  test("what one can do with a line is found in the palette, too", async () => {
    const page = await open("/inbox");
    await press(page, "j", "Control+k");
    await page.keyboard.type("archive");
    await page.locator("#palette-here [role=option]", { hasText: "Archive" }).click();
    await says(page, "Archived");
    expect(await titles(page)).not.toContain("Harbor plan");
  });
});

describe("live", () => {
  test("what one tab does is so in the other at once, without taking its focus", async () => {
    const [one, other] = [await openLive("/inbox"), await openLive("/inbox")];
    await press(other, "j", "j");
    await press(one, "j", "e");
    await counts(other, 4);
    await other.locator("[data-row]", { hasText: "Harbor plan" }).waitFor({ state: "detached" });
    await isAt(other, "Reading list");
    await press(one, "i");
    await counts(other, 3);
    await other.locator(".entry-summary.unread", { hasText: "Reading list" }).waitFor({
      state: "detached",
    });
    await isAt(other, "Reading list");
  });

  test("something new is counted and said on any page, and many things at once are one", async () => {
    const page = await openLive("/notes");
    await tell("News of the day");
    await page.locator("#news", { hasText: "“News of the day”" }).waitFor();
    await counts(page, 6);
    await tell("More news");
    await tell("Even more news");
    await page.locator("#news", { hasText: "3 new notifications" }).waitFor();
    await counts(page, 8);
    expect(await page.locator("#news .toast").count()).toBe(1);
  });

  test("the list shows what is new on top, and the entry it belongs to only once", async () => {
    const page = await openLive("/inbox");
    await press(page, "j", "j");
    await tell("Offsite");
    await page.locator("[data-row]", { hasText: "2 new" }).waitFor();
    await page.waitForFunction(
      () => document.querySelector("[data-row-link]")?.textContent === "Offsite",
    );
    expect((await titles(page)).sort()).toEqual([...TITLES].sort());
    await isAt(page, "Reading list");
  });

  test("a page that was away is told how much waits as soon as it is back", async () => {
    const page = await openLive("/notes");
    await page.context().setOffline(true);
    await page.evaluate(() => {
      const live = document.querySelector("#live") as HTMLElement & {
        _htmx: { ws: { connection: { socket: WebSocket } } };
      };
      live._htmx.ws.connection.socket.close();
    });
    await page.locator("#connection", { hasText: "Reconnecting" }).waitFor();
    await tell("While away");
    await page.context().setOffline(false);
    await counts(page, 6);
    // htmx writes down every try that failed; there is nothing else to complain of.
    for (const complaint of browser.takeComplaints()) expect(complaint).toContain("htmx:ws:error");
  });

  test("a toast does not cover what one is typing in", async () => {
    const page = await openLive("/settings");
    await page.setViewportSize({ width: 800, height: 400 });
    await page.locator("#password").scrollIntoViewIfNeeded();
    await page.focus("#password");
    await page.evaluate(() => document.querySelector("#password")?.scrollIntoView(false));
    await tell("News of the day");
    const toast = page.locator("#news .toast");
    await toast.waitFor();
    await page.locator(".layers.above").waitFor();
    const [field, box] = [await page.locator("#password").boundingBox(), await toast.boundingBox()];
    expect(box && field && box.y + box.height).toBeLessThan(field?.y ?? 0);
    expect(await page.evaluate(() => document.activeElement?.id)).toBe("password");
  });
});

describe("without a script", () => {
  /** Presses what leads on, and waits for the page that comes. */
  async function follow(page: Page, act: () => Promise<void>): Promise<void> {
    await Promise.all([page.waitForEvent("domcontentloaded"), act()]);
  }

  test("one does everything, and takes it back", async () => {
    const page = await open("/inbox", { javaScript: false });
    expect(await page.title()).toStartWith("(5) Inbox");
    const row = (title: string) => page.locator("[data-row]", { hasText: title });
    const act = async (title: string, name: string) => {
      await row(title).locator("summary").click();
      await follow(page, () => row(title).locator(".menu-panel").getByText(name).click());
    };
    const undo = () => follow(page, () => page.locator("#toasts").getByText("Undo").click());
    await row("Harbor plan").hover();
    await follow(page, () => row("Harbor plan").getByRole("button", { name: "Archive" }).click());
    expect(await titles(page)).not.toContain("Harbor plan");
    await undo();
    expect(await titles(page)).toEqual(TITLES);
    await act("Budget", "Mark as read");
    expect(await unreadTitles(page)).not.toContain("Budget");
    await act("Budget", "Mute this");
    expect(await titles(page)).not.toContain("Budget");
    await act("Offsite", "Snooze");
    await follow(page, () => page.locator(".snooze-choices button").first().click());
    expect(await page.textContent("#toasts")).toContain("Snoozed until");
    await follow(page, () => page.getByRole("link", { name: "Snoozed" }).click());
    await act("Offsite", "Wake now");
    await page.goto(new URL("/settings/notifications", suite.url).href);
    await follow(page, () => page.getByRole("button", { name: "Unmute Budget" }).click());
    expect(await page.textContent("[aria-labelledby=notification-mutes]")).toContain("Nothing");
    await page.goto(new URL("/inbox", suite.url).href);
    await follow(page, () => page.locator("#inbox-read-all").click());
    expect(await unreadTitles(page)).toEqual([]);
    await undo();
    expect(await unreadTitles(page)).toHaveLength(4);
    await follow(page, () => page.locator("[data-row-link]").first().click());
    expect(new URL(page.url()).pathname).toBe("/notes");
    expect(await page.title()).toStartWith("(3) ");
  });

  test("one chooses what one hears of, and when", async () => {
    const page = await open("/settings/notifications", { javaScript: false });
    await page.uncheck("[name='note.shared.push']");
    await page.selectOption("[name='note.changed.email']", "never");
    await page.check("[name=quiet]");
    await page.fill("[name=quietUntil]", "22:00");
    await follow(page, () => page.getByRole("button", { name: "Save" }).click());
    expect(await page.textContent("#quietUntil-error")).toContain("another time");
    expect(await page.isChecked("[name='note.shared.push']")).toBe(false);
    await page.fill("[name=quietUntil]", "06:30");
    await follow(page, () => page.getByRole("button", { name: "Save" }).click());
    expect(await page.textContent("#toasts")).toContain("Preferences saved");
    expect(await page.isChecked("[name='note.shared.push']")).toBe(false);
    expect(await suite.services.inboxQueries.preferences(userId)).toMatchObject({
      kinds: {
        "note.shared": { inbox: true, toast: true, push: false, email: "now" },
        "note.changed": { inbox: true, toast: false, push: false, email: "never" },
      },
      quietHours: { fromMinutes: 22 * 60, untilMinutes: 6 * 60 + 30 },
    });
  });
});

test("an administrator says how long notifications are kept", async () => {
  await administrator.get("/admin");
  const refused = await administrator.post("/admin/inbox", { inboxDays: "3" });
  expect(refused.status).toBe(422);
  expect(refused.text).toContain("from 7 to 3650");
  expect(refused.text).toContain('value="3"');
  expect((await administrator.post("/admin/inbox", { inboxDays: "30" })).status).toBe(303);
  expect((await person.get("/inbox?view=archived")).text).toContain("for 30 days");
});
