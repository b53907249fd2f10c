/** The whole suite without a mouse: every page, every list action, and the focus is never lost. */

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
import { emailOf, inviteAndSignUp, PASSWORD, signUp, type Visitor } from "../support/visitor.ts";
import { waitFor } from "../support/wait_for.ts";

// A busy machine takes its time.
setDefaultTimeout(60_000);

const NOTES = 6;
/** More stops of the Tab key than any page here has before what is looked for. */
const STOPS_MAX = 60;

let suite: TestSuite;
let browser: TestBrowser;
let ada: Visitor;
let grace: Visitor;
let page: Page;

beforeAll(async () => {
  [suite, browser] = await Promise.all([startSuite(), openBrowser()]);
  ada = await signUp(suite.setupLink, "Ada");
  grace = await inviteAndSignUp(ada, "Grace");
  for (let i = 1; i <= NOTES; i++) await ada.createNote(`Note ${i}\nline`);
  await waitFor(async () => (await ada.get("/notes")).text.includes(`Note ${NOTES}`));
});

afterEach(async () => {
  await page.context().close();
  expect(browser.takeComplaints()).toEqual([]);
});

afterAll(async () => {
  await browser[Symbol.asyncDispose]();
  await suite.stop();
});

async function open(path: string, as?: Visitor): Promise<void> {
  page = await browser.open(as ? { as } : {});
  await recordLostFocus(page);
  await page.goto(new URL(path, suite.url).href);
  await page.waitForLoadState("load");
}

/** Presses keys one after the other. */
async function press(...keys: string[]): Promise<void> {
  for (const key of keys) await page.keyboard.press(key);
}

function isFocused(selector: string): Promise<boolean> {
  return page.evaluate((selector) => document.activeElement?.matches(selector) ?? false, selector);
}

/** What has the focus: its tag, its id, and what it says. */
function focusOf(): Promise<string> {
  return page.evaluate(() => {
    const element = document.activeElement;
    if (!element) return "nothing";
    const label = element.getAttribute("aria-label") ?? element.textContent ?? "";
    return `${element.tagName.toLowerCase()}#${element.id} ${label.slice(0, 60).trim()}`;
  });
}

/** Goes on with Tab until something has the focus. */
async function tabTo(selector: string, key: "Tab" | "Shift+Tab" = "Tab"): Promise<void> {
  for (let i = 0; i < STOPS_MAX; i++) {
    await press(key);
    if (await isFocused(selector)) return;
  }
  throw new Error(`Cannot reach "${selector}" with ${key}: received ${await focusOf()}`);
}

