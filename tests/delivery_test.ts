/** How notifications leave the suite: real stores, a real push service, a real SMTP server. */

import { afterEach, beforeEach, describe, expect, test } from "bun:test";
import webPush from "web-push";
import {
  type Account,
  ActorSystem,
  type Actors,
  Deliverer,
  type Delivery,
  type InboxPreferences,
  type InboxTypes,
  inboxBehavior,
  limits,
  type NotificationKind,
  systemClock,
  toPersonId,
} from "../actors/mod.ts";
import { SmtpMailer } from "../db/mail/smtp_mailer.ts";
import { WebPushSender } from "../db/push/web_push_sender.ts";
import { openEmbeddedStores, type Stores } from "../db/stores.ts";
import { type DeliveryServices, deliverGroup } from "../routes/inbox/deliver.ts";
import { FakeClock } from "./support/fake_clock.ts";
import { MemoryLog } from "./support/memory_log.ts";
import { person } from "./support/people.ts";
import { PushEndpoint } from "./support/push_endpoint.ts";
import { SmtpEndpoint } from "./support/smtp_endpoint.ts";
import { type TemporaryFolder, temporaryFolder } from "./support/temporary_folder.ts";
import { waitFor } from "./support/wait_for.ts";

const MINUTE_MS = 60_000;
const HOUR_MS = 60 * MINUTE_MS;
const publicUrl = new URL("https://suite.example");

let folder: TemporaryFolder;
let stores: Stores;
let inboxes: Actors<InboxTypes>;
let system: ActorSystem;
let clock: FakeClock;
let log: MemoryLog;
let service: PushEndpoint;
let smtp: SmtpEndpoint;
let mailer: SmtpMailer;
let services: DeliveryServices;
let deliverer: Deliverer;
let ada: Account;
/** Whose pages are open. */
const online = new Set<string>();

beforeEach(async () => {
  folder = temporaryFolder();
  clock = new FakeClock();
  log = new MemoryLog();
  online.clear();
  stores = await openEmbeddedStores(folder.path, { clock });
  // Operations carry the time of the story; the actors themselves need not wait for it.
  system = new ActorSystem({ clock: systemClock, log });
  inboxes = system.register(inboxBehavior, stores.inboxStore);
  [service, smtp] = await Promise.all([PushEndpoint.start(), SmtpEndpoint.start()]);
  // The breakers know no time but the real one; here they are to stay out of the way.
  mailer = new SmtpMailer({ smtpUrl: smtp.url, from: "suite@harbor.example", log, breakMs: 1 });
  const push = new WebPushSender({
    keys: webPush.generateVAPIDKeys(),
    subject: () => "mailto:suite@harbor.example",
    toPrivateNetworks: true,
    log,
    breakMs: 1,
  });
  const { deliveries: queue, pushDevices: devices, sessions, inboxQueries, accounts } = stores;
  services = {
    ...{ queue, devices, sessions, inboxQueries, accounts, push, mailer, clock },
    config: { publicUrl },
    isOnline: async (userId) => online.has(userId),
  };
  deliverer = openDeliverer();
  ada = await join("Ada Lovelace");
});

afterEach(async () => {
  await deliverer.stop();
  mailer.close();
  await system.drain();
  await Promise.all([service[Symbol.asyncDispose](), smtp[Symbol.asyncDispose]()]);
  await stores.close();
  folder[Symbol.dispose]();
});

function openDeliverer(): Deliverer {
  const deliver: ConstructorParameters<typeof Deliverer>[0]["deliver"] = (group) =>
    deliverGroup(group, services);
  return new Deliverer({ queue: services.queue, deliver, clock, log });
}

async function join(name: string, given: Partial<Account> = {}): Promise<Account> {
  const account = person(name, { timeZone: "UTC", ...given });
  await stores.accounts.create(account, "no hash");
  return account;
}

