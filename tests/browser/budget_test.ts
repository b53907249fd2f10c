/** What a page costs, measured on real answers: see the budgets of the suite's look and feel. */

import { afterAll, beforeAll, describe, expect, test } from "bun:test";
import { gzipSync } from "node:zlib";
import type { Page, Request } from "playwright-core";
import { openBrowser, type TestBrowser } from "../support/browser.ts";
import { startSuite, type TestSuite } from "../support/suite.ts";
import { signUp, type Visitor } from "../support/visitor.ts";
import { waitFor } from "../support/wait_for.ts";

const KB = 1_000;
const NOTES = 50;

let suite: TestSuite;
let browser: TestBrowser;
let ada: Visitor;
let note: string;

beforeAll(async () => {
  [suite, browser] = await Promise.all([startSuite(), openBrowser()]);
  ada = await signUp(suite.setupLink, "Ada");
  for (let i = 1; i <= NOTES; i++) {
    note = await ada.createNote(`Note ${i} about something else\n\nIt says ${i * 7919} things.`);
  }
  await waitFor(async () => (await ada.get("/notes")).text.includes(`Note ${NOTES} about`));
});

afterAll(async () => {
  await browser[Symbol.asyncDispose]();
  await suite.stop();
});

/** Bytes over the line by what they are for, and how many requests it took. */
async function costOf(page: Page, path: string) {
  const requests: Request[] = [];
  page.on("requestfinished", (request) => requests.push(request));
  await page.goto(new URL(path, suite.url).href);
  await page.waitForLoadState("networkidle");
  const bytes: Record<string, number> = {};
  for (const request of requests) {
    const { responseBodySize } = await request.sizes();
    const type = request.resourceType();
    bytes[type] = (bytes[type] ?? 0) + responseBodySize;
  }
  return { script: bytes.script ?? 0, stylesheet: bytes.stylesheet ?? 0, requests };
}

describe("a page without the editor", () => {
  test.each(["/", "/notes", "/settings", "/ops", "/admin"])("%s keeps its budget", async (path) => {
    const page = await browser.open({ as: ada });
    const { script, stylesheet, requests } = await costOf(page, path);
    await page.context().close();
    expect(script).toBeWithin(1, 20 * KB);
    expect(stylesheet).toBeWithin(1, 12 * KB);
    expect(requests.length).toBeLessThanOrEqual(6);
  });
});

test("a page with the editor keeps its budget", async () => {
  const page = await browser.open({ as: ada });
  const { script, requests } = await costOf(page, `/notes/${note}`);
  await page.context().close();
  expect(script).toBeWithin(20 * KB, 32 * KB);
  expect(requests.length).toBeLessThanOrEqual(6);
});

test("a list of fifty notes is at most 12 KB of HTML", async () => {
  const { text } = await ada.get("/notes");
  expect(text.match(/data-row-link/g)).toHaveLength(NOTES);
  expect(gzipSync(text).length).toBeLessThan(12 * KB);
});

test("nothing jumps while a page loads, comes alive and changes", async () => {
  const page = await browser.open({ as: ada });
  await page.addInitScript(() => {
    const shifts: number[] = [];
    Object.assign(window, { shifts });
    new PerformanceObserver((list) => {
      const entries = list.getEntries() as unknown as { value: number }[];
      shifts.push(...entries.map(({ value }) => value));
    }).observe({ type: "layout-shift", buffered: true });
  });
  for (const path of ["/", "/notes", `/notes/${note}`, "/ops"]) {
    await page.goto(new URL(path, suite.url).href);
    await page.waitForLoadState("networkidle");
    const shifts = await page.evaluate(() => (window as never as { shifts: number[] }).shifts);
    expect({ path, shifts }).toEqual({ path, shifts: [] });
  }
  await page.context().close();
});
