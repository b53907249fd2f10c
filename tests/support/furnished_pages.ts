/** Every page of a furnished suite, by name: who looks, where, and what is opened on it. */

import type { Page } from "playwright";
import { type FurnishedSuite, LONG_WORD } from "./furnished_suite.ts";
import type { Visitor } from "./visitor.ts";

/** One page, in one state. */
export interface FurnishedPage {
  name: string;
  path(suite: FurnishedSuite): string;
  /** Nobody when it is not given. */
  as?(suite: FurnishedSuite): Visitor;
  /** Brings it into the state. */
  prepare?(page: Page): Promise<void>;
}

const ada = (suite: FurnishedSuite) => suite.ada;
const nils = (suite: FurnishedSuite) => suite.nils;

/** All of them. */
export const furnishedPages: readonly FurnishedPage[] = [
  { name: "Today", as: ada, path: () => "/" },
  { name: "Today of somebody new", as: nils, path: () => "/" },
  { name: "the notes", as: ada, path: () => "/notes" },
  { name: "the notes of somebody new", as: nils, path: () => "/notes?scope=mine" },
  { name: "the notes with some selected", as: ada, path: () => "/notes", prepare: select },
  { name: "the notes with a menu open", as: ada, path: () => "/notes", prepare: openRowMenu },
  { name: "a search in vain", as: ada, path: () => "/notes?q=nothing+like+this" },
  { name: "the trash", as: ada, path: () => "/notes?scope=trash" },
  {
    name: "the question before a note is deleted for good",
    as: ada,
    path: () => "/notes?scope=trash",
    prepare: openQuestion,
  },
  { name: "shared notes", as: ada, path: () => "/notes?scope=shared" },
  { name: "the inbox", as: ada, path: () => "/inbox" },
  { name: "the inbox of somebody new", as: nils, path: () => "/inbox" },
  { name: "the inbox with some selected", as: ada, path: () => "/inbox", prepare: select },
  { name: "the inbox with a menu open", as: ada, path: () => "/inbox", prepare: openRowMenu },
  { name: "the inbox, unread", as: ada, path: () => "/inbox?view=unread" },
  { name: "the inbox, snoozed", as: ada, path: () => "/inbox?view=snoozed" },
  { name: "the inbox, archived", as: ada, path: () => "/inbox?view=archived" },
  { name: "the choice of a time", as: ada, path: () => "/inbox", prepare: openSnooze },
  {
    name: "the choice of a time as a page",
    as: ada,
    path: ({ entry }) => `/inbox/snooze?id=${entry}`,
  },
  { name: "a notification", as: ada, path: ({ entry }) => `/inbox/${entry}` },
  { name: "the choice of notifications", as: ada, path: () => "/settings/notifications" },
  { name: "a note", as: ada, path: ({ own }) => `/notes/${own}` },
  {
    name: "a note beside its preview",
    as: ada,
    path: ({ own }) => `/notes/${own}`,
    prepare: split,
  },
  { name: "a note to be read", as: ada, path: ({ borrowed }) => `/notes/${borrowed}` },
  { name: "a note in the trash", as: ada, path: ({ trashed }) => `/notes/${trashed}` },
  { name: "sharing", as: ada, path: ({ own }) => `/notes/${own}/share` },
  { name: "sharing with somebody", as: ada, path: ({ own }) => `/notes/${own}/share?person=a` },
  { name: "search", as: ada, path: () => "/search?q=note" },
  { name: "a search for a long word", as: ada, path: () => `/search?q=${LONG_WORD}` },
  { name: "a search for a long word in vain", as: ada, path: () => `/search?q=x${LONG_WORD}` },
  { name: "a long word not in a list", as: ada, path: () => `/notes?q=x${LONG_WORD}` },
  { name: "the palette", as: ada, path: () => "/", prepare: openPalette },
  { name: "the sheet of shortcuts", as: ada, path: () => "/", prepare: openSheet },
  { name: "the person's menu", as: ada, path: () => "/", prepare: openMenu },
  { name: "shortcuts", as: ada, path: () => "/shortcuts" },
  { name: "settings", as: ada, path: () => "/settings" },
  { name: "signing out", as: ada, path: () => "/signout" },
  { name: "admin", as: ada, path: () => "/admin" },
  { name: "ops", as: ada, path: () => "/ops" },
  { name: "an error", as: ada, path: () => "/nowhere" },
  { name: "signing in", path: () => "/signin" },
  { name: "signing in with a wrong password", path: () => "/signin", prepare: failToSignIn },
  { name: "signing up", path: ({ invitationPath }) => invitationPath },
  { name: "signing up without an invitation", path: () => "/signup" },
  { name: "shortcuts for a stranger", path: () => "/shortcuts" },
  { name: "an error for a stranger", path: () => "/nowhere" },
  { name: "a note for a guest", path: ({ guestPaths }) => guestPaths.read },
  { name: "a note for a guest who writes", path: ({ guestPaths }) => guestPaths.write },
];

/** Waits until what the page loads later is there: nothing may move or fail after that. */
async function settled(page: Page): Promise<void> {
  await page.waitForLoadState("load");
  if ((await page.locator("[data-island=document]").count()) === 0) return;
  await page.locator("#editor-status:not(:empty), .editor[data-view=read]").first().waitFor();
}

/** Goes to a page and brings it into its state. */
export async function openFurnished(
  page: Page,
  suite: FurnishedSuite,
  { path, prepare }: FurnishedPage,
): Promise<void> {
  await page.goto(new URL(path(suite), suite.suite.url).href);
  await settled(page);
  await prepare?.(page);
}

async function select(page: Page): Promise<void> {
  for (const key of ["j", "x"]) await page.keyboard.press(key);
  await page.locator(".selection-bar").waitFor();
}

async function openRowMenu(page: Page): Promise<void> {
  await page.locator("[data-row] summary").first().click();
  await page.locator("[data-row] .menu-panel").first().waitFor();
}

/** The page that asks where no script does. */
async function openQuestion(page: Page): Promise<void> {
  await openRowMenu(page);
  const button = page.locator("[data-row] [formaction$='/purge']").first();
  await button.evaluate((element) => element.removeAttribute("data-confirm"));
  await button.click();
  await page.locator("h1", { hasText: "for good?" }).waitFor();
}

async function openSnooze(page: Page): Promise<void> {
  for (const key of ["j", "s"]) await page.keyboard.press(key);
  await page.locator("#snooze .snooze").waitFor();
}

/** From writing to writing beside the preview. */
async function split(page: Page): Promise<void> {
  await page.focus("#editor-text");
  await page.keyboard.press("Control+Shift+P");
  await page.locator("#editor-preview").waitFor();
}

async function openPalette(page: Page): Promise<void> {
  await page.keyboard.press("Control+k");
  await page.locator("#palette [role=option]").first().waitFor();
}

async function openSheet(page: Page): Promise<void> {
  await page.keyboard.press("?");
  await page.locator("#sheet .sheet").waitFor();
}

async function openMenu(page: Page): Promise<void> {
  await page.click(".rail-menu > summary");
}

async function failToSignIn(page: Page): Promise<void> {
  await page.fill("[name=email]", "nobody@harbor.example");
  await page.fill("[name=password]", "not the password");
  await page.keyboard.press("Enter");
  await page.locator("[role=alert]").waitFor();
}
