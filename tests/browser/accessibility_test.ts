/** Every page as assistive technology and a small screen have it: axe finds nothing, nothing overflows. */

import { afterAll, beforeAll, expect, test } from "bun:test";
import { readFileSync } from "node:fs";
import { fileURLToPath } from "node:url";
import type { AxeResults } from "axe-core";
import type { Page } from "playwright-core";
import { openBrowser, type TestBrowser } from "../support/browser.ts";
import { startSuite, type TestSuite } from "../support/suite.ts";
import { inviteAndSignUp, signUp, type Visitor } from "../support/visitor.ts";
import { waitFor } from "../support/wait_for.ts";

const AXE = readFileSync(fileURLToPath(import.meta.resolve("axe-core/axe.min.js")), "utf8");

const MARKDOWN = `# A note with everything

Some *words*, a [link](https://example.org), \`code\` and a list:

- [x] done
- [ ] to do

> said by somebody

| a | table |
|---|---|
| of | cells |

\`\`\`
a line of code that is much longer than a phone is wide, so that it has to go somewhere
\`\`\`

نص من اليمين إلى اليسار
`;

interface Look {
  name: string;
  dark: boolean;
  width: number;
  height: number;
}

const LOOKS: readonly Look[] = [
  { name: "light", dark: false, width: 1280, height: 800 },
  { name: "dark", dark: true, width: 1280, height: 800 },
  { name: "a light phone", dark: false, width: 390, height: 844 },
  { name: "a dark phone", dark: true, width: 390, height: 844 },
];

let suite: TestSuite;
let browser: TestBrowser;
let ada: Visitor;
let grace: Visitor;
let mine: string;
let theirs: string;
let guestPath: string;

beforeAll(async () => {
  [suite, browser] = await Promise.all([startSuite(), openBrowser()]);
  ada = await signUp(suite.setupLink, "Ada");
  grace = await inviteAndSignUp(ada, "Grace");
  mine = await ada.createNote(MARKDOWN);
  theirs = await grace.createNote(MARKDOWN);
  await grace.share(theirs, "ada@harbor.example", "read");
  const deleted = await ada.createNote("Deleted");
  await ada.post(`/notes/${deleted}/trash`);
  await ada.post(`/notes/${mine}/links`, { role: "read", expires: "week" });
  const { text } = await ada.get(`/notes/${mine}/share`);
  guestPath = new URL(/http[^"]*\/shared\/[\w-]+/.exec(text)?.[0] ?? "").pathname;
  await waitFor(async () => (await ada.get("/notes")).text.includes("A note with everything"));
});

afterAll(async () => {
  await browser[Symbol.asyncDispose]();
  await suite.stop();
});

/** What axe has to say, in one line each. */
async function complaintsOf(page: Page): Promise<string[]> {
  // Evaluated from outside, so that the page's policy stays what it is.
  await page.evaluate(`${AXE};0`);
  const { violations } = await page.evaluate(() =>
    (globalThis as unknown as { axe: { run(): Promise<AxeResults> } }).axe.run(),
  );
  const isWide = await page.evaluate(
    () => document.documentElement.scrollWidth > document.documentElement.clientWidth,
  );
  const wide = isWide ? ["the page is wider than the window"] : [];
  return [...wide, ...violations.map(({ id, nodes }) => `${id}: ${nodes[0]?.html}`)];
}

async function check(page: Page, path: string, prepare?: (page: Page) => Promise<void>) {
  await page.goto(new URL(path, suite.url).href);
  await page.waitForLoadState("load");
  await prepare?.(page);
  return (await complaintsOf(page)).map((complaint) => `${path}: ${complaint}`);
}

async function openPalette(page: Page): Promise<void> {
  const dialog = page.locator("#palette[open]");
  await waitFor(async () => {
    if ((await dialog.count()) === 0) await page.keyboard.press("Control+k");
    return (await dialog.count()) > 0;
  });
  await page.waitForSelector("#palette [role=option]");
}

async function openSheet(page: Page): Promise<void> {
  await page.keyboard.press("?");
  await page.waitForSelector("#sheet .sheet");
}

async function openMenus(page: Page): Promise<void> {
  await page.click(".rail-menu > summary");
}

async function select(page: Page): Promise<void> {
  for (const key of ["j", "x"]) await page.keyboard.press(key);
  await page.waitForSelector(".selection-bar", { state: "visible" });
}

async function split(page: Page): Promise<void> {
  await page.keyboard.press("Escape");
  await page.waitForSelector("#editor-status:not(:empty)");
  await page.locator("#editor").evaluate((editor) => {
    (editor as HTMLElement).dataset.view = "split";
  });
}

test.each(LOOKS)(
  "axe finds nothing on any page in $name",
  async (look) => {
    const page = await browser.open({ as: ada, ...look });
    const found = [
      await check(page, "/"),
      await check(page, "/notes"),
      await check(page, "/notes", openPalette),
      await check(page, "/notes", openSheet),
      await check(page, "/notes", openMenus),
      await check(page, "/notes", select),
      await check(page, "/notes?q=nothing+like+this"),
      await check(page, "/notes?scope=trash"),
      await check(page, "/notes?scope=shared"),
      await check(page, `/notes/${mine}`),
      await check(page, `/notes/${mine}`, split),
      await check(page, `/notes/${theirs}`),
      await check(page, `/notes/${mine}/share?person=grace`),
      await check(page, "/search?q=note"),
      await check(page, "/shortcuts"),
      await check(page, "/settings"),
      await check(page, "/admin"),
      await check(page, "/ops"),
      await check(page, "/nowhere"),
    ].flat();
    await page.context().close();
    expect(found).toEqual([]);
  },
  60_000,
);

test.each(LOOKS)("axe finds nothing before signing in, in $name", async (look) => {
  const page = await browser.open(look);
  const found = [
    await check(page, "/signin"),
    await check(page, "/signup"),
    await check(page, guestPath),
    await check(page, "/shortcuts"),
    await check(page, "/signin", async () => {
      await page.fill("[name=email]", "nobody@harbor.example");
      await page.fill("[name=password]", "not the password");
      await page.keyboard.press("Enter");
      await page.waitForSelector("[role=alert]");
    }),
  ].flat();
  await page.context().close();
  expect(found).toEqual([]);
});

test("controls are large enough for a finger", async () => {
  const page = await browser.open({ as: ada, touch: true, width: 390, height: 844 });
  const small: string[] = [];
  for (const path of ["/", "/notes", `/notes/${mine}`, `/notes/${mine}/share`, "/settings"]) {
    await page.goto(new URL(path, suite.url).href);
    const found = await page.evaluate(() =>
      [...document.querySelectorAll("button, summary, select, .button, .rail-item")]
        .filter((element) => element.checkVisibility())
        .flatMap((element) => {
          const { width, height } = element.getBoundingClientRect();
          return width < 44 || height < 44 ? [element.outerHTML.slice(0, 120)] : [];
        }),
    );
    small.push(...found.map((html) => `${path}: ${html}`));
  }
  await page.context().close();
  expect(small).toEqual([]);
});
