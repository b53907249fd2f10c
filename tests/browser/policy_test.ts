/** No page does what its Content-Security-Policy forbids, whatever is opened on it. */

import { afterAll, beforeAll, expect, setDefaultTimeout, test } from "bun:test";
import type { Page } from "playwright";
import { furnishedPages, openFurnished } from "../support/furnished_pages.ts";
import { type FurnishedSuite, startFurnishedSuite } from "../support/furnished_suite.ts";
import type { Visitor } from "../support/visitor.ts";

// A busy machine takes its time.
setDefaultTimeout(60_000);

let suite: FurnishedSuite;
const windows = new Map<Visitor | undefined, Page>();

beforeAll(async () => {
  suite = await startFurnishedSuite();
});

afterAll(async () => {
  await suite[Symbol.asyncDispose]();
});

/** The window of somebody, which writes down what the policy stopped. */
async function windowOf(as: Visitor | undefined): Promise<Page> {
  const known = windows.get(as);
  if (known) return known;
  const page = await suite.browser.open(as ? { as } : {});
  windows.set(as, page);
  await page.addInitScript(() => {
    const stopped: string[] = [];
    Object.assign(window, { stopped });
    document.addEventListener("securitypolicyviolation", (event) => {
      stopped.push(`${event.violatedDirective}: ${event.blockedURI} ${event.sample}`);
    });
  });
  return page;
}

function stoppedOn(page: Page): Promise<string[]> {
  return page.evaluate(() => (window as never as { stopped: string[] }).stopped);
}

test.each(furnishedPages)("the policy has nothing to stop on $name", async (each) => {
  const page = await windowOf(each.as?.(suite));
  await openFurnished(page, suite, each);
  const complaints = suite.browser.takeComplaints();
  expect({ stopped: await stoppedOn(page), complaints }).toEqual({ stopped: [], complaints: [] });
});

test("the policy stops a style, a script and a picture that are not ours", async () => {
  const page = await windowOf(undefined);
  await page.goto(new URL("/signin", suite.suite.url).href);
  await page.evaluate(() => {
    document.body.insertAdjacentHTML("beforeend", "<p style='color:red' onclick='alert(1)'>x</p>");
    document.body.append(Object.assign(new Image(), { src: "https://example.org/x.png" }));
  });
  await page.waitForFunction(() => (window as never as { stopped: string[] }).stopped.length === 3);
  const directives = (await stoppedOn(page)).map((line) => line.split(":")[0]).sort();
  expect(directives).toEqual(["img-src", "script-src-attr", "style-src-attr"]);
  expect(suite.browser.takeComplaints().length).toBeGreaterThan(0);
});
