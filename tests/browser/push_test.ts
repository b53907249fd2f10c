/** Notifications on a device, in a real browser: from a push service to what a person sees and taps. */

import { afterAll, beforeAll, expect, setDefaultTimeout, test } from "bun:test";
import type { CDPSession, Page } from "playwright";
import { openBrowser, type TestBrowser } from "../support/browser.ts";
import { PushEndpoint } from "../support/push_endpoint.ts";
import { startSuite, type TestSuite } from "../support/suite.ts";
import { signUp, type Visitor } from "../support/visitor.ts";
import { waitFor } from "../support/wait_for.ts";

// A busy machine takes its time.
setDefaultTimeout(60_000);

const PAGE = "/settings/notifications";

let suite: TestSuite;
let service: PushEndpoint;
let browser: TestBrowser;
let ada: Visitor;
let page: Page;
let session: CDPSession;
/** The id of the service worker's registration, as the browser's tools have it. */
let registrationId: string;

beforeAll(async () => {
  [suite, service, browser] = await Promise.all([
    startSuite({ pushToPrivateNetworks: true }),
    PushEndpoint.start(),
    openBrowser(),
  ]);
  ada = await signUp(suite.setupLink, "Ada");
  page = await browser.open({ as: ada });
  page.setDefaultTimeout(30_000);
  await page.context().grantPermissions(["notifications"], { origin: suite.url.origin });
  await subscribeTo(page, service);
  session = await page.context().newCDPSession(page);
  session.on("ServiceWorker.workerRegistrationUpdated", ({ registrations }) => {
    registrationId = registrations.at(-1)?.registrationId ?? registrationId;
  });
  await session.send("ServiceWorker.enable");
});

afterAll(async () => {
  await browser[Symbol.asyncDispose]();
  await service[Symbol.asyncDispose]();
  await suite.stop();
});

/** A browser in a test has no account with its maker's push service; it subscribes to ours. */
async function subscribeTo(page: Page, service: PushEndpoint): Promise<void> {
  const { endpoint, p256dh, auth } = service.subscription;
  await page.addInitScript(
    (given) => {
      const subscription = {
        endpoint: given.endpoint,
        toJSON: () => ({ endpoint: given.endpoint, keys: given.keys }),
        unsubscribe: async () => {
          sessionStorage.removeItem("subscribed");
          return true;
        },
      };
      Object.assign(PushManager.prototype, {
        async subscribe({ applicationServerKey }: { applicationServerKey: string }) {
          sessionStorage.setItem("subscribed", applicationServerKey);
          return subscription;
        },
        getSubscription: async () => (sessionStorage.getItem("subscribed") ? subscription : null),
      });
    },
    { endpoint, keys: { p256dh, auth } },
  );
}

/** Hands a push to the browser, as its push service would. */
async function deliver(data: string): Promise<void> {
  await waitFor(() => registrationId);
  await session.send("ServiceWorker.deliverPushMessage", {
    ...{ origin: suite.url.origin, registrationId, data },
  });
}

interface Shown {
  title: string;
  body: string;
  tag: string;
  path: string;
}

function shown(): Promise<Shown[]> {
  return page.evaluate(async () => {
    const registration = await navigator.serviceWorker.ready;
    const notifications = await registration.getNotifications();
    return notifications.map(({ title, body, tag, data }) => ({
      ...{ title, body, tag, path: data.path },
    }));
  });
}

test("a device is set up by one press, and its test arrives", async () => {
  await page.goto(new URL(PAGE, suite.url).href);
  const button = page.getByRole("button", { name: "Notify me on this device" });
  await button.click();
  await page.getByText("This device is notified.").waitFor();
  await page.getByText("This device", { exact: true }).waitFor();
  expect(await button.isVisible()).toBe(false);
  const key = await page.evaluate(() => sessionStorage.getItem("subscribed"));
  expect(key).toBe(suite.services.push.publicKey);
  await page.getByRole("button", { name: /^Test / }).click();
  await page.getByText("last answer: 201 Created").waitFor();
  // What the service decrypted is what the browser would hand on.
  const [push] = service.received;
  await deliver(JSON.stringify(push?.message));
  const [notification] = await waitFor(async () => {
    const list = await shown();
    return list.length > 0 && list;
  });
  expect(notification).toMatchObject({
    title: "Notifications work on this device",
    body: "You asked for this test.",
    path: PAGE,
  });
});

test("something newer about the same replaces what is shown, and nonsense is shown too", async () => {
  const message = {
    title: "Grace shared “Plans” with you",
    body: "",
    path: "/notes",
    tag: "entry:1",
  };
  await deliver(JSON.stringify({ ...message, unread: 1 }));
  await deliver(JSON.stringify({ ...message, body: "and 1 more", unread: 2 }));
  await deliver("{ this is no JSON");
  const list = await waitFor(async () => {
    const list = await shown();
    return list.length === 3 && list.some(({ body }) => body === "and 1 more") && list;
  });
  expect(list.filter(({ tag }) => tag === "entry:1")).toEqual([
    { title: message.title, body: "and 1 more", path: "/notes", tag: "entry:1" },
  ]);
  expect(list.map(({ title }) => title)).toContain("Something new in MVP Suite");
});

test("a tap leads an open page there and keeps its shell", async () => {
  await page.goto(new URL(PAGE, suite.url).href);
  await page.evaluate(() => Object.assign(window, { isSame: true }));
  const [worker] = page.context().serviceWorkers();
  await worker?.evaluate(async () => {
    const scope = self as unknown as {
      registration: ServiceWorkerRegistration;
      dispatchEvent(event: Event): boolean;
      NotificationEvent: new (type: string, init: { notification: Notification }) => Event;
    };
    const [notification] = await scope.registration.getNotifications({ tag: "entry:1" });
    if (!notification) throw new Error("expected a notification");
    scope.dispatchEvent(new scope.NotificationEvent("notificationclick", { notification }));
  });
  await page.waitForFunction(() => location.pathname === "/notes");
  expect(await page.evaluate(() => (window as never as { isSame?: boolean }).isSame)).toBe(true);
  await waitFor(async () => (await shown()).every(({ tag }) => tag !== "entry:1"));
});

test("a device that is removed is forgotten by the browser too", async () => {
  await page.goto(new URL(PAGE, suite.url).href);
  await page.getByRole("button", { name: /^Remove / }).click();
  await page.getByText("This device is not notified yet.").waitFor();
  expect(await page.evaluate(() => sessionStorage.getItem("subscribed"))).toBeNull();
  expect(browser.takeComplaints()).toEqual([]);
});

test("whoever blocked notifications is told how to allow them", async () => {
  const blocked = await browser.open({ as: ada });
  await blocked.addInitScript(() => {
    Object.defineProperty(Notification, "permission", { get: () => "denied" });
  });
  await blocked.goto(new URL(PAGE, suite.url).href);
  await blocked.getByText("Notifications are blocked for this site").waitFor();
  expect(await blocked.getByRole("button", { name: "Notify me" }).isVisible()).toBe(false);
});

test("without JavaScript the page says what is missing", async () => {
  const plain = await browser.open({ as: ada, javaScript: false });
  await plain.goto(new URL(PAGE, suite.url).href);
  await plain.getByText("switch JavaScript on").waitFor();
  expect(await plain.getByRole("button", { name: "Notify me" }).isVisible()).toBe(false);
});
