import { afterEach, beforeEach, describe, expect, test } from "bun:test";
import webPush from "web-push";
import { limits, type PushMessage } from "../../actors/mod.ts";
import { certificate } from "../../tests/support/certificate.ts";
import { MemoryLog } from "../../tests/support/memory_log.ts";
import { PushEndpoint } from "../../tests/support/push_endpoint.ts";
import { waitFor } from "../../tests/support/wait_for.ts";
import { openVapidKeys, payloadOf, WebPushSender } from "./web_push_sender.ts";

const message: PushMessage = {
  title: "Grace shared “Tide tables 🌊”",
  body: "You can write in it",
  path: "/notes/01JD",
  tag: "entry:01JD",
  unread: 3,
};
const keys = webPush.generateVAPIDKeys();
const subject = () => "mailto:suite@harbor.example";

let endpoint: PushEndpoint;
let log: MemoryLog;
let sender: WebPushSender;

beforeEach(async () => {
  endpoint = await PushEndpoint.start();
  log = new MemoryLog();
  sender = new WebPushSender({ keys, subject, log, toPrivateNetworks: true, timeoutMs: 5_000 });
});

afterEach(async () => {
  await endpoint[Symbol.asyncDispose]();
});

const send = () => sender.send(endpoint.subscription, message);

describe("a push", () => {
  test("is encrypted for the device and signed for the service", async () => {
    expect(await send()).toEqual({ state: "sent", answer: "201 Created" });
    expect(endpoint.problems).toEqual([]);
    const [push] = endpoint.received;
    expect(push?.message).toEqual(message);
    expect(push?.claims.aud).toBe(`http://127.0.0.1:${endpoint.port}`);
    expect(push?.claims.sub).toBe("mailto:suite@harbor.example");
    expect(push?.headers.ttl).toBe(String(limits.pushLifetimeSeconds));
  });

  test("is replaced by a newer one of the same tag while the device is away", async () => {
    await send();
    await send();
    await sender.send(endpoint.subscription, { ...message, tag: "entry:other" });
    const topics = endpoint.received.map(({ headers }) => headers.topic);
    expect(topics[0]).toMatch(/^[\w-]{32}$/);
    expect(topics[1]).toBe(topics[0]);
    expect(topics[2]).not.toBe(topics[0]);
  });

  test("is cut until it fits, between signs", async () => {
    const body = "🌊".repeat(5_000);
    expect(await sender.send(endpoint.subscription, { ...message, body })).toMatchObject({
      state: "sent",
    });
    const [push] = endpoint.received;
    expect(push?.size).toBeWithin(1_000, 4_097);
    expect(push?.message.body).toMatch(/^(?:🌊)+…$/u);
    expect(push?.message.title).toBe(message.title);
    const long = { ...message, title: '"'.repeat(9_000), body };
    expect(Buffer.byteLength(payloadOf(long))).toBeLessThanOrEqual(limits.pushPayloadBytesMax);
  });

  test("goes over TLS to the address that was checked, under the name that was asked for", async () => {
    await using secure = await PushEndpoint.start({ secure: true });
    const asked: string[] = [];
    const resolve = async (host: string) => {
      asked.push(host);
      return ["127.0.0.1"];
    };
    const options = { keys, subject, log, toPrivateNetworks: true, resolve };
    const trusting = new WebPushSender({ ...options, ca: certificate });
    const at = (host: string) => ({
      ...secure.subscription,
      endpoint: `https://${host}:${secure.port}/x?y=1`,
    });
    expect(await trusting.send(at("push.example"), message)).toMatchObject({ state: "sent" });
    expect(secure.received[0]?.headers.host).toBe(`push.example:${secure.port}`);
    const doubt = { state: "failed", answer: "its certificate is not valid" };
    expect(await trusting.send(at("other.example"), message)).toMatchObject(doubt);
    const strict = new WebPushSender(options);
    expect(await strict.send(at("push.example"), message)).toMatchObject(doubt);
    expect(asked).toEqual(["push.example", "other.example", "push.example"]);
    expect(secure.received).toHaveLength(1);
  });
});

describe("an answer", () => {
  test.each([404, 410])("of %p says that the device is gone", async (status) => {
    endpoint.answer = status;
    expect(await send()).toMatchObject({ state: "gone" });
  });

  test.each([400, 401, 403, 413])("of %p is no use to try again", async (status) => {
    endpoint.answer = status;
    expect(await send()).toMatchObject({ state: "refused" });
  });

  test.each([
    ["17", 17_000],
    ["999999999", limits.retryAfterMsMax],
    ["-5", 0],
    ["soon", undefined],
    [new Date(0).toUTCString(), 0],
  ])("of 429 with Retry-After %p makes us wait, within bounds", async (header, retryAfterMs) => {
    endpoint.answer = 429;
    endpoint.answerHeaders = { "Retry-After": header };
    const answer = "429 Too Many Requests";
    expect(await send()).toEqual({ state: "failed", answer, retryAfterMs });
  });

  test("that leads somewhere else is not followed", async () => {
    await using other = await PushEndpoint.start();
    endpoint.answer = 307;
    endpoint.answerHeaders = { Location: other.subscription.endpoint };
    expect(await send()).toMatchObject({ state: "refused" });
    expect(other.requests).toBe(0);
  });

  test("that never ends is cut off", async () => {
    endpoint.answer = "endless";
    expect(await send()).toMatchObject({ state: "sent" });
    await waitFor(() => endpoint.connections === 0);
  });

  test("that is no HTTP, or does not come, is a failure in time", async () => {
    endpoint.answer = "garbage";
    expect(await send()).toMatchObject({ state: "failed" });
    endpoint.answer = "hang";
    const hasty = new WebPushSender({ keys, subject, log, toPrivateNetworks: true, timeoutMs: 60 });
    expect(await hasty.send(endpoint.subscription, message)).toMatchObject({
      state: "failed",
      answer: "no answer within 1 s",
    });
    await waitFor(() => endpoint.connections === 0);
  });
});

