/** What one person is sent by one channel: each push and e-mail by itself, and the daily ones together. */

import {
  type AccountStore,
  type Clock,
  type Delivery,
  type DeliveryGroup,
  type DeliveryQueue,
  type InboxEntry,
  type InboxQueries,
  judge,
  judgeForReader,
  limits,
  type Mailer,
  type PersonId,
  type PersonNow,
  type PushDevices,
  type PushMessage,
  type PushSender,
  pushToDevice,
  retryAt,
  type SendResult,
  type SessionStore,
  type Verdict,
} from "../../actors/mod.ts";
import {
  type DigestLine,
  digestMail,
  type MailContent,
  notificationMail,
} from "../../views/inbox/mail.tsx";
import { notificationText } from "../../views/inbox/words.tsx";
import { type MailSort, mintUnsubscribeToken } from "./unsubscribe_token.ts";

/** What it takes to deliver. */
export interface DeliveryServices {
  queue: DeliveryQueue;
  inboxQueries: InboxQueries;
  accounts: AccountStore;
  devices: PushDevices;
  sessions: SessionStore;
  push: PushSender;
  /** Undefined where no e-mail is sent. */
  mailer: Mailer | undefined;
  /** Whether a page of a person is open, on any node. */
  isOnline(userId: string): Promise<boolean>;
  config: { publicUrl: URL };
  clock: Clock;
}

/** What is to be sent. */
interface Sendable {
  delivery: Delivery;
  entry: InboxEntry;
}

type PutAside = Exclude<Verdict, { type: "send" }>;

type Recipient = Extract<Verdict, { type: "send" }>["account"];

/**
 * Sends what still has to be sent, and writes down what became of each. One that meets a defect counts as
 * tried and keeps none of the others. Rejects with the first defect, and when a store does.
 */
export async function deliverGroup(
  group: DeliveryGroup,
  services: DeliveryServices,
): Promise<void> {
  const person = await personOf(group.userId, services);
  const daily: Sendable[] = [];
  let recipient: Recipient | undefined;
  const defects: unknown[] = [];
  const guard = async (deliveries: readonly Delivery[], deliver: () => Promise<void>) => {
    try {
      await deliver();
    } catch (error) {
      defects.push(error);
      const answer = "Not sent: the server met a defect";
      await settle(deliveries, { state: "failed", answer, retryAfterMs: undefined }, services);
    }
  };
  for (const delivery of group.deliveries) {
    await guard([delivery], async () => {
      const left = await deliverOne(delivery, person, services);
      if (left === undefined) return;
      recipient = left.account;
      daily.push(left.sendable);
    });
  }
  const account: Recipient | undefined = recipient;
  if (account !== undefined) {
    const deliveries = daily.map(({ delivery }) => delivery);
    await guard(deliveries, () => mailDaily(daily, account, services));
  }
  if (defects.length > 0) throw defects[0];
}

/** Sends one by itself, or answers what goes into the mail of the day. */
async function deliverOne(
  delivery: Delivery,
  person: PersonNow,
  services: DeliveryServices,
): Promise<{ sendable: Sendable; account: Recipient } | undefined> {
  const entry = await services.inboxQueries.entry(delivery.userId, delivery.entryId);
  const verdict = judge(delivery, { person, entry, now: services.clock.now() });
  if (verdict.type !== "send") {
    await putAside(delivery, verdict, services);
    return undefined;
  }
  const { account } = verdict;
  const sendable = { delivery, entry: verdict.entry };
  if (delivery.channel === "email" && delivery.pace === "daily") return { sendable, account };
  if (delivery.channel === "push") await pushOne(sendable, services);
  else await mailOne(sendable, account, services);
  return undefined;
}

/**
 * Leaves to those who have a page open what they see there anyway, in one write for each answer; answers
 * with what is left to do. Most that happens, happens while people look.
 */
export async function leaveToReaders(
  deliveries: readonly Delivery[],
  given: { queue: DeliveryQueue; clock: Clock; isReader(userId: string): boolean },
): Promise<Delivery[]> {
  const { queue, clock, isReader } = given;
  const now = clock.now();
  const left: Delivery[] = [];
  const aside = new Map<string, { verdict: PutAside; ids: string[] }>();
  for (const delivery of deliveries) {
    const verdict = isReader(delivery.userId) ? judgeForReader(delivery, now) : undefined;
    const same = verdict && aside.get(verdict.answer);
    if (verdict === undefined) left.push(delivery);
    else if (same) same.ids.push(delivery.id);
    else aside.set(verdict.answer, { verdict, ids: [delivery.id] });
  }
  for (const { verdict, ids } of aside.values()) {
    await queue.settleAll(ids, resultOf(verdict, now));
  }
  return left;
}

async function personOf(userId: PersonId, services: DeliveryServices): Promise<PersonNow> {
  const { accounts, inboxQueries, isOnline } = services;
  const [account, preferences, mutes, online] = await Promise.all([
    accounts.find(userId),
    inboxQueries.preferences(userId),
    inboxQueries.mutes(userId),
    // Rather once too often than not at all.
    isOnline(userId).catch(() => false),
  ]);
  const subjects = new Set(mutes.map(({ subject }) => subject));
  return { account, preferences, mutes: subjects, isOnline: online };
}

async function putAside(
  delivery: Delivery,
  verdict: PutAside,
  { queue, clock }: DeliveryServices,
): Promise<void> {
  await queue.settle(delivery.id, resultOf(verdict, clock.now()));
}

function resultOf(verdict: PutAside, at: number): Parameters<DeliveryQueue["settle"]>[1] {
  const { answer } = verdict;
  return verdict.type === "skip"
    ? { state: "skipped", answer, at }
    : { state: "waiting", answer, at, dueAt: verdict.until, isUntried: true };
}

