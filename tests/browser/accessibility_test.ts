/** Every page as assistive technology has it, with real content: axe finds nothing, in both themes. */

import { afterAll, beforeAll, expect, setDefaultTimeout, test } from "bun:test";
import { readFileSync } from "node:fs";
import { fileURLToPath } from "node:url";
import type { AxeResults } from "axe-core";
import type { Page } from "playwright";
import { furnishedPages, openFurnished } from "../support/furnished_pages.ts";
import { type FurnishedSuite, startFurnishedSuite } from "../support/furnished_suite.ts";
import type { Visitor } from "../support/visitor.ts";

// A busy machine takes its time.
setDefaultTimeout(60_000);

const AXE = readFileSync(fileURLToPath(import.meta.resolve("axe-core/axe.min.js")), "utf8");
const DESKTOP = { width: 1280, height: 800 };
const PHONE = { width: 390, height: 844 };

let suite: FurnishedSuite;
/** A window of everybody's, nobody's included: another page in it costs less than another window. */
const windows = new Map<Visitor | undefined, Page>();

beforeAll(async () => {
  suite = await startFurnishedSuite();
});

afterAll(async () => {
  await suite[Symbol.asyncDispose]();
});

/** What axe has to say, in one line each. */
async function findingsOf(page: Page): Promise<string[]> {
  const { violations } = await page.evaluate(() =>
    (globalThis as unknown as { axe: { run(): Promise<AxeResults> } }).axe.run(),
  );
  return violations.map(({ id, nodes }) => `${id}: ${nodes[0]?.html}`);
}

/** Evaluated from outside, so that the page's policy stays what it is. */
async function inject(page: Page): Promise<void> {
  await page.evaluate(`${AXE};0`);
}

/** The window of somebody. */
async function windowOf(as: Visitor | undefined): Promise<Page> {
  const page = windows.get(as) ?? (await suite.browser.open(as ? { as } : {}));
  windows.set(as, page);
  await page.setViewportSize(DESKTOP);
  // A color on its way to another is none that anybody reads.
  await page.emulateMedia({ colorScheme: "light", reducedMotion: "reduce" });
  return page;
}

test.each(furnishedPages)("axe finds nothing on $name", async (each) => {
  const page = await windowOf(each.as?.(suite));
  await openFurnished(page, suite, each);
  await inject(page);
  const light = await findingsOf(page);
  await page.emulateMedia({ colorScheme: "dark" });
  const dark = await findingsOf(page);
  await page.setViewportSize(PHONE);
  const phone = await findingsOf(page);
  expect({ light, dark, phone }).toEqual({ light: [], dark: [], phone: [] });
});

test("axe finds what is wrong", async () => {
  const page = await windowOf(undefined);
  await page.setContent("<html><body><img src='x.png'><input></body></html>");
  await inject(page);
  expect((await findingsOf(page)).join()).toContain("image-alt");
});
