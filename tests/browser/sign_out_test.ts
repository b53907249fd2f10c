/** What a browser keeps when one signs out, in a real one: nothing is sent to it, and it can be cleared. */

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
import { toPersonId } from "../../actors/mod.ts";
import { openBrowser, type TestBrowser } from "../support/browser.ts";
import { PushEndpoint } from "../support/push_endpoint.ts";
import { startSuite, type TestSuite } from "../support/suite.ts";
import { emailOf, inviteAndSignUp, PASSWORD, signUp, type Visitor } from "../support/visitor.ts";
import { waitFor } from "../support/wait_for.ts";

// A busy machine takes its time.
setDefaultTimeout(60_000);

let suite: TestSuite;
let service: PushEndpoint;
let browser: TestBrowser;
let ada: Visitor;
const opened: Page[] = [];

beforeAll(async () => {
  [suite, service, browser] = await Promise.all([
    startSuite({ pushToPrivateNetworks: true }),
    PushEndpoint.start(),
    openBrowser(),
  ]);
  ada = await signUp(suite.setupLink, "Ada");
  await inviteAndSignUp(ada, "Grace");
});

afterEach(async () => {
  for (const page of opened.splice(0)) await page.context().close();
});

afterAll(async () => {
  await browser[Symbol.asyncDispose]();
  await service[Symbol.asyncDispose]();
  await suite.stop();
});

/** A window in which nobody is signed in, with a push service of ours behind it. */
async function openWindow(): Promise<Page> {
  const page = await browser.open();
  opened.push(page);
  page.setDefaultTimeout(30_000);
  await page.context().grantPermissions(["notifications"], { origin: suite.url.origin });
  const { endpoint, p256dh, auth } = service.subscription;
  await page.addInitScript(
    (given) => {
      // As in a browser, a subscription ends with its worker and with what the site keeps.
      let count = Number(localStorage.getItem("subscribed"));
      const subscription = (number: number) => ({
        endpoint: `${given.endpoint}/${number}`,
        toJSON: () => ({ endpoint: `${given.endpoint}/${number}`, keys: given.keys }),
        unsubscribe: async () => {
          localStorage.removeItem("subscribed");
          return true;
        },
      });
      Object.assign(PushManager.prototype, {
        async subscribe() {
          count += 1;
          localStorage.setItem("subscribed", String(count));
          return subscription(count);
        },
        async getSubscription() {
          const number = localStorage.getItem("subscribed");
          return number === null ? null : subscription(Number(number));
        },
      });
    },
    { endpoint, keys: { p256dh, auth } },
  );
  return page;
}

async function signIn(page: Page, name: string): Promise<void> {
  await page.goto(new URL("/signin", suite.url).href);
  await page.fill("[name=email]", emailOf(name));
  await page.fill("[name=password]", PASSWORD);
  await page.click("button:has-text('Sign in')");
  await page.waitForURL((url) => url.pathname === "/");
}

async function signOut(page: Page): Promise<void> {
  await page.click("summary:has-text('settings and sign out')");
  await page.click("button:has-text('Sign out')");
  await page.waitForURL((url) => url.pathname === "/signin");
}

async function turnPushOn(page: Page): Promise<void> {
  await page.goto(new URL("/settings/notifications", suite.url).href);
  await page.getByRole("button", { name: "Notify me on this device" }).click();
  await page.getByText("This device is notified.").waitFor();
}

async function devicesOf(name: string) {
  const found = await suite.services.accounts.findByEmail(emailOf(name));
  return await suite.services.pushDevices.list(toPersonId(found?.account.id ?? ""));
}

const subscribed = (page: Page) => page.evaluate(() => localStorage.getItem("subscribed"));

describe("a device", () => {
  test("ends with signing out, and is one again after signing in, without a question", async () => {
    const page = await openWindow();
    await signIn(page, "Ada");
    expect(await devicesOf("Ada")).toEqual([]);
    await turnPushOn(page);
    const [before] = await devicesOf("Ada");
    expect(before).toBeDefined();
    await signOut(page);
    await waitFor(async () => (await subscribed(page)) === null);
    expect(await devicesOf("Ada")).toEqual([]);

    // Somebody else in the same browser is asked nothing and gets nothing.
    await signIn(page, "Grace");
    await page.waitForLoadState("networkidle");
    expect([await subscribed(page), await devicesOf("Grace")]).toEqual([null, []]);
    await signOut(page);

    await signIn(page, "Ada");
    const [after] = await waitFor(async () => {
      const devices = await devicesOf("Ada");
      return devices.length > 0 && devices;
    });
    expect(after?.sessionId).not.toBe(before?.sessionId);
    await page.goto(new URL("/settings/notifications", suite.url).href);
    await page.getByText("This device is notified.").waitFor();
  });

  test("that its person turned off stays off after signing in", async () => {
    const page = await openWindow();
    await signIn(page, "Ada");
    await turnPushOn(page);
    await page.locator("[data-endpoint]", { hasText: "This device" }).getByText("Remove").click();
    await page.getByText("This device is not notified yet.").waitFor();
    await waitFor(async () => (await subscribed(page)) === null);
    await signOut(page);
    await signIn(page, "Ada");
    await page.waitForLoadState("networkidle");
    expect(await subscribed(page)).toBeNull();
  });

  test("whose session was ended elsewhere is none anymore on the page to sign in", async () => {
    const page = await openWindow();
    await signIn(page, "Ada");
    await turnPushOn(page);
    const [device] = await devicesOf("Ada");
    await suite.services.sessions.revoke(toPersonId(device?.userId ?? ""), device?.sessionId ?? "");
    expect(await devicesOf("Ada")).toEqual([]);
    await page.goto(new URL("/notes", suite.url).href);
    expect(new URL(page.url()).pathname).toBe("/signin");
    await waitFor(async () => (await subscribed(page)) === null);
  });
});