async function addDevice(account: Account, name: string, at = service.subscription) {
  const id = systemClock.mintId();
  const use = { createdAt: clock.now(), lastSuccessAt: undefined, answer: undefined, failures: 0 };
  const { session } = await stores.sessions.create(account.id, { device: name, address: "::1" });
  const by = { userId: account.id, sessionId: session.id };
  await stores.pushDevices.add({ ...at, ...use, ...by, id, name });
  return id;
}

/** Wants it by these ways only. */
async function prefer(
  account: Account,
  ways: { push?: boolean; email?: "now" | "daily" | "never" },
  given: Partial<InboxPreferences> = {},
): Promise<void> {
  const { push = false, email = "never" } = ways;
  const preference = { inbox: true, toast: false, push, email };
  const kinds = { "note.shared": preference, "note.changed": preference };
  const preferences = { quietHours: undefined, digestMinutes: 480, ...given };
  await inboxes.ask(account.id, { type: "prefer", preferences: { ...preferences, kinds } });
}

/** Tells somebody something; answers with the id of the entry. */
async function tell(
  account: Account,
  title: string,
  given: { subject?: string; kind?: NotificationKind } = {},
): Promise<string> {
  const { kind = "note.shared" } = given;
  const note = clock.mintId();
  const { subject = `document:${note}` } = given;
  const at = clock.now();
  const reply = await inboxes.ask(account.id, {
    type: "notify",
    notification: {
      ...{ kind, subject, title, at, reason: "shared", path: `/notes/${note}` },
      ...{ eventId: clock.mintId(), byId: toPersonId(clock.mintId()), byName: "Grace" },
    },
    entryId: clock.mintId(),
    isLooking: false,
    timeZone: account.timeZone,
    at,
  });
  return reply.entries[0]?.id ?? "";
}

async function recordOf(account: Account, entryId: string): Promise<Delivery[]> {
  return await stores.inboxQueries.deliveries(account.id, entryId, 20);
}

/** Lets the deliverer work until nothing of an entry waits for now. */
async function settled(account: Account, entryId: string): Promise<Delivery> {
  deliverer.start();
  return await waitFor(async () => {
    deliverer.poke();
    const [record] = await recordOf(account, entryId);
    const isTouched = record !== undefined && record.answer !== undefined;
    return isTouched && (record.state !== "waiting" || record.dueAt > clock.now()) && record;
  });
}