/** Waits for something to be shown; the focus was kept on the way, and is somewhere now. */
async function shows(selector: string): Promise<void> {
  await page.locator(selector).first().waitFor();
  await page.waitForFunction(() => document.activeElement !== document.body);
  const lost = await page.evaluate(() => (window as never as { lost: string[] }).lost);
  expect(lost).toEqual([]);
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

test("one gets from the sign-in page to a note shared with somebody", async () => {
  await open("/notes");
  expect(await isFocused("[name=email]")).toBe(true);
  await page.keyboard.type(emailOf("Ada"));
  await press("Tab");
  await page.keyboard.type(PASSWORD);
  await press("Enter");
  await page.locator("#document-items").waitFor();
  await press("c");
  await page.locator("#editor-status", { hasText: "Saved" }).waitFor();
  expect(await isFocused("#editor-text")).toBe(true);
  await page.keyboard.type("Tour of the harbor\n\nWe meet at nine.");
  await page.locator("h1", { hasText: "Tour of the harbor" }).waitFor();
  await page.locator("#editor-status", { hasText: "Saved" }).waitFor();
  await press("Escape", "Shift+Tab", "s");
  await shows("#share-person");
  await press("/");
  await page.keyboard.type("grace");
  await page.locator("#share-found li", { hasText: "Grace" }).waitFor();
  await tabTo("#share-found button");
  await press("Enter");
  await shows("[aria-label='People with access'] >> text=Grace");
  const note = /\/notes\/(\w+)\/share/.exec(page.url())?.[1];
  expect((await grace.get(`/notes/${note}`)).text).toContain("We meet at nine.");
  await press("u");
  await shows("#editor-text");
  await press("u");
  await shows(`#document-${note} .row-shared`);
});

test("the first stop of every page leads past the rail", async () => {
  await open("/notes", ada);
  await press("Tab");
  expect(await isFocused(".skip-link")).toBe(true);
  await press("Enter", "Tab");
  expect(await isFocused("#main *")).toBe(true);
});

describe("the palette", () => {
  test("finds a note and opens it", async () => {
    await open("/", ada);
    await press("Control+k");
    await page.keyboard.type("note 3");
    await page
      .locator("#palette [role=option][aria-selected=true]", { hasText: "Note 3" })
      .waitFor();
    const active = await page.getAttribute("#palette-input", "aria-activedescendant");
    expect(active).toStartWith("palette-note-");
    await press("Enter");
    await shows("#editor-text");
    expect(await page.textContent("h1")).toBe("Note 3");
    expect(await page.isVisible("#palette")).toBe(false);
  });

  test("makes a note, chosen with the arrows", async () => {
    await open("/", ada);
    await press("Control+k");
    await page.keyboard.type("new");
    await page
      .locator("#palette [role=option][aria-selected=true]", { hasText: "New note" })
      .waitFor();
    await press("ArrowDown", "ArrowUp", "Enter");
    await page.locator("#editor-text").waitFor();
    await page.waitForFunction(() => document.activeElement?.id === "editor-text");
  });

  test("goes to a place by its name, also when a note has that name", async () => {
    const note = await ada.createNote("Settings of the harbor");
    await waitFor(async () => (await ada.get("/palette?q=settings")).text.includes(note));
    await open("/", ada);
    await press("Control+k");
    await page.keyboard.type("settings");
    await page.locator("#palette-command-settings[aria-selected=true]").waitFor();
    expect(await page.isVisible(`#palette-note-${note}`)).toBe(true);
    await press("Enter");
    await shows("h1 >> text=Settings");
    await press("g", "n");
    await shows("h1 >> text=Notes");
    await press("Control+k");
    await page.keyboard.type("appearance");
    await page.locator("#palette-command-theme[aria-selected=true]").waitFor();
    await press("Enter");
    await page.waitForFunction(() => location.hash === "#theme");
    expect(await page.isVisible("#theme")).toBe(true);
  });

  test("does what this page can do by its name, and does not say that nothing is found", async () => {
    await open(`/notes/${await ada.createNote("Mooring")}`, ada);
    await page.locator("#editor-status", { hasText: "Saved" }).waitFor();
    for (const name of ["Share", "Watch"]) {
      await page.locator("h1").first().click();
      await press("Control+k");
      await page.keyboard.type(name.toLowerCase());
      await page.locator("#palette-here [aria-selected=true]", { hasText: name }).waitFor();
      expect(await page.isVisible(".palette-none")).toBe(false);
      await press("Escape");
    }
  });

  test("lists what every page can do once, however often this one offers it", async () => {
    await open("/notes", await inviteAndSignUp(ada, "Nils"));
    await page.locator(".empty").waitFor();
    for (const typed of ["", "new"]) {
      await press("Control+k");
      await page.keyboard.type(typed);
      const made = page.locator("#palette [role=option]", { hasText: "New note" });
      await made.first().waitFor();
      expect(await made.count()).toBe(1);
      await press("Escape");
    }
  });

  test.each(["", "note"])("closes at once with Escape when %j is typed in it", async (text) => {
    await open("/notes", ada);
    await press("j", "Control+k");
    await page.locator("#palette [role=option]").first().waitFor();
    await page.keyboard.type(text);
    await press("Escape");
    expect(await page.isVisible("#palette")).toBe(false);
    expect(await isFocused("[data-row]:first-child .row-link")).toBe(true);
    await press("Control+k");
    expect(await page.inputValue("#palette-input")).toBe("");
  });
});

describe("the sheet of shortcuts", () => {
  test("opens with ? and gives the focus back", async () => {
    await open("/notes", ada);
    await press("j", "?");
    await page.locator("#sheet .sheet").waitFor();
    expect(await isFocused("#sheet *")).toBe(true);
    await press("Escape");
    expect(await page.isVisible("#sheet")).toBe(false);
    expect(await isFocused("[data-row]:first-child .row-link")).toBe(true);
  });

  test("closes with its button, too", async () => {
    await open("/", ada);
    await press("?");
    await page.locator("#sheet .sheet").waitFor();
    await tabTo("#sheet button");
    await press("Enter");
    await page.locator("#sheet").waitFor({ state: "hidden" });
  });
});

describe("single keys", () => {
  test("mean nothing but themselves while one types", async () => {
    await open("/notes", ada);
    await press("/");
    await page.keyboard.type("gnjx#?cz/");
    expect(await page.inputValue("#document-query")).toBe("gnjx#?cz/");
    expect(await page.isVisible("#sheet")).toBe(false);
    const note = await ada.createNote("");
    await page.goto(new URL(`/notes/${note}`, suite.url).href);
    await page.locator("#editor-status", { hasText: "Saved" }).waitFor();
    await page.keyboard.type("gtjx#?cz/su");
    expect(await page.inputValue("#editor-text")).toBe("gtjx#?cz/su");
    expect(page.url()).toEndWith(note);
  });

  test("work again behind a field that is left by Escape or Enter", async () => {
    await open("/notes", ada);
    await press("/");
    await page.keyboard.type("note");
    await page.waitForURL("**/notes?q=note");
    await press("Escape");
    expect(await isFocused(".search")).toBe(true);
    await press("j");
    expect(await isFocused("[data-row]:first-child .row-link")).toBe(true);
    expect(await page.inputValue("#document-query")).toBe("note");
    await press("/");
    await page.keyboard.type("note 3");
    await press("Enter");
    expect(await isFocused(".search")).toBe(true);
    await page.waitForURL("**/notes?q=note+3");
    await press("j");
    expect(await isFocused("[data-row]:first-child .row-link")).toBe(true);
    await press("/", "Enter", "Tab");
    expect(await isFocused("#document-query")).toBe(false);
    await press("Shift+Tab");
    expect(await isFocused("#document-query")).toBe(true);
  });

  test("do nothing when somebody has switched them off, and the others still work", async () => {
    const frida = await inviteAndSignUp(ada, "Frida");
    const note = await frida.createNote("Frida's");
    await waitFor(async () => (await frida.get("/notes")).text.includes(note));
    await frida.get("/settings");
    const settings = { name: "Frida", timeZone: "UTC", language: "en-GB", theme: "system" };
    expect((await frida.post("/settings", settings)).status).toBe(303);
    await open("/notes", frida);
    const before = page.url();
    await tabTo(".row-link");
    const sent: string[] = [];
    page.on("request", (request) => sent.push(`${request.method()} ${request.url()}`));
    await press("j", "x", "#", "p", "c", "u", "z", "/", "?", "g", "t", "g", "n");
    expect(await isFocused(`#document-${note}-link`)).toBe(true);
    await press("Control+k");
    await page.locator("#palette [role=option]").first().waitFor();
    expect(page.url()).toBe(before);
    expect(sent.filter((line) => !line.includes("/palette"))).toEqual([]);
    expect(await page.isVisible("#sheet")).toBe(false);
    expect(await page.locator("[data-row-select]:checked").count()).toBe(0);
  });
});

describe("the focus is never lost", () => {
  test("on the way through every page", async () => {
    await open("/", ada);
    await press("g", "n");
    await shows("#document-items");
    for (const scope of ["Mine", "Shared", "Trash", "All"]) {
      await tabTo(
        `.tabs a[href='/notes${scope === "All" ? "" : `?scope=${scope.toLowerCase()}`}']`,
      );
      await press("Enter");
      await shows(`.tabs a[aria-current]:text-is("${scope}")`);
    }
    await press("j", "Enter");
    await shows("#editor-text");
    await press("s");
    await shows("#share-person");
    await press("g", "s");
    await shows("#settings-profile");
    for (const [place, shown] of [
      ["/admin", "#admin-people"],
      ["/ops", "#ops-report"],
    ]) {
      await tabTo(".rail-menu > summary", "Shift+Tab");
      await press("Enter", "ArrowUp");
      for (let i = 0; i < 10 && !(await isFocused(`a[href='${place}']`)); i++)
        await press("ArrowUp");
      await press("Enter");
      await shows(`${shown}`);
    }
    await press("g", "t");
    await shows("#today");
    await press("j", "Enter");
    await shows("#editor-text");
    await page.goBack();
    await shows("#today");
    await page.goForward();
    await shows("#editor-text");
  });

  test("by what one does in a list", async () => {
    await open("/notes?scope=mine", ada);
    const titles = () => page.locator("[data-row-link]").allTextContents();
    const [first = "", second = "", third = ""] = await titles();
    await press("j");
    expect(await focusOf()).toContain(first);
    await press("j", "k", "ArrowDown");
    expect(await focusOf()).toContain(second);
    await press("#");
    await shows("#toasts >> text=moved to the trash");
    expect(await focusOf()).toContain(third);
    await press("z");
    await shows("#toasts >> text=restored");
    expect(await titles()).toContain(second);
    await press("p");
    await shows(".row-mark > .icon");
    await press("p");
    await page.locator(".row-mark > .icon").waitFor({ state: "detached" });
    await press("x");
    expect(await page.locator("[data-row-select]:checked").count()).toBe(1);
    await press("x");
    expect(await page.locator("[data-row-select]:checked").count()).toBe(0);
    await press("x", "j", "x", "#");
    await shows("#toasts >> text=2 notes moved to the trash");
    expect(await isFocused("[data-row] *")).toBe(true);
    await press("z");
    await shows("#toasts >> text=2 notes restored");
    await tabTo("#document-sort");
    await press("t");
    await page.waitForURL(/sort=title/);
    await shows("#document-items");
    expect(await isFocused("#document-sort")).toBe(true);
    await tabTo("#document-query", "Shift+Tab");
    await page.keyboard.type("nothing like this");
    await shows(".empty");
    expect(await isFocused("#document-query")).toBe(true);
  });

  test("by the menu of a line, and when the last line goes", async () => {
    const hedy = await inviteAndSignUp(ada, "Hedy");
    const note = await hedy.createNote("The only one");
    await waitFor(async () => (await hedy.get("/notes")).text.includes("The only one"));
    await open("/notes", hedy);
    await press("j");
    await tabTo(`#document-${note} summary`);
    await press("Enter", "ArrowDown");
    expect(await focusOf()).toContain("Pin to the top");
    await press("Escape");
    expect(await isFocused(`#document-${note} summary`)).toBe(true);
    await press("Enter", "ArrowDown", "Enter");
    await shows(`#document-${note} .row-mark > .icon`);
    expect(await isFocused(`#document-${note} summary`)).toBe(true);
    await press("Enter", "ArrowUp", "Enter");
    await shows(".empty");
    await press("z");
    await shows(`#document-${note}`);
    await press("j", "#");
    await shows(".empty");
    await tabTo(".tabs a[href='/notes?scope=trash']");
    await press("Enter");
    await shows(`#document-${note}`);
    await press("j");
    await tabTo(`#document-${note} summary`);
    await press("Enter", "ArrowDown", "Enter");
    await shows(".empty");
  });

  test("by sharing, and taking it back", async () => {
    const note = await ada.createNote("Shared by keyboard");
    await ada.share(note, emailOf("Grace"), "write");
    await open(`/notes/${note}/share`, ada);
    await tabTo("[id^=member-] select");
    await press("c", "ArrowDown");
    await waitFor(async () => (await grace.get(`/notes/${note}`)).text.includes("Read only"));
    await shows("[id^=member-] select");
    expect(await isFocused("[id^=member-] select")).toBe(true);
    await tabTo("[aria-label='Remove Grace']");
    await press("Enter");
    await page.locator("[id^=member-]").waitFor({ state: "detached" });
    await shows("#share-person");
    expect(await isFocused("[aria-label^=Remove], .danger")).toBe(false);
    await tabTo("button:not(.quiet):has(.icon)");
    await press("Enter");
    await shows(".share-url");
    await tabTo("[id^=link-] .danger", "Shift+Tab");
    await press("Enter");
    await page.locator(".share-url").waitFor({ state: "detached" });
    await shows("#link-role");
    expect(await isFocused(".danger")).toBe(false);
  });

  test("by a form that is refused", async () => {
    await open("/settings", ada);
    await tabTo("#currentPassword");
    await page.keyboard.type("not the password");
    await press("Tab");
    await page.keyboard.type("a new one that is long");
    await press("Enter");
    await shows("[role=alert]");
    expect(await isFocused("[role=alert]")).toBe(true);
  });
});