// -------------------------------------------------------------------------------------- push

async function pushOne({ delivery, entry }: Sendable, services: DeliveryServices): Promise<void> {
  const { devices, inboxQueries } = services;
  const list = await devices.list(delivery.userId);
  if (list.length === 0) {
    await putAside(delivery, { type: "skip", answer: "Not sent: no device is set up" }, services);
    return;
  }
  const message = messageOf(entry, await inboxQueries.unread(delivery.userId));
  const results = await Promise.all(
    list.map(async (device) => ({
      name: device.name,
      result: await pushToDevice(device, message, services),
    })),
  );
  await settle([delivery], combined(results), services);
}

function messageOf(entry: InboxEntry, unread: number): PushMessage {
  const { id, path, unreadItems } = entry;
  const body = unreadItems > 1 ? `and ${unreadItems - 1} more` : "";
  return { title: notificationText(entry), body, path, tag: `entry:${id}`, unread };
}

/** Whoever was reached by one of their devices was reached. */
function combined(results: readonly { name: string; result: SendResult }[]): SendResult {
  const answers = results.map(({ name, result: { state, answer } }) => {
    if (state === "sent") return `Sent to ${name}: ${answer}`;
    return `${name}: ${answer}${state === "gone" ? ", so it was removed" : ""}`;
  });
  const answer = answers.join("; ");
  const states = results.map(({ result }) => result);
  if (states.some(({ state }) => state === "sent")) return { state: "sent", answer };
  const failed = states.filter((result) => result.state === "failed");
  if (failed.length === 0) return { state: "refused", answer };
  const retryAfterMs = Math.min(...failed.map((result) => result.retryAfterMs ?? 0));
  return { state: "failed", answer, retryAfterMs };
}

// -------------------------------------------------------------------------------------- mail

async function mailOne(
  { delivery, entry }: Sendable,
  account: Recipient,
  services: DeliveryServices,
): Promise<void> {
  const { notification } = delivery;
  const links = await linksOf(account.id, notification.kind, services);
  // What it is called now, and where it leads now.
  const told = { ...notification, title: entry.title, path: entry.path };
  const content = notificationMail(told, { links, reader: account });
  const about = { id: delivery.id, threadId: entry.id, unsubscribe: links.unsubscribe };
  await settle([delivery], await mail(content, account, about, services), services);
}

async function mailDaily(
  daily: readonly Sendable[],
  account: Recipient,
  services: DeliveryServices,
): Promise<void> {
  const links = await linksOf(account.id, "daily", services);
  const lines = linesOf(daily);
  const shown = lines.slice(0, limits.digestItemsMax);
  const more = lines.length - shown.length;
  const content = digestMail(shown, { links, reader: account, more });
  const deliveries = daily.map(({ delivery }) => delivery);
  const id = deliveries
    .map((delivery) => delivery.id)
    .sort()
    .join(" ");
  const about = { id, threadId: undefined, unsubscribe: links.unsubscribe };
  await settle(deliveries, await mail(content, account, about, services), services);
}

/** One line for each thing, the newest first. */
function linesOf(daily: readonly Sendable[]): DigestLine[] {
  const lines = new Map<string, DigestLine>();
  for (const { delivery, entry } of daily) {
    const { kind, byName, at } = delivery.notification;
    const known = lines.get(entry.id);
    const told =
      known && known.told.at > at ? known.told : { kind, byName, at, title: entry.title };
    lines.set(entry.id, { told, path: entry.path, items: (known?.items ?? 0) + 1 });
  }
  return [...lines.values()].sort((one, other) => other.told.at - one.told.at);
}

async function linksOf(userId: PersonId, sort: MailSort, services: DeliveryServices) {
  const { accounts, config } = services;
  const token = await mintUnsubscribeToken(accounts, { userId, sort });
  const unsubscribe = new URL(`/unsubscribe?token=${token}`, config.publicUrl).href;
  return { origin: config.publicUrl.origin, unsubscribe };
}

async function mail(
  content: MailContent,
  account: Recipient,
  about: { id: string; threadId: string | undefined; unsubscribe: string },
  { mailer }: DeliveryServices,
): Promise<SendResult | undefined> {
  const { id, threadId, unsubscribe: unsubscribeUrl } = about;
  const { name, email } = account;
  const result = await mailer?.send({
    ...content,
    ...{ id, threadId, unsubscribeUrl },
    to: { name, email },
  });
  return result?.state === "sent"
    ? { state: "sent", answer: `Sent to ${email}: ${result.answer}` }
    : result;
}

// ------------------------------------------------------------------------------------ results

/** Writes down what became of deliveries that were tried together; they are tried again together. */
async function settle(
  deliveries: readonly Delivery[],
  result: SendResult | undefined,
  services: DeliveryServices,
): Promise<void> {
  const { queue, clock } = services;
  const at = clock.now();
  const [random, attempts] = [clock.random(), Math.min(...deliveries.map((one) => one.attempts))];
  for (const delivery of deliveries) {
    if (result === undefined) {
      const answer = "Not sent: no e-mail server is set up";
      await putAside(delivery, { type: "skip", answer }, services);
      continue;
    }
    const answer = result.answer.slice(0, limits.deliveryAnswerUnitsMax);
    if (result.state === "sent") {
      await queue.settle(delivery.id, { state: "sent", answer, at });
      continue;
    }
    const { channel } = delivery;
    const dueAt =
      result.state === "failed"
        ? retryAt({ channel, attempts }, { now: at, random, retryAfterMs: result.retryAfterMs })
        : undefined;
    const state = dueAt === undefined ? "failed" : "waiting";
    await queue.settle(delivery.id, { state, answer, at, dueAt });
  }
}