describe("a push", () => {
  beforeEach(() => prefer(ada, { push: true }));

  test("reaches every device, and the record says so", async () => {
    const id = await addDevice(ada, "Firefox on Linux");
    const entry = await tell(ada, "Tide tables");
    const record = await settled(ada, entry);
    expect(record).toMatchObject({
      state: "sent",
      attempts: 1,
      answer: "Sent to Firefox on Linux: 201 Created",
    });
    expect(service.received.map(({ message }) => message)).toMatchObject([
      { title: "Grace shared “Tide tables” with you", tag: `entry:${entry}`, unread: 1 },
    ]);
    const [device] = await stores.pushDevices.list(ada.id);
    expect(device).toMatchObject({ id, lastSuccessAt: clock.now(), answer: "201 Created" });
  });

  test("is not sent without a device", async () => {
    const record = await settled(ada, await tell(ada, "Tide tables"));
    expect(record).toMatchObject({ state: "skipped", answer: "Not sent: no device is set up" });
  });

  test("is not sent to somebody who has a page open", async () => {
    await addDevice(ada, "Firefox on Linux");
    online.add(ada.id);
    const record = await settled(ada, await tell(ada, "Tide tables"));
    expect(record).toMatchObject({ state: "skipped", answer: "Not sent: a page was open" });
    expect(service.requests).toBe(0);
  });

  test.each([
    ["it was read", (ids: string[]) => ({ type: "read", ids, at: 1 }) as const],
    ["it was archived", (ids: string[]) => ({ type: "archive", ids, at: 1 }) as const],
    ["it was snoozed", (ids: string[]) => ({ type: "snooze", ids, until: 2, at: 1 }) as const],
    ["it was muted", (ids: string[]) => ({ type: "mute", id: ids[0] ?? "", at: 1 }) as const],
    ["it was withdrawn", () => ({ type: "withdraw", subject: "document:1", at: 1 }) as const],
  ])("is not sent when %s meanwhile", async (reason, operation) => {
    await addDevice(ada, "Firefox on Linux");
    const entry = await tell(ada, "Tide tables", { subject: "document:1" });
    await inboxes.ask(ada.id, operation([entry]));
    const record = await settled(ada, entry);
    expect(record).toMatchObject({ state: "skipped", answer: `Not sent: ${reason}` });
    expect(service.requests).toBe(0);
  });

  test("is not sent when it was switched off meanwhile", async () => {
    await addDevice(ada, "Firefox on Linux");
    const entry = await tell(ada, "Tide tables");
    await prefer(ada, { push: false });
    expect((await settled(ada, entry)).answer).toBe("Not sent: it is switched off in the settings");
  });

  test("to a device that is gone removes it, and others are reached all the same", async () => {
    await using other = await PushEndpoint.start();
    service.answer = 410;
    await addDevice(ada, "Firefox on Linux");
    await addDevice(ada, "Chrome on Android", other.subscription);
    const record = await settled(ada, await tell(ada, "Tide tables"));
    expect(record.state).toBe("sent");
    expect(record.answer).toBe(
      "Firefox on Linux: 410 Gone, so it was removed; Sent to Chrome on Android: 201 Created",
    );
    const left = await stores.pushDevices.list(ada.id);
    expect(left.map(({ name }) => name)).toEqual(["Chrome on Android"]);
  });

  test("is tried again, later and later, and for an hour at most", async () => {
    await addDevice(ada, "Firefox on Linux");
    service.answer = 503;
    const entry = await tell(ada, "Tide tables");
    const began = clock.now();
    let record = await settled(ada, entry);
    const pauses: number[] = [];
    while (record.state === "waiting") {
      pauses.push(record.dueAt - clock.now());
      const tried = record.attempts;
      await clock.jump(record.dueAt - clock.now());
      record = await waitFor(async () => {
        deliverer.poke();
        const [now] = await recordOf(ada, entry);
        return now !== undefined && now.attempts > tried && now;
      });
    }
    expect(record).toMatchObject({ state: "failed", attempts: limits.pushAttemptsMax });
    expect(pauses[3]).toBeGreaterThan(pauses[0] ?? 0);
    expect(clock.now() - began).toBeWithin(30 * MINUTE_MS, 90 * MINUTE_MS);
    const [device] = await stores.pushDevices.list(ada.id);
    expect(device).toMatchObject({ failures: limits.pushAttemptsMax });
  });

  test("that its process did not live to see comes back, and replaces itself", async () => {
    await addDevice(ada, "Firefox on Linux");
    const entry = await tell(ada, "Tide tables");
    const taken = await stores.deliveries.take(clock.now(), {
      channel: "push",
      limit: 10,
      hiddenMs: limits.deliveryHiddenMs,
    });
    expect(taken).toHaveLength(1);
    // It was sent, and the process died before it could be written down.
    const { settle } = services.queue;
    services.queue.settle = () => Promise.reject(new Error("killed"));
    await deliverGroup({ userId: ada.id, channel: "push", deliveries: taken }, services).catch(
      () => {},
    );
    services.queue.settle = settle;
    deliverer.start();
    await clock.advance(limits.deliveryHiddenMs - 1);
    expect(service.received).toHaveLength(1);
    await clock.advance(1);
    expect(await settled(ada, entry)).toMatchObject({ state: "sent" });
    const [first, again] = service.received;
    expect(again?.message.tag).toBe(first?.message.tag ?? "");
    expect(again?.headers.topic).toBe(first?.headers.topic ?? "");
  });

  test("to a service that hangs keeps nobody else waiting", async () => {
    await using slow = await PushEndpoint.start();
    slow.answer = "hang";
    await addDevice(ada, "Firefox on Linux", slow.subscription);
    const grace = await join("Grace Hopper");
    await prefer(grace, { push: true });
    await addDevice(grace, "Chrome on Android");
    await tell(ada, "One");
    await tell(ada, "Two");
    const entry = await tell(grace, "Three");
    expect(await settled(grace, entry)).toMatchObject({ state: "sent" });
    expect(slow.requests).toBe(1);
  });
});

