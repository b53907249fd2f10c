/** Everything one does with notes, in a browser that runs no script. */

import { afterAll, afterEach, beforeAll, expect, setDefaultTimeout, test } from "bun:test";
import type { Locator, Page } from "playwright";
import { openBrowser, type TestBrowser } from "../support/browser.ts";
import { startSuite, type TestSuite } from "../support/suite.ts";
import { emailOf, inviteAndSignUp, PASSWORD, signUp, type Visitor } from "../support/visitor.ts";
import { waitFor } from "../support/wait_for.ts";

// A busy machine takes its time.
setDefaultTimeout(60_000);

let suite: TestSuite;
let browser: TestBrowser;
let ada: Visitor;
let grace: Visitor;
let page: Page;

beforeAll(async () => {
  [suite, browser] = await Promise.all([startSuite(), openBrowser()]);
  ada = await signUp(suite.setupLink, "Ada");
  grace = await inviteAndSignUp(ada, "Grace");
});

afterEach(async () => {
  await page.context().close();
  expect(browser.takeComplaints()).toEqual([]);
});

afterAll(async () => {
  await browser[Symbol.asyncDispose]();
  await suite.stop();
});

/** A page of somebody's who is signed in, or of a stranger's. */
async function open(path: string, as?: Visitor): Promise<Page> {
  page = await browser.open({ javaScript: false, ...(as ? { as } : {}) });
  await page.goto(new URL(path, suite.url).href);
  return page;
}

/** Presses a button or follows a link by its name, and waits for the page that comes. */
async function press(page: Page, name: string, within: Page | Locator = page): Promise<void> {
  const button = within.getByRole("button", { name, exact: true });
  const link = within.getByRole("link", { name, exact: true });
  await follow(page, () => button.or(link).first().click());
}

/** Waits for the page to which something leads. */
async function follow(page: Page, act: () => Promise<void>): Promise<void> {
  await Promise.all([page.waitForEvent("domcontentloaded"), act()]);
}

/** Waits until lists know of a note. */
async function listed(visitor: Visitor, title: string): Promise<void> {
  await waitFor(async () => (await visitor.get("/notes")).text.includes(title));
}

function rowTitles(page: Page): Promise<string[]> {
  return page.locator("[data-row-link]").allTextContents();
}

test("one signs in, and comes to where one wanted to go", async () => {
  const page = await open("/notes");
  await page.fill("[name=email]", emailOf("Ada"));
  await page.fill("[name=password]", "not this one");
  await press(page, "Sign in");
  expect(await page.textContent("[role=alert]")).toContain("not right");
  expect(await page.inputValue("[name=email]")).toBe(emailOf("Ada"));
  await page.fill("[name=password]", PASSWORD);
  await press(page, "Sign in");
  expect(new URL(page.url()).pathname).toBe("/notes");
  expect(await page.textContent("h1")).toBe("Notes");
});

test("one makes a note, saves it, and reads it", async () => {
  const page = await open("/", ada);
  await press(page, "New note");
  await page.fill("#editor-text", "# Plain plan\n\nWritten **without** a script.");
  await press(page, "Save");
  expect(await page.textContent("#toasts")).toContain("Saved");
  expect(await page.textContent("h1")).toBe("Plain plan");
  expect(await page.inputValue("#editor-text")).toContain("**without**");
  expect(await page.textContent("#editor-preview strong")).toBe("without");
  await press(page, "Notes", page.locator(".breadcrumb"));
  await listed(ada, "Plain plan");
  await page.reload();
  await press(page, "Plain plan");
  expect(await page.textContent("h1")).toBe("Plain plan");
});

test("nothing is shown that would need a script", async () => {
  const note = await ada.createNote("Controls");
  const page = await open(`/notes/${note}`, ada);
  for (const selector of ["[data-format]", "[data-undo]", "[data-view=split]"]) {
    expect(await page.locator(`button${selector}`).first().isVisible()).toBe(false);
  }
  expect(await page.isVisible("[data-save]")).toBe(true);
  expect(await page.isVisible("#editor-preview")).toBe(true);
  await listed(ada, "Controls");
  await page.goto(new URL("/notes", suite.url).href);
  expect(await page.locator("[data-row-select]").first().isVisible()).toBe(false);
});

