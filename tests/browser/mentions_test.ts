/** Naming people while one writes, and watching a note, in a real browser. */

import {
  afterAll,
  afterEach,
  beforeAll,
  describe,
  expect,
  setDefaultTimeout,
  test,
} from "bun:test";
import { readFileSync } from "node:fs";
import { fileURLToPath } from "node:url";
import type { AxeResults } from "axe-core";
import type { Page } from "playwright";
import { openBrowser, type TestBrowser, type WindowOptions } from "../support/browser.ts";
import { connectLive } from "../support/live_client.ts";
import { startSuite, type TestSuite } from "../support/suite.ts";
import { emailOf, inviteAndSignUp, signUp, type Visitor } from "../support/visitor.ts";
import { waitFor } from "../support/wait_for.ts";

// A busy machine takes its time.
setDefaultTimeout(60_000);

const AXE = readFileSync(fileURLToPath(import.meta.resolve("axe-core/axe.min.js")), "utf8");
const PHONE = { width: 390, height: 844, touch: true };
/** What a keyboard on the screen leaves of it. */
const ABOVE_KEYBOARD = { width: 390, height: 430 };
const NAMES = ["Grace Hopper", "Gráinne O'Malley", "Zoë Adams"];

let suite: TestSuite;
let browser: TestBrowser;
let ada: Visitor;
let people: Visitor[];
let page: Page;

beforeAll(async () => {
  [suite, browser] = await Promise.all([startSuite(), openBrowser()]);
  ada = await signUp(suite.setupLink, "Ada");
  people = [];
  for (const [i, name] of NAMES.entries()) {
    const visitor = await inviteAndSignUp(ada, `Person ${i}`);
    const settings = { name, timeZone: "UTC", language: "en-GB", theme: "system" };
    await visitor.post("/settings", { ...settings, shortcuts: "on" });
    people.push(visitor);
  }
});

afterEach(async () => {
  await page.context().close();
  expect(browser.takeComplaints()).toEqual([]);
});

afterAll(async () => {
  await browser[Symbol.asyncDispose]();
  await suite.stop();
});

/** A note of Ada's that everybody here may write in. */
async function sharedNote(text: string): Promise<string> {
  const note = await ada.createNote(text);
  const emails = NAMES.map((_, i) => emailOf(`Person ${i}`));
  await Promise.all(emails.map((email) => ada.share(note, email, "write")));
  return note;
}

/** Opens a note to write at its end. */
async function write(text: string, look: WindowOptions = {}): Promise<string> {
  const note = await sharedNote(text);
  page = await browser.open({ as: ada, ...look });
  await page.goto(new URL(`/notes/${note}`, suite.url).href);
  await page.locator("#editor-status", { hasText: "Saved" }).waitFor();
  await page.focus("#editor-text");
  await press("Control+End");
  return note;
}

async function press(...keys: string[]): Promise<void> {
  for (const key of keys) await page.keyboard.press(key);
}

/** Types, and waits until just these people are offered. */
async function typeFor(text: string, names: readonly string[]): Promise<void> {
  await page.keyboard.type(text);
  await offers(names);
}

async function offers(names: readonly string[]): Promise<void> {
  await waitFor(async () => (await offered()).join() === names.join(), {
    what: `${names.join(", ") || "nobody"} to be offered`,
  });
}

/** Who is offered, in order; nobody while the list is closed. */
function offered(): Promise<string[]> {
  return page.locator("#editor-mentions [role=option]:visible .mention-name").allTextContents();
}

function value(): Promise<string> {
  return page.inputValue("#editor-text");
}

/** Whom the text says to be chosen. */
async function chosen(): Promise<string | null> {
  const id = await page.getAttribute("#editor-text", "aria-activedescendant");
  return id && page.textContent(`[id="${id}"][aria-selected=true] .mention-name`);
}

async function saved(note: string, text: string): Promise<void> {
  await waitFor(async () => (await ada.get(`/notes/${note}`)).text.includes(text));
}