describe("an e-mail", () => {
  test("is sent at once, says where to go, and how to have no more", async () => {
    await prefer(ada, { email: "now" });
    const record = await settled(ada, await tell(ada, "Tide tables"));
    expect(record.state).toBe("sent");
    expect(record.answer).toStartWith("Sent to ada@harbor.example: 250");
    const [received] = smtp.received;
    expect(received?.mail.subject).toBe("Grace shared “Tide tables” with you");
    expect(received?.mail.text).toMatch(/https:\/\/suite\.example\/notes\/\w+/);
    expect(received?.mail.text).toMatch(/https:\/\/suite\.example\/unsubscribe\?token=\S+/);
    expect(received?.raw).not.toContain("<script");
  });

  test("waits a moment while a page is open, and is sent when it was not read there", async () => {
    await prefer(ada, { email: "now" });
    online.add(ada.id);
    const [read, unread] = [await tell(ada, "Read"), await tell(ada, "Left alone")];
    const record = await settled(ada, read);
    expect(record).toMatchObject({ state: "waiting", attempts: 0 });
    expect(record.dueAt - clock.now()).toBe(limits.emailDelayMs);
    await settled(ada, unread);
    await inboxes.ask(ada.id, { type: "read", ids: [read], at: clock.now() });
    await clock.jump(limits.emailDelayMs);
    expect(await settled(ada, unread)).toMatchObject({ state: "sent" });
    expect(await settled(ada, read)).toMatchObject({
      state: "skipped",
      answer: "Not sent: it was read",
    });
    expect(smtp.received).toHaveLength(1);
  });

  test("does not come in quiet hours that began since", async () => {
    await prefer(ada, { email: "now" });
    const entry = await tell(ada, "Tide tables");
    // It is nine o'clock.
    const quietHours = { fromMinutes: 8 * 60, untilMinutes: 11 * 60 };
    await prefer(ada, { email: "now" }, { quietHours });
    const record = await settled(ada, entry);
    expect(record).toMatchObject({ state: "waiting", dueAt: clock.now() + 2 * HOUR_MS });
    await clock.jump(2 * HOUR_MS);
    expect(await settled(ada, entry)).toMatchObject({ state: "sent" });
  });

  test("is lost by no server that is away for an hour", async () => {
    await prefer(ada, { email: "now" });
    await smtp.goAway();
    const entry = await tell(ada, "Tide tables");
    deliverer.start();
    const back = clock.now() + HOUR_MS;
    while (clock.now() < back) {
      const record = await settled(ada, entry);
      expect(record.state).toBe("waiting");
      await clock.jump(record.dueAt - clock.now());
      await waitFor(async () => {
        deliverer.poke();
        const [now] = await recordOf(ada, entry);
        return now !== undefined && now.attempts > record.attempts;
      });
    }
    await smtp.comeBack();
    const [record] = await recordOf(ada, entry);
    await clock.jump((record?.dueAt ?? 0) - clock.now());
    await waitFor(() => {
      deliverer.poke();
      return smtp.received.length > 0;
    });
    expect(await settled(ada, entry)).toMatchObject({ state: "sent" });
    expect(smtp.received).toHaveLength(1);
  });

  test("is not sent where no server is set up, nor to an account that is gone", async () => {
    await prefer(ada, { email: "now" });
    services.mailer = undefined;
    expect((await settled(ada, await tell(ada, "Tide tables"))).answer).toBe(
      "Not sent: no e-mail server is set up",
    );
    services.accounts = { ...services.accounts, find: async () => undefined } as never;
    expect((await settled(ada, await tell(ada, "Tide tables"))).answer).toBe(
      "Not sent: the account is gone",
    );
  });
});

