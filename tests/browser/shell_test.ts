/** The shell in a real browser: navigation, focus, keyboard, live lists, and a line that breaks. */

import {
  afterAll,
  afterEach,
  beforeAll,
  describe,
  expect,
  setDefaultTimeout,
  test,
} from "bun:test";
import type { Page } from "playwright";
import { openBrowser, type TestBrowser } from "../support/browser.ts";
import { startSuite, type TestSuite } from "../support/suite.ts";
import { inviteAndSignUp, signUp, type Visitor } from "../support/visitor.ts";
import { waitFor } from "../support/wait_for.ts";

// A busy machine takes its time.
setDefaultTimeout(60_000);

let suite: TestSuite;
let browser: TestBrowser;
let ada: Visitor;
let grace: Visitor;

beforeAll(async () => {
  [suite, browser] = await Promise.all([startSuite(), openBrowser()]);
  ada = await signUp(suite.setupLink, "Ada");
  grace = await inviteAndSignUp(ada, "Grace");
  for (let i = 1; i <= 40; i++) await ada.createNote(`Note ${String(i).padStart(2, "0")}\nline`);
  await waitFor(async () => (await ada.get("/notes")).text.includes("Note 40"));
});

afterAll(async () => {
  await browser[Symbol.asyncDispose]();
  await suite.stop();
});

/** Counts whole documents: inside the shell there must be only the first. */
function countLoads(page: Page): () => number {
  let loads = 0;
  page.on("load", () => loads++);
  return () => loads;
}

function rowTitles(page: Page): Promise<string[]> {
  return page.locator("#document-items .row-link").allTextContents();
}

/** What has the focus: its tag and its id. */
function focusOf(page: Page): Promise<string> {
  return page.evaluate(() => {
    const element = document.activeElement;
    return `${element?.tagName.toLowerCase()}#${element?.id}`;
  });
}

/** A page whose tab hears of its lists. */
async function openList(visitor: Visitor, path = "/notes"): Promise<Page> {
  const page = await browser.open({ as: visitor });
  const watching = page
    .waitForEvent("websocket")
    .then((socket) =>
      socket.waitForEvent("framesent", (frame) => String(frame.payload).includes("watch")),
    );
  await page.goto(new URL(path, suite.url).href);
  await watching;
  return page;
}

afterEach(() => expect(browser.takeComplaints()).toEqual([]));

describe("navigation inside the shell", () => {
  test("keeps the document, moves title, mark, focus and scroll, and comes back", async () => {
    const page = await openList(ada);
    const loads = countLoads(page);
    await page.evaluate(() => window.scrollTo(0, 700));
    await page.click("#rail a[href='/']");
    await page.waitForURL(suite.url.href);
    await page.waitForFunction(() => document.activeElement?.id === "page-title");
    expect(await page.title()).toEndWith("Ada · MVP Suite");
    expect(await page.getAttribute("#rail a[href='/']", "aria-current")).toBe("page");
    expect(await page.evaluate(() => window.scrollY)).toBe(0);

    await page.goBack();
    await page.waitForSelector("#document-items");
    await page.waitForFunction(() => window.scrollY === 700);
    expect(await page.getAttribute("#rail a[href='/notes']", "aria-current")).toBe("page");
    expect(await page.title()).toBe("Notes · MVP Suite");
    expect(await focusOf(page)).toBe("h1#page-title");

    await page.goForward();
    await page.waitForURL(suite.url.href);
    await page.waitForSelector("#today");
    expect(loads()).toBe(0);
    await page.context().close();
  });

  test("keeps one socket over all pages", async () => {
    const page = await browser.open({ as: ada });
    const sockets: string[] = [];
    page.on("websocket", (socket) => sockets.push(socket.url()));
    await page.goto(suite.url.href);
    await page.click("#rail a[href='/notes']");
    await page.click("#document-items .row-link >> nth=0");
    await page.locator("#editor-status", { hasText: "Saved" }).waitFor();
    await page.click(".page-actions a");
    await page.locator("#share-person").waitFor();
    await page.click(".breadcrumb a >> nth=0");
    await page.locator("#document-items").waitFor();
    // It is the same one that still brings what others do.
    await ada.createNote("Over the same line");
    await page.locator("#document-items >> text=Over the same line").waitFor();
    expect(sockets).toHaveLength(1);
    await page.context().close();
  });

  test("comes back to a page as it is now, and to where it was scrolled", async () => {
    const page = await openList(ada);
    await page.locator("#document-items > li >> nth=30").scrollIntoViewIfNeeded();
    const scroll = await page.evaluate(() => scrollY);
    expect(scroll).toBeGreaterThan(100);
    const title = (await rowTitles(page))[30] ?? "";
    await page.click(`#document-items .row-link >> nth=30`);
    await page.locator("#editor-status", { hasText: "Saved" }).waitFor();
    await page.keyboard.press("i");
    await page.keyboard.press("Control+Home");
    await page.keyboard.type("Changed ");
    await page.locator("h1", { hasText: `Changed ${title}` }).waitFor();
    await page.locator("#editor-status", { hasText: "Saved" }).waitFor();
    await page.goBack();
    await page.locator(`#document-items >> text=Changed ${title}`).waitFor();
    await page.waitForFunction((y) => Math.abs(scrollY - y) < 2, scroll);
    await page.goForward();
    await page.locator("#editor-text").waitFor();
    expect(await page.inputValue("#editor-text")).toStartWith(`Changed ${title}`);
    await page.context().close();
  });

  test("shows the page of an error, and the way out of it", async () => {
    const page = await openList(ada);
    const loads = countLoads(page);
    await page.evaluate(() => document.querySelector("#rail a")?.setAttribute("href", "/nowhere"));
    await page.click("#rail a >> nth=0");
    await page.waitForSelector("text=There is nothing at this address");
    await page.click("text=Go to Today");
    await page.waitForSelector("#today");
    expect(loads()).toBe(0);
    await page.context().close();
  });

  test("leaves the shell for the sign-in page when the session has ended", async () => {
    const page = await openList(grace);
    await page.context().clearCookies();
    await page.click("#rail a[href='/']");
    await page.waitForSelector("form[action='/signin']");
    expect(await page.locator("#rail").count()).toBe(0);
    await page.context().close();
  });
});

