/** Devices and the end of e-mail, over HTTP as browsers and mail programs do it. */

import { afterAll, afterEach, beforeAll, describe, expect, test } from "bun:test";
import { limits, type PersonId, toPersonId } from "../../actors/mod.ts";
import { mintUnsubscribeToken } from "../../routes/inbox/unsubscribe_token.ts";
import { PushEndpoint } from "../support/push_endpoint.ts";
import { startSuite, type TestSuite } from "../support/suite.ts";
import { inviteAndSignUp, signUp, type Visitor } from "../support/visitor.ts";

const PAGE = "/settings/notifications";
const FIREFOX = "Mozilla/5.0 (X11; Linux x86_64; rv:140.0) Gecko/20100101 Firefox/140.0";

let suite: TestSuite;
let service: PushEndpoint;
let ada: Visitor;
let adaId: PersonId;

beforeAll(async () => {
  [suite, service] = await Promise.all([
    startSuite({ pushToPrivateNetworks: true }),
    PushEndpoint.start(),
  ]);
  ada = await signUp(suite.setupLink, "Ada");
  adaId = toPersonId((await suite.services.accounts.list())[0]?.id ?? "");
});

afterEach(() => {
  service.answer = 201;
});

afterAll(async () => {
  await service[Symbol.asyncDispose]();
  await suite.stop();
});

const devices = () => suite.services.pushDevices.list(adaId);

async function addDevice(path = ""): Promise<string> {
  const { endpoint, ...keys } = service.subscription;
  const fields = { ...keys, endpoint: endpoint + path };
  const { status } = await ada.post("/settings/devices", fields, { "User-Agent": FIREFOX });
  expect(status).toBe(303);
  const made = (await devices()).find((device) => device.endpoint === fields.endpoint);
  return made?.id ?? "";
}

/** As the service worker does it, which has no page. */
async function fetchAs(visitor: Visitor, path: string, init: RequestInit = {}): Promise<Response> {
  return await fetch(new URL(path, suite.url), {
    ...init,
    redirect: "manual",
    headers: { Origin: suite.url.origin, Cookie: visitor.cookie, ...init.headers },
  });
}

describe("a device", () => {
  test("is added, tested and removed", async () => {
    const id = await addDevice();
    expect((await ada.get(PAGE)).text).toContain("Firefox on Linux");
    await ada.post(`/settings/devices/${id}/test`);
    expect(service.received.at(-1)?.message).toMatchObject({
      title: "Notifications work on this device",
      path: PAGE,
    });
    expect((await ada.get(PAGE)).text).toContain("last answer: 201 Created");
    await ada.post(`/settings/devices/${id}/remove`);
    expect(await devices()).toEqual([]);
  });

  test("that is gone is removed by its test, and one that fails says what was answered", async () => {
    service.answer = 403;
    const id = await addDevice();
    await ada.post(`/settings/devices/${id}/test`);
    const { text } = await ada.get(PAGE);
    expect(text).toContain("last answer: 403 Forbidden");
    expect(text).toContain("Not reached");
    service.answer = 410;
    await ada.post(`/settings/devices/${id}/test`);
    expect(await devices()).toEqual([]);
  });

  test("is nobody else's business", async () => {
    const id = await addDevice();
    const grace = await inviteAndSignUp(ada, "Grace");
    const before = service.requests;
    await grace.post(`/settings/devices/${id}/test`);
    await grace.post(`/settings/devices/${id}/remove`);
    expect(service.requests).toBe(before);
    expect(await devices()).toHaveLength(1);
    expect((await grace.get(PAGE)).text).not.toContain(service.subscription.endpoint);
  });

  test("that gets another subscription tells so without a page", async () => {
    const { endpoint, p256dh, auth } = service.subscription;
    await addDevice();
    const headers = { Accept: "application/json" };
    const answer = await fetchAs(ada, "/settings/devices", { headers });
    const { publicKey, csrfToken } = await answer.json();
    expect(publicKey).toBe(suite.services.push.publicKey);
    const body = JSON.stringify({
      endpoint: `${endpoint}/renewed`,
      keys: { p256dh, auth },
      replaces: endpoint,
    });
    const post = { method: "POST", body };
    const type = { "Content-Type": "application/json" };
    const refused = await fetchAs(ada, "/settings/devices", { ...post, headers: type });
    expect(refused.status).not.toBe(201);
    const added = await fetchAs(ada, "/settings/devices", {
      ...post,
      headers: { ...type, "X-Csrf-Token": csrfToken },
    });
    expect(added.status).toBe(201);
    expect((await devices()).map((device) => device.endpoint)).toEqual([`${endpoint}/renewed`]);
  });

  test.each([
    ["endpoint", "javascript:alert(1)"],
    ["endpoint", `https://push.example/${"x".repeat(2_000)}`],
    ["p256dh", "AAAA"],
    ["p256dh", "no key at all"],
    ["auth", ""],
  ])("with a bad %s is refused", async (field, value) => {
    const before = await devices();
    const fields = { ...service.subscription, [field]: value };
    const { status } = await ada.post("/settings/devices", fields);
    expect(status).toBe(422);
    expect(await devices()).toEqual(before);
  });

  test("takes the place of the one that was reached longest ago, when there are too many", async () => {
    for (const { id } of await devices()) await suite.services.pushDevices.remove(adaId, id);
    await suite.services.throttles.address.clear(`device:${adaId}`);
    for (let i = 0; i <= limits.pushDevicesMax; i++) await addDevice(`/${i}`);
    const endpoints = (await devices()).map(({ endpoint }) => endpoint);
    expect(endpoints).toHaveLength(limits.pushDevicesMax);
    expect(endpoints).not.toContain(`${service.subscription.endpoint}/0`);
  });
});

