/** Tabs that stay open while the server goes back to an older copy of its data. */

import { afterAll, beforeAll, expect, setDefaultTimeout, test } from "bun:test";
import { cp, rm } from "node:fs/promises";
import type { Page } from "playwright";
import { openBrowser, type TestBrowser } from "../support/browser.ts";
import { connectLive } from "../support/live_client.ts";
import { type SpawnedSuite, spawnSuite } from "../support/suite.ts";
import { emailOf, inviteAndSignUp, signUp, type Visitor } from "../support/visitor.ts";
import { waitFor } from "../support/wait_for.ts";

// A busy machine takes its time.
setDefaultTimeout(120_000);

let suite: SpawnedSuite;
let browser: TestBrowser;
let ada: Visitor;
let grace: Visitor;

beforeAll(async () => {
  [suite, browser] = await Promise.all([spawnSuite(), openBrowser()]);
  ada = await signUp(suite.setupLink, "Ada");
  grace = await inviteAndSignUp(ada, "Grace");
});

afterAll(async () => {
  await browser[Symbol.asyncDispose]();
  await suite[Symbol.asyncDispose]();
});

async function openNote(note: string): Promise<Page> {
  const page = await browser.open({ as: ada });
  await page.goto(new URL(`/notes/${note}`, suite.url).href);
  await waitForState(page, "saved");
  return page;
}

async function waitForState(page: Page, state: string): Promise<void> {
  // A page may take 32 s to notice by itself that its line is dead.
  await page.locator(`#editor-status[data-state="${state}"]`).waitFor({ timeout: 40_000 });
}

/** Types at the start of the text; somewhere else would be another place after a merge. */
async function type(page: Page, text: string): Promise<void> {
  await page.focus("#editor-text");
  await page.evaluate(() => {
    document.querySelector<HTMLTextAreaElement>("#editor-text")?.setSelectionRange(0, 0);
  });
  await page.keyboard.type(text);
}

/** The text that the server has. */
async function textOf(note: string): Promise<string> {
  const client = await connectLive(suite.url, { cookie: grace.cookie });
  const { text } = await client.open(note);
  client.close();
  return text;
}

async function waitForText(page: Page, note: string, text: string): Promise<void> {
  await waitFor(async () => (await page.inputValue("#editor-text")) === text, {
    ...{ deadlineMs: 30_000, what: `a tab to show ${JSON.stringify(text)}` },
  }).catch(async (error) => {
    const shown = JSON.stringify(await page.inputValue("#editor-text"));
    throw new Error(`${error.message}, received ${shown}; server ${await textOf(note)}`);
  });
}

const count = (text: string, part: string) => text.split(part).length - 1;

test("show what it has, with what was typed and not saved, each once", async () => {
  const note = await ada.createNote("one\ntwo\n");
  await ada.share(note, emailOf("Grace"), "write");
  const idle = await openNote(note);
  const pending = await openNote(note);
  const away = await openNote(note);

  await suite.kill("SIGTERM");
  await cp(suite.dataDir, `${suite.dataDir}-copy`, { recursive: true });
  await suite.restart();
  await waitForState(idle, "saved");
  await type(idle, "lost\n");
  for (const page of [idle, pending, away]) await waitForText(page, note, "lost\none\ntwo\n");
  await waitForState(idle, "saved");

  await suite.kill("SIGTERM");
  for (const page of [away, pending]) await waitForState(page, "offline");
  await away.context().setOffline(true);
  await type(away, "typed far away\n");
  await type(pending, "typed meanwhile\n");
  await rm(suite.dataDir, { recursive: true });
  await cp(`${suite.dataDir}-copy`, suite.dataDir, { recursive: true });
  await suite.restart();

  // What was saved and is gone can still be copied; what was not is merged.
  const merged = "typed meanwhile\none\ntwo\n";
  for (const page of [idle, pending]) await waitForText(page, note, merged);
  expect(await textOf(note)).toBe(merged);
  await idle.locator(".editor-notice", { hasText: "went back to an earlier version" }).waitFor();
  const copied = await idle.locator("[data-copy]").first().getAttribute("data-copy");
  expect(copied).toBe("lost\none\ntwo\n");
  await idle.locator("button", { hasText: "Discard" }).click();
  await waitForState(idle, "saved");

  // The server has gone on past the version of the tab that was away, with other edits.
  const client = await connectLive(suite.url, { cookie: grace.cookie });
  const theirs = await client.open(note);
  for (const word of ["three\n", "four\n", "five\n"]) await theirs.type(word);
  client.close();
  await away.context().setOffline(false);
  await waitFor(async () => (await textOf(note)).includes("typed far away"), {
    ...{ deadlineMs: 30_000, what: "what was typed offline to be saved" },
  });
  const all = await textOf(note);
  for (const page of [idle, pending, away]) await waitForText(page, note, all);
  for (const part of ["typed far away", "typed meanwhile", "one\ntwo\n", "three\nfour\nfive\n"]) {
    expect([part, count(all, part)]).toEqual([part, 1]);
  }
  expect(all).not.toContain("lost");

  // Everybody goes on as if nothing had been.
  await type(away, "after it\n");
  for (const page of [idle, pending, away]) await waitForText(page, note, `after it\n${all}`);
  // That nobody answers is said while the server is away.
  for (const complaint of browser.takeComplaints()) expect(complaint).toContain("htmx:ws:error");
});