describe("the list of notes by keyboard", () => {
  test("is searched while typing, and the focus stays in the field", async () => {
    const page = await openList(ada);
    await page.keyboard.press("/");
    expect(await focusOf(page)).toBe("input#document-query");
    await page.keyboard.type("Note 07");
    await page.waitForFunction(
      () => document.querySelectorAll("#document-items > li").length === 1,
    );
    expect(page.url()).toEndWith("/notes?q=Note+07");
    expect(await focusOf(page)).toBe("input#document-query");
    await page.context().close();
  });

  test("pins and unpins with p, and takes several notes with x", async () => {
    const page = await openList(ada);
    const [, , third = ""] = await rowTitles(page);
    for (const key of ["j", "j", "j", "p"]) await page.keyboard.press(key);
    await page.waitForFunction(
      (title) => document.querySelector("#document-items .row-link")?.textContent === title,
      third,
    );
    await page.keyboard.press("p");
    await page.waitForFunction(() => document.querySelector(".row-mark > .icon") === null);
    const [one = "", two = ""] = await rowTitles(page);
    await page.evaluate(() => (document.activeElement as HTMLElement).blur());
    await page.reload();
    for (const key of ["j", "x", "j", "x", "#"]) await page.keyboard.press(key);
    await page.waitForSelector("#toasts >> text=2 notes moved to the trash");
    const left = await rowTitles(page);
    expect(left).not.toContain(one);
    expect(left).not.toContain(two);
    await page.keyboard.press("z");
    await page.waitForSelector("#toasts >> text=2 notes restored");
    await page.context().close();
  });

  test("is opened with Enter and left with u", async () => {
    const page = await openList(ada);
    await page.keyboard.press("j");
    await page.keyboard.press("Enter");
    await page.waitForSelector("#editor-text");
    await page.keyboard.press("u");
    await page.waitForSelector("#document-items");
    expect(page.url()).toEndWith("/notes");
    await page.context().close();
  });

  test("grows in place", async () => {
    const page = await openList(ada, "/notes?limit=10");
    expect(await rowTitles(page)).toHaveLength(10);
    await page.click("#document-more");
    await page.waitForFunction(() => document.querySelectorAll("#document-items > li").length > 10);
    expect(await focusOf(page)).not.toStartWith("body");
    await page.context().close();
  });
});

describe("live lists", () => {
  test("show a note that somebody shares, its changes, and its end, without losing the focus", async () => {
    const page = await openList(grace);
    await page.keyboard.press("/");
    const note = await ada.createNote("Shared plan\nfirst");
    await ada.share(note, "grace@harbor.example", "write");
    await page.waitForSelector("#document-items >> text=Shared plan");
    const row = page.locator(`#document-${note}`);
    const { text } = await ada.get(`/notes/${note}`);
    const baseVersion = /name="baseVersion" value="(\d+)"/.exec(text)?.[1] ?? "";
    await ada.post(`/notes/${note}`, { baseVersion, text: "Changed plan\nsecond" });
    await row.locator("text=Changed plan").waitFor();
    expect(await focusOf(page)).toBe("input#document-query");
    await ada.post(`/notes/${note}/trash`);
    await row.waitFor({ state: "detached" });
    await page.context().close();
  });
});

describe("a line that breaks", () => {
  test("is told after a moment, and mends itself", async () => {
    const page = await openList(ada);
    await page.context().setOffline(true);
    await page.evaluate(() => {
      const live = document.querySelector("#live") as HTMLElement & {
        _htmx: { ws: { connection: { socket: WebSocket } } };
      };
      live._htmx.ws.connection.socket.close();
    });
    await page.waitForSelector("#connection >> text=Reconnecting");
    await page.context().setOffline(false);
    await page.waitForFunction(() => document.querySelector("#connection")?.textContent === "");
    // htmx writes down every try that failed; there is nothing else to complain of.
    for (const complaint of browser.takeComplaints()) expect(complaint).toContain("htmx:ws:error");
    await page.context().close();
  });

  test("of an ended session leads to the sign-in page and back here", async () => {
    const page = await openList(grace);
    await grace.get("/settings");
    await grace.post("/signout");
    const link = page.locator("#connection a");
    await link.waitFor();
    expect(await link.getAttribute("href")).toBe("/signin?next=%2Fnotes");
    await page.context().close();
  });
});