describe("the link that ends e-mail", () => {
  const linkFor = async (sort: "note.shared" | "daily") => {
    const token = await mintUnsubscribeToken(suite.services.accounts, { userId: adaId, sort });
    return `/unsubscribe?token=${token}`;
  };
  const emailOf = async (kind: "note.shared" | "note.changed") =>
    (await suite.services.inboxQueries.preferences(adaId))?.kinds[kind]?.email;
  /** A mail program has no cookies and is on no page of ours. */
  const oneClick = (path: string) =>
    fetch(new URL(path, suite.url), {
      method: "POST",
      headers: { "Content-Type": "application/x-www-form-urlencoded" },
      body: "List-Unsubscribe=One-Click",
    });

  test("only asks when it is opened", async () => {
    const response = await fetch(new URL(await linkFor("note.shared"), suite.url));
    expect(response.status).toBe(200);
    const text = await response.text();
    expect(text).toContain("Stop these e-mails");
    expect(text).not.toContain("ada@harbor.example");
    expect(await emailOf("note.shared")).toBeUndefined();
  });

  test("ends e-mail of one kind in one click, and leaves the rest", async () => {
    const response = await oneClick(await linkFor("note.shared"));
    expect(response.status).toBe(200);
    expect(await emailOf("note.shared")).toBe("never");
    expect(await emailOf("note.changed")).toBeUndefined();
  });

  test("ends what comes once a day", async () => {
    await oneClick(await linkFor("daily"));
    expect(await emailOf("note.changed")).toBe("never");
  });

  test("that was changed or cut off does nothing", async () => {
    const good = await linkFor("daily");
    for (const path of [
      "/unsubscribe",
      "/unsubscribe?token=",
      good.slice(0, -1),
      good.replace("daily", "note.mentioned"),
      good.replace(adaId, suite.services.clock.mintId()),
      `${good}~more`,
    ]) {
      expect((await oneClick(path)).status).toBe(404);
    }
  });

  test("is the only place that takes a form from anywhere", async () => {
    for (const path of ["/unsubscribe/", "/settings/devices", "/signout", "/Unsubscribe"]) {
      expect((await oneClick(path)).status).toBeGreaterThanOrEqual(400);
    }
  });
});