test("one finds notes, sorts them, and turns the page", async () => {
  for (const title of ["Zebra crossing", "Aardvark crossing"]) {
    await ada.createNote(title);
    await listed(ada, title);
  }
  const page = await open("/notes", ada);
  await page.fill("#document-query", "crossing");
  await follow(page, () => page.keyboard.press("Enter"));
  expect(await rowTitles(page)).toEqual(["Aardvark crossing", "Zebra crossing"]);
  expect(await page.inputValue("#document-query")).toBe("crossing");
  await page.selectOption("#document-sort", "created");
  await press(page, "Apply");
  expect(new URL(page.url()).search).toBe("?q=crossing&sort=created");
  await press(page, "Shared");
  expect(await page.textContent(".empty")).toContain("Nothing found");
  await press(page, "Search", page.locator("#rail"));
  await page.fill("#search-query", "zebra");
  await follow(page, () => page.keyboard.press("Enter"));
  expect(await rowTitles(page)).toEqual(["Zebra crossing"]);
  await page.goto(new URL("/notes?limit=1", suite.url).href);
  const [first = ""] = await rowTitles(page);
  await press(page, "Show more");
  expect(await rowTitles(page)).not.toContain(first);
});

test("what two people wrote meanwhile is merged when the later one saves", async () => {
  const note = await ada.createNote("Shopping\n\nmilk\nbread");
  await ada.share(note, emailOf("Grace"), "write");
  const page = await open(`/notes/${note}`, ada);
  const { text } = await grace.get(`/notes/${note}`);
  const baseVersion = /name="baseVersion" value="(\d+)"/.exec(text)?.[1] ?? "";
  await grace.post(`/notes/${note}`, { baseVersion, text: "Shopping\n\noat milk\nbread" });
  await page.fill("#editor-text", "Shopping\n\nmilk\nbread and butter");
  await press(page, "Save");
  expect(await page.inputValue("#editor-text")).toBe("Shopping\n\noat milk\nbread and butter");
});

test("a form sent twice saves once", async () => {
  const note = await ada.createNote("Once");
  const page = await open(`/notes/${note}`, ada);
  await page.fill("#editor-text", "Once and again");
  const sent = page.waitForRequest((request) => request.method() === "POST");
  await press(page, "Save");
  const body = (await sent).postData() ?? "";
  await ada.post(`/notes/${note}`, Object.fromEntries(new URLSearchParams(body)));
  await page.reload();
  expect(await page.inputValue("#editor-text")).toBe("Once and again");
});

test("one shares a note with somebody, changes what they may do, and takes it back", async () => {
  const note = await ada.createNote("For Grace");
  const page = await open(`/notes/${note}`, ada);
  await press(page, "Share");
  await page.fill("#share-person", "grace");
  await press(page, "Find");
  await press(page, "Add");
  const member = page.locator("[aria-label='People with access'] > li", { hasText: "Grace" });
  expect(await member.locator("select").inputValue()).toBe("write");
  await member.locator("select").selectOption("read");
  await press(page, "Change", member);
  expect((await grace.get(`/notes/${note}`)).text).toContain("Read only");
  await press(page, "Remove Grace");
  expect(await member.count()).toBe(0);
  expect((await grace.get(`/notes/${note}`)).status).toBe(404);
});

test("one shares a note by a link, which a guest may write by until it is revoked", async () => {
  const note = await ada.createNote("For anybody");
  const owners = await open(`/notes/${note}/share`, ada);
  await owners.selectOption("#link-role", "write");
  await press(owners, "Make a link");
  const link = await owners.inputValue(".share-url");
  const guests = await open(new URL(link).pathname);
  await guests.fill("#editor-text", "For anybody, said a guest");
  await press(guests, "Save");
  expect(guests.url()).toBe(link);
  expect(await guests.inputValue("#editor-text")).toBe("For anybody, said a guest");
  await press(owners, "Revoke");
  expect(await owners.locator(".share-url").count()).toBe(0);
  expect((await guests.goto(link))?.status()).toBe(404);
  await owners.context().close();
});