describe("by keyboard", () => {
  test("one names somebody with a few letters, and takes it back in one step", async () => {
    const note = await write("Hello ");
    await typeFor("@", NAMES);
    expect(await chosen()).toBe("Grace Hopper");
    await typeFor("gra", ["Grace Hopper", "Gráinne O'Malley"]);
    await press("ArrowDown");
    expect(await chosen()).toBe("Gráinne O'Malley");
    await press("ArrowDown");
    expect(await chosen()).toBe("Grace Hopper");
    await press("ArrowUp", "Enter");
    expect(await value()).toBe("Hello @Gráinne O'Malley ");
    await offers([]);
    await page.keyboard.type("and so on");
    expect(await value()).toBe("Hello @Gráinne O'Malley and so on");
    await saved(note, "and so on");
    while ((await value()) !== "Hello @Gráinne O'Malley ") await press("Control+z");
    await press("Control+z");
    expect(await value()).toBe("Hello @gra");
    await press("Control+Shift+z");
    expect(await value()).toBe("Hello @Gráinne O'Malley ");
  });

  test("Tab chooses as well, also by a later part of a name, in the middle of a text", async () => {
    await write("(see )");
    await press("ArrowLeft");
    await typeFor("@ada", ["Zoë Adams"]);
    await press("Tab");
    expect(await value()).toBe("(see @Zoë Adams)");
    await page.keyboard.type("!");
    expect(await value()).toBe("(see @Zoë Adams!)");
  });

  test("Escape closes it, leaves the text, and offers nothing more for this sign", async () => {
    await write("- one");
    await press("Enter");
    await typeFor("@g", NAMES.slice(0, 2));
    await press("Escape");
    await offers([]);
    expect(await value()).toBe("- one\n- @g");
    await page.keyboard.type("r");
    await press("Enter");
    expect(await value()).toBe("- one\n- @gr\n- ");
    await typeFor("@g", NAMES.slice(0, 2));
    await press("Enter");
    expect(await value()).toBe("- one\n- @gr\n- @Grace Hopper ");
  });

  test("takes no key while it is closed, and closes where nobody is called so", async () => {
    await write("");
    await typeFor("@", NAMES);
    await typeFor("nobody", []);
    await press("Enter", "Enter");
    await page.keyboard.type("me@grace and `@gr");
    await press("Tab", "ArrowUp", "ArrowUp", "End");
    await page.keyboard.type("!");
    expect(await value()).toBe("@nobody!\n\nme@grace and `@gr  ");
    expect(await page.isVisible("#editor-mentions")).toBe(false);
    expect(await page.getAttribute("#editor-text", "aria-activedescendant")).toBeNull();
  });

  test("closes when the caret or the focus goes elsewhere", async () => {
    await write("one ");
    await typeFor("@", NAMES);
    await press("ArrowLeft");
    await offers([]);
    await press("ArrowRight");
    await typeFor("g", NAMES.slice(0, 2));
    await page.focus("#note-watch");
    await offers([]);
  });

  test("says how many there are, and what is chosen", async () => {
    await write("");
    await typeFor("@", NAMES);
    await page.locator("[role=status]", { hasText: "3 people" }).waitFor({ state: "attached" });
    const attributes = await page.evaluate(() => {
      const { ariaAutoComplete, ariaHasPopup, role } = document.activeElement ?? {};
      const controls = document.activeElement?.getAttribute("aria-controls");
      return { ariaAutoComplete, ariaHasPopup, role, controls };
    });
    expect(attributes).toEqual({
      ariaAutoComplete: "list",
      ariaHasPopup: "listbox",
      role: null,
      controls: "editor-mentions",
    });
    for (const colorScheme of ["light", "dark"] as const) {
      await page.emulateMedia({ colorScheme, reducedMotion: "reduce" });
      expect(await findingsOf()).toEqual([]);
    }
  });

  test("others who write above do not move it away from what one types", async () => {
    const note = await write("above\n");
    await typeFor("@g", NAMES.slice(0, 2));
    const client = await connectLive(suite.url, { cookie: people[2]?.cookie ?? "" });
    const theirs = await client.open(note);
    await theirs.type("far ", 0);
    await waitFor(async () => (await value()).startsWith("far above"));
    await press("Enter");
    expect(await value()).toBe("far above\n@Grace Hopper ");
    client.close();
  });
});