/** What is left of what a browser may keep. */
async function keptIn(page: Page) {
  return await page.evaluate(async () => ({
    databases: (await indexedDB.databases()).map(({ name }) => name),
    remembered: Object.keys(localStorage),
    workers: (await navigator.serviceWorker.getRegistrations()).length,
  }));
}

/** Types while nothing gets through to the server, and leaves. */
async function leaveUnsaved(page: Page, note: string, text: string): Promise<void> {
  await page.goto(new URL(`/notes/${note}`, suite.url).href);
  await page.locator('#editor-status[data-state="saved"]').waitFor();
  await page.evaluate(() => {
    WebSocket.prototype.send = () => {};
  });
  await page.focus("#editor-text");
  await page.keyboard.type(text);
  // The first letter is on its way alone; the others wait behind it.
  await waitFor(async () => (await pendingIn(page)).includes(text.slice(1)));
}

/** All that waits to be saved, as text. */
function pendingIn(page: Page): Promise<string> {
  return page.evaluate(async () => {
    const request = indexedDB.open("suite", 1);
    await new Promise((resolve) => request.addEventListener("success", resolve));
    const all = request.result.transaction("pending").objectStore("pending").getAll();
    await new Promise((resolve) => all.addEventListener("success", resolve));
    request.result.close();
    return JSON.stringify(all.result);
  });
}

describe("clearing the browser", () => {
  test("is offered when one signs out, and leaves nothing", async () => {
    const page = await openWindow();
    await signIn(page, "Ada");
    await turnPushOn(page);
    expect(await keptIn(page)).toMatchObject({ workers: 1 });
    await page.click("summary:has-text('settings and sign out')");
    await page.click("a:has-text('Sign out and clear…')");
    await page.getByText("There is no unsaved text in this browser.").waitFor();
    await page.getByRole("button", { name: "Sign out and clear this browser" }).click();
    await page.waitForURL((url) => url.pathname === "/signin");
    await page.waitForLoadState("networkidle");
    expect(await keptIn(page)).toEqual({ databases: [], remembered: [], workers: 0 });
    expect(await devicesOf("Ada")).toEqual([]);
    await signIn(page, "Ada");
    await page.waitForLoadState("networkidle");
    expect(await devicesOf("Ada")).toEqual([]);
  });

  test("says so where text is not saved, and who only signs out keeps it", async () => {
    const page = await openWindow();
    await signIn(page, "Ada");
    const note = await ada.createNote("begin");
    await leaveUnsaved(page, note, "not saved ");
    await page.goto(new URL("/signout", suite.url).href);
    await page.getByText("Text that you typed in this browser is not saved yet.").waitFor();
    const link = page.getByRole("link", { name: "Open note 1 to save it" });
    expect(await link.getAttribute("href")).toBe(`/notes/${note}`);
    await page.getByRole("button", { name: "Sign out", exact: true }).click();
    await page.waitForURL((url) => url.pathname === "/signin");
    expect(await pendingIn(page)).toContain("ot saved");

    await signIn(page, "Grace");
    await page.goto(new URL("/signout", suite.url).href);
    await page.getByText("Text that somebody else typed in this browser").waitFor();
    await page.getByRole("button", { name: "Sign out and clear this browser" }).click();
    await page.waitForURL((url) => url.pathname === "/signin");
    expect((await keptIn(page)).databases).toEqual([]);
  });

  test("works without a script, where the page warns in any case", async () => {
    const page = await browser.open({ as: await inviteAndSignUp(ada, "Inga"), javaScript: false });
    opened.push(page);
    await page.goto(new URL("/settings", suite.url).href);
    await page.getByText("What this browser keeps").waitFor();
    await page.click(".account-section a:has-text('Sign out and clear this browser')");
    await page.getByText("If something you typed here could not be saved yet").waitFor();
    const answer = page.waitForResponse((response) => response.request().method() === "POST");
    await page.getByRole("button", { name: "Sign out and clear this browser" }).click();
    expect((await (await answer).allHeaders())["clear-site-data"]).toBe('"storage"');
    await page.waitForURL((url) => url.pathname === "/signin");
  });
});