test("one deletes a note, undoes it, and finds it in the trash another time", async () => {
  const note = await ada.createNote("Not for long");
  const page = await open(`/notes/${note}`, ada);
  await page.click(".page-actions summary");
  await press(page, "Delete");
  expect(await page.textContent("#toasts")).toContain("moved to the trash");
  await press(page, "Undo", page.locator("#toasts"));
  expect(await page.textContent("#toasts")).toContain("restored");
  await page.goto(new URL(`/notes/${note}`, suite.url).href);
  await page.click(".page-actions summary");
  await press(page, "Delete");
  await waitFor(async () => (await ada.get("/notes?scope=trash")).text.includes("Not for long"));
  await press(page, "Trash");
  const row = page.locator("[data-row]", { hasText: "Not for long" });
  await row.locator("summary").click();
  await press(page, "Restore", row);
  expect(await row.count()).toBe(0);
  await listed(ada, "Not for long");
});

test("one deletes a note for good only after one was asked", async () => {
  const note = await ada.createNote("Gone for good");
  await ada.post(`/notes/${note}/trash`);
  await waitFor(async () => (await ada.get("/notes?scope=trash")).text.includes("Gone for good"));
  const page = await open("/notes?scope=trash", ada);
  const row = page.locator("[data-row]", { hasText: "Gone for good" });
  await row.locator("summary").click();
  await press(page, "Delete for good", row);
  expect(await page.textContent("h1")).toBe("Delete this note for good?");
  expect(await page.textContent("#main form p")).toBe("This cannot be undone.");
  await press(page, "Cancel");
  expect(new URL(page.url()).search).toBe("?scope=trash");
  await row.locator("summary").click();
  await press(page, "Delete for good", row);
  await press(page, "Delete for good");
  expect(await page.textContent("#toasts")).toContain("deleted for good");
  expect(await row.count()).toBe(0);
});

test("one whose session ended sends a long text again, by the browser that kept it", async () => {
  const note = await ada.createNote("short");
  const page = await open(`/notes/${note}`, ada);
  await page.context().clearCookies();
  const text = `${"A long day's work. ".repeat(10_000)}The end`;
  await page.fill("#editor-text", text);
  await press(page, "Save");
  expect(await page.textContent("h1")).toBe("You were signed out");
  const [other] = await Promise.all([
    page.context().waitForEvent("page"),
    page.getByRole("link", { name: "Sign in in a new tab" }).click(),
  ]);
  await other.fill("[name=email]", emailOf("Ada"));
  await other.fill("[name=password]", PASSWORD);
  await press(other, "Sign in");
  await page.reload();
  expect(await page.textContent("h1")).toBe("Send it once more");
  await press(page, "Send again");
  expect(await page.textContent("#toasts")).toContain("Saved");
  expect(await page.inputValue("#editor-text")).toBe(text);
});

test("one reads a note that one may not write", async () => {
  const note = await grace.createNote("# Read me\n\n- [x] done");
  await grace.share(note, emailOf("Ada"), "read");
  const page = await open(`/notes/${note}`, ada);
  expect(await page.locator("#editor-text").count()).toBe(0);
  expect(await page.isChecked("#editor-preview input")).toBe(true);
});

test("one changes settings, and signs out", async () => {
  const page = await open("/settings", grace);
  await page.selectOption("#theme", "dark");
  await press(page, "Save");
  expect(await page.getAttribute("html", "data-theme")).toBe("dark");
  await page.click(".rail-menu > summary");
  await press(page, "Sign out");
  expect(new URL(page.url()).pathname).toBe("/signin");
});