describe("a daily e-mail", () => {
  test("has everything of the day, at the time of day where its reader is", async () => {
    const grace = await join("Grace Hopper", { timeZone: "Asia/Tokyo" });
    await prefer(ada, { email: "daily" });
    await prefer(grace, { email: "daily" });
    // It is nine o'clock in UTC, and six in the evening in Tokyo.
    const subject = "document:tides";
    const first = await tell(ada, "Tide tables", { subject, kind: "note.changed" });
    await tell(ada, "Tide tables", { subject, kind: "note.changed" });
    const second = await tell(ada, "Harbor dues");
    const other = await tell(grace, "Engine notes");
    deliverer.start();
    await clock.jump(14 * HOUR_MS);
    expect(await settled(grace, other)).toMatchObject({ state: "sent" });
    expect(smtp.received.map(({ to }) => to[0])).toEqual(["grace@harbor.example"]);
    expect((await recordOf(ada, first))[0]).toMatchObject({ state: "waiting", attempts: 0 });
    await clock.jump(9 * HOUR_MS);
    await settled(ada, second);
    expect(await settled(ada, first)).toMatchObject({ state: "sent" });
    expect(smtp.received).toHaveLength(2);
    const { mail } = smtp.received[1] ?? {};
    expect(mail?.subject).toBe("What happened: 2 things");
    expect(mail?.text).toContain("Grace changed “Tide tables”, and 1 more");
    expect(mail?.text).toContain("Grace shared “Harbor dues” with you");
    expect(mail?.text).not.toContain("Engine notes");
  });

  test("leaves out what was read by then, and is not sent without anything", async () => {
    await prefer(ada, { email: "daily" });
    const read = await tell(ada, "Read");
    const unread = await tell(ada, "Unread");
    await inboxes.ask(ada.id, { type: "read", ids: [read], at: clock.now() });
    await clock.jump(23 * HOUR_MS);
    expect(await settled(ada, unread)).toMatchObject({ state: "sent" });
    expect(await settled(ada, read)).toMatchObject({ state: "skipped" });
    expect(smtp.received).toHaveLength(1);
    expect(smtp.received[0]?.mail.text).not.toContain("“Read”");
    const later = await tell(ada, "Later");
    await inboxes.ask(ada.id, { type: "read", ids: [later], at: clock.now() });
    await clock.jump(24 * HOUR_MS);
    expect(await settled(ada, later)).toMatchObject({ state: "skipped" });
    expect(smtp.received).toHaveLength(1);
  });

  test("shows so many lines and says how many there are more", async () => {
    await prefer(ada, { email: "daily" });
    let entry = "";
    for (let i = 0; i < limits.digestItemsMax + 3; i++) entry = await tell(ada, `Note ${i}`);
    await clock.jump(23 * HOUR_MS);
    expect(await settled(ada, entry)).toMatchObject({ state: "sent" });
    expect(smtp.received).toHaveLength(1);
    expect(smtp.received[0]?.mail.text).toContain("and 3 more in your inbox");
  });
});

test("stop() gives back what waits", async () => {
  await using slow = await PushEndpoint.start();
  slow.answer = "hang";
  for (let i = 0; i < limits.deliveriesInHandMax + 2; i++) {
    const account = await join(`Sailor${i} Smith`);
    await prefer(account, { push: true });
    await addDevice(account, "Firefox on Linux", {
      ...slow.subscription,
      endpoint: `${slow.subscription.endpoint}/${i}`,
    });
    await tell(account, "Tide tables");
  }
  deliverer.start();
  await waitFor(() => slow.requests === limits.deliveriesInHandMax);
  const stopped = deliverer.stop();
  const left = await waitFor(async () => {
    const taken = await stores.deliveries.take(clock.now(), {
      channel: "push",
      limit: 100,
      hiddenMs: 1,
    });
    return taken.length > 0 && taken;
  });
  expect(left).toHaveLength(2);
  expect(left[0]).toMatchObject({ attempts: 0, state: "waiting" });
  await clock.advance(limits.leaveGraceMs);
  await stopped;
});