describe("by pointer and by touch", () => {
  test("a click chooses, and the text keeps the focus", async () => {
    await write("");
    await typeFor("@", NAMES);
    await page.click("#editor-mentions [role=option]:nth-child(3)");
    expect(await value()).toBe("@Zoë Adams ");
    expect(await page.evaluate(() => document.activeElement?.id)).toBe("editor-text");
  });

  test("on a phone it is above the keyboard, large enough for a finger", async () => {
    await write("A line\n".repeat(60), PHONE);
    await page.setViewportSize(ABOVE_KEYBOARD);
    await typeFor("@", NAMES);
    const boxes = await page.evaluate(() => {
      const list = document.querySelector("#editor-mentions");
      const options = [...(list?.children ?? [])].map((each) => each.getBoundingClientRect());
      const { left, top, right, bottom } = list?.getBoundingClientRect() ?? new DOMRect();
      return { left, top, right, bottom, heights: options.map(({ height }) => height) };
    });
    expect(boxes.left).toBeGreaterThanOrEqual(0);
    expect(boxes.right).toBeLessThanOrEqual(ABOVE_KEYBOARD.width);
    expect(boxes.top).toBeGreaterThanOrEqual(0);
    expect(boxes.bottom).toBeLessThanOrEqual(ABOVE_KEYBOARD.height);
    for (const height of boxes.heights) expect(height).toBeGreaterThanOrEqual(44);
    await page.tap("#editor-mentions [role=option]:first-child");
    expect(await value()).toEndWith("@Grace Hopper ");
    expect(await page.evaluate(() => document.activeElement?.id)).toBe("editor-text");
  });
});

test("who reads sees names marked, and their own more strongly", async () => {
  const note = await sharedNote("For @grace hopper and @Zoë Adams, not for @Nobody");
  page = await browser.open({ as: people[0] as Visitor });
  await page.goto(new URL(`/notes/${note}`, suite.url).href);
  await page.locator("#editor-status", { hasText: "Saved" }).waitFor();
  await page.click("[data-view=read]:is(button)");
  await page.locator("#editor-preview .mention").first().waitFor();
  const marks = await page
    .locator("#editor-preview .mention")
    .evaluateAll((elements) =>
      elements.map((element) => [element.textContent, getComputedStyle(element).backgroundColor]),
    );
  expect(marks.map(([text]) => text)).toEqual(["@grace hopper", "@Zoë Adams"]);
  expect(marks[0]?.[1]).not.toBe(marks[1]?.[1]);
});

describe("watching", () => {
  test("is switched by a key and taken back, while one's text stays as it is", async () => {
    const note = await write("mine");
    const watch = page.locator("#note-watch");
    expect(await watch.getAttribute("aria-pressed")).toBe("true");
    await page.evaluate(() => Object.assign(document.querySelector("#editor") ?? {}, { same: 1 }));
    await page.keyboard.type(" own");
    await press("Escape", "Shift+Tab", "w");
    await page.locator("#note-watch[aria-pressed=false]").waitFor();
    await page.locator("#toasts", { hasText: "You no longer watch this note" }).waitFor();
    expect(await value()).toBe("mine own");
    expect(await page.evaluate(() => "same" in (document.querySelector("#editor") ?? {}))).toBe(
      true,
    );
    await press("z");
    await page.locator("#note-watch[aria-pressed=true]").waitFor();
    await page.locator("#toasts", { hasText: "changes by others come to your inbox" }).waitFor();
    await page.focus("#editor-text");
    await press("Control+End");
    await page.keyboard.type(" still");
    await saved(note, "mine own still");
  });

  test("keeps the focus on its button, and is found in the palette", async () => {
    await write("mine");
    await page.focus("#note-watch");
    await press("Enter");
    await page.locator("#note-watch[aria-pressed=false]").waitFor();
    expect(await page.evaluate(() => document.activeElement?.id)).toBe("note-watch");
    await press("Control+k");
    await page.keyboard.type("watch");
    await page.locator("#palette [role=option]", { hasText: "Watch" }).click();
    await page.locator("#note-watch[aria-pressed=true]").waitFor();
  });

  test("works without a script", async () => {
    const note = await sharedNote("theirs");
    page = await browser.open({ as: people[1] as Visitor, javaScript: false });
    await page.goto(new URL(`/notes/${note}`, suite.url).href);
    await page.click("#note-watch[aria-pressed=false]");
    await page.locator("#note-watch[aria-pressed=true]").waitFor();
    await page.click("#note-watch");
    await page.locator("#note-watch[aria-pressed=false]").waitFor();
  });
});

/** What axe has to say of the page as it is. */
async function findingsOf(): Promise<string[]> {
  await page.evaluate(`${AXE};0`);
  const { violations } = await page.evaluate(() =>
    (globalThis as unknown as { axe: { run(): Promise<AxeResults> } }).axe.run(),
  );
  return violations.map(({ id, nodes }) => `${id}: ${nodes[0]?.html}`);
}
