/** Two people in one note, each in a browser at another node, while nodes and databases go away under them. */

import { afterAll, afterEach, beforeAll, describe, expect, test } from "bun:test";
import type { Page } from "playwright";
import { type Balancer, startBalancer } from "../../scripts/cluster/balancer.ts";
import { type Cluster, startCluster } from "../../scripts/cluster/mod.ts";
import { defectsOf, waitUntilWhole } from "../cluster/evidence.ts";
import { signUpFirst } from "../cluster/typists.ts";
import { openBrowser, type TestBrowser } from "../support/browser.ts";
import { temporaryFolder } from "../support/temporary_folder.ts";
import { emailOf, inviteAndSignUp, type Visitor } from "../support/visitor.ts";
import { waitFor } from "../support/wait_for.ts";

/** One person's way in: an address that leads to her node, and to another when that is gone. */
interface Way {
  balancer: Balancer;
  browser: TestBrowser;
  visitor: Visitor;
}

const folder = temporaryFolder();
const opened: Page[] = [];
let cluster: Cluster;
let ada: Way;
let grace: Way;

beforeAll(async () => {
  cluster = await startCluster({ dir: folder.path, fsync: false });
  await waitUntilWhole(cluster);
  const first = await signUpFirst(cluster);
  const second = await inviteAndSignUp(first, "Grace");
  [ada, grace] = await Promise.all([openWay(0, first), openWay(1, second)]);
}, 90_000);

afterEach(async () => {
  for (const page of opened.splice(0)) await page.context().close();
  for (const { browser } of [ada, grace]) expect(browser.takeComplaints()).toEqual([]);
});

afterAll(async () => {
  for (const way of [ada, grace]) {
    await way?.browser[Symbol.asyncDispose]();
    await way?.balancer.stop();
  }
  await cluster?.stop();
  folder[Symbol.dispose]();
}, 60_000);

/** Both use the suite's one address; for each browser it is that of a balancer of her own. */
async function openWay(index: number, visitor: Visitor): Promise<Way> {
  const only = cluster.nodes[index]?.name ?? "";
  const balancer = await startBalancer({ nodes: cluster.nodes, only });
  await waitFor(() => balancer.ready.length === cluster.nodes.length);
  const { host } = new URL(cluster.url);
  const browser = await openBrowser({ hosts: { [host]: `127.0.0.1:${balancer.port}` } });
  return { balancer, browser, visitor };
}

async function openNote({ browser, visitor }: Way, note: string): Promise<Page> {
  const page = await browser.open({ as: visitor });
  opened.push(page);
  await page.goto(new URL(`/notes/${note}`, cluster.url).href);
  await page.locator("[data-save]").waitFor({ state: "hidden" });
  await waitForStatus(page, "Saved");
  return page;
}

async function sharedNote(text: string): Promise<string> {
  const note = await ada.visitor.createNote(text);
  await ada.visitor.share(note, emailOf("Grace"), "write");
  return note;
}

async function waitForStatus(page: Page, text: string): Promise<void> {
  await page.locator("#editor-status", { hasText: text }).first().waitFor({ timeout: 20_000 });
}

/** Waits until both show the same, and that is what was typed. */
async function waitForText(pages: readonly Page[], text: string): Promise<void> {
  const shown = () => Promise.all(pages.map((page) => page.inputValue("#editor-text")));
  await waitFor(async () => (await shown()).every((value) => value === text), {
    deadlineMs: 20_000,
    what: `both to show ${JSON.stringify(text)}`,
  }).catch(async (error: Error) => {
    throw new Error(`${error.message}, received ${JSON.stringify(await shown())}`);
  });
}

async function typeAtEnd(page: Page, text: string): Promise<void> {
  await page.focus("#editor-text");
  await page.keyboard.press("Control+End");
  await page.keyboard.type(text, { delay: 5 });
}

async function typeAtStart(page: Page, text: string): Promise<void> {
  await page.focus("#editor-text");
  await page.keyboard.press("Control+Home");
  await page.keyboard.type(text, { delay: 5 });
}

/** Each sees the other's name and caret. */
async function seeEachOther(a: Page, b: Page): Promise<void> {
  await a.locator('#editor-people [aria-label="Grace, writing"]').waitFor();
  await b.locator('#editor-people [aria-label="Ada, writing"]').waitFor();
  await a.locator(".caret-label", { hasText: "Grace" }).first().waitFor();
  await b.locator(".caret-label", { hasText: "Ada" }).first().waitFor();
}

/** Whether a page says that something went wrong, in the words of a refusal. */
async function isAnythingRefused(pages: readonly Page[]): Promise<boolean> {
  const counts = await Promise.all(pages.map((page) => page.locator(".editor-notice").count()));
  return counts.some((count) => count > 0);
}

describe("two people on two nodes", () => {
  test("lose nothing when the node of one is killed while she types", async () => {
    const note = await sharedNote("middle");
    const [a, b] = [await openNote(ada, note), await openNote(grace, note)];
    await Promise.all([typeAtStart(a, "Ada "), typeAtEnd(b, " Grace")]);
    await waitForText([a, b], "Ada middle Grace");
    await seeEachOther(a, b);
    const [node] = cluster.nodes;
    await Promise.all([
      typeAtStart(a, "one two three four five six seven eight nine ten "),
      typeAtEnd(b, " and so on and on until it is evening"),
      node?.kill(),
    ]);
    await typeAtStart(a, "zero ");
    const whole =
      "zero one two three four five six seven eight nine ten Ada middle Grace" +
      " and so on and on until it is evening";
    await waitForText([a, b], whole);
    await Promise.all([waitForStatus(a, "Saved"), waitForStatus(b, "Saved")]);
    await Promise.all([typeAtStart(a, "_"), typeAtEnd(b, "_")]);
    await waitForText([a, b], `_${whole}_`);
    await seeEachOther(a, b);
    expect(await isAnythingRefused([a, b])).toBe(false);
    await node?.restart();
    await waitUntilWhole(cluster);
  }, 60_000);

  test("are told while nothing can be saved, and everything is saved after it", async () => {
    const note = await sharedNote("before");
    const [a, b] = [await openNote(ada, note), await openNote(grace, note)];
    await cluster.postgres.stop();
    await typeAtEnd(a, " meanwhile");
    await typeAtStart(b, "even ");
    for (const page of [a, b]) {
      const said = page.locator("#connection", { hasText: "Nothing can be saved at the moment." });
      await said.waitFor({ timeout: 20_000 });
      expect(await page.locator("#connection").textContent()).toContain("kept on this device");
    }
    await typeAtEnd(a, " and later");
    await cluster.postgres.restart();
    await waitForText([a, b], "even before meanwhile and later");
    for (const page of [a, b]) {
      await waitForStatus(page, "Saved");
      await waitFor(async () => (await page.locator("#connection").textContent()) === "");
    }
    expect(await isAnythingRefused([a, b])).toBe(false);
    const { text } = await ada.visitor.get(`/notes/${note}`);
    expect(text).toContain("even before meanwhile and later");
  }, 60_000);
});

test("no node has met a defect meanwhile", () => {
  expect(defectsOf(cluster)).toEqual([]);
});