describe("an endpoint", () => {
  const strict = (resolve?: () => Promise<string[]>) =>
    new WebPushSender({
      ...{ keys, subject, log, toPrivateNetworks: false, timeoutMs: 5_000 },
      ...(resolve ? { resolve } : {}),
    });
  const at = (address: string) => ({ ...endpoint.subscription, endpoint: address });

  test.each([
    "http://push.example/x",
    "ftp://push.example/x",
    "file:///etc/passwd",
    "https://ada:secret@push.example/x",
    "https://push.example/x#y",
    "https://push.example/x#",
    `https://push.example/${"x".repeat(2_000)}`,
    "not an address",
    "",
  ])("%p is refused without asking anybody", async (address) => {
    const sender = strict(() => Promise.reject(new Error("nobody asks")));
    expect(await sender.send(at(address), message)).toMatchObject({ state: "refused" });
  });

  test.each([
    "https://127.0.0.1/x",
    "https://127.1/x",
    "https://2130706433/x",
    "https://0x7f000001/x",
    "https://[::1]/x",
    "https://[::ffff:127.0.0.1]/x",
    "https://[64:ff9b::7f00:1]/x",
    "https://169.254.169.254/latest/meta-data",
    "https://localhost/x",
  ])("%p leads into the private network and is refused", async (address) => {
    expect(await strict().send(at(address), message)).toEqual({
      state: "refused",
      answer: "the address is not on the public internet",
    });
  });

  test("with one private address among its addresses is refused", async () => {
    const sender = strict(async () => ["1.1.1.1", "10.0.0.7"]);
    expect(await sender.send(at("https://push.example/x"), message)).toMatchObject({
      state: "refused",
    });
  });

  test("is looked up once, so that it cannot mean something else a moment later", async () => {
    const answers = [["192.0.2.55"], ["127.0.0.1"]];
    const sender = strict(async () => answers.shift() ?? []);
    const address = `https://push.example:${endpoint.port}/x`;
    expect(await sender.send(at(address), message)).toMatchObject({ state: "refused" });
    expect(answers).toHaveLength(1);
    expect(endpoint.requests).toBe(0);
  });

  test("with keys that are none is refused", async () => {
    const device = { ...endpoint.subscription, p256dh: "AAAA" };
    expect(await sender.send(device, message)).toEqual({
      state: "refused",
      answer: "the keys of the device are malformed",
    });
    const point = Buffer.alloc(65, 7).toString("base64url");
    expect(await sender.send({ ...device, p256dh: point }, message)).toMatchObject({
      state: "refused",
    });
  });

  test("nobody knows the name of is a failure", async () => {
    const nowhere = strict(() => Promise.reject(new Error("ENOTFOUND")));
    expect(await nowhere.send(at("https://push.example/x"), message)).toMatchObject({
      state: "failed",
      answer: "no address is known for push.example",
    });
  });
});

describe("a breaker", () => {
  const breakMs = 150;
  const open = () => new WebPushSender({ keys, subject, log, toPrivateNetworks: true, breakMs });

  test("opens for a service that does not work, and closes when it works again", async () => {
    sender = open();
    endpoint.answer = 503;
    for (let i = 0; i < limits.pushFailuresMax; i++) await send();
    expect(await send()).toMatchObject({ state: "failed", retryAfterMs: breakMs });
    expect(endpoint.requests).toBe(limits.pushFailuresMax);
    expect(log.find("a push service does not work")).toHaveLength(1);
    endpoint.answer = 201;
    await waitFor(async () => (await send()).state === "sent");
    expect(log.find("a push service works again")).toHaveLength(1);
    expect(await send()).toMatchObject({ state: "sent" });
  });

  test("is of one service, and does not open for devices that are gone", async () => {
    sender = open();
    await using other = await PushEndpoint.start();
    endpoint.answer = 503;
    for (let i = 0; i <= limits.pushFailuresMax; i++) await send();
    expect(await sender.send(other.subscription, message)).toMatchObject({ state: "sent" });
    other.answer = 410;
    for (let i = 0; i <= limits.pushFailuresMax; i++) {
      expect(await sender.send(other.subscription, message)).toMatchObject({ state: "gone" });
    }
  });
});

test("openVapidKeys() makes keys once", async () => {
  let kept: string | undefined;
  const accounts = {
    async initSetting(_name: string, value: string) {
      kept ??= value;
      return kept;
    },
  };
  const first = await openVapidKeys(accounts);
  expect(await openVapidKeys(accounts)).toEqual(first);
  expect(Buffer.from(first.publicKey, "base64url")).toHaveLength(65);
});
