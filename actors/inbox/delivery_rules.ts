/**
 * Whether a message leaves the suite when it is its turn, as the person stands then: much may have
 * happened since it was decided that they are to be told. And when it is tried again.
 */

import { backOffMs } from "../back_off.ts";
import { limits } from "../limits.ts";
import type { Account } from "../ports.ts";
import { notificationKind } from "./kinds.ts";
import type { Delivery, InboxEntry, InboxPreferences } from "./ports.ts";
import { DEFAULT_PREFERENCES, preferenceFor, WAITS_FOR_READER, whenAwake } from "./rules.ts";

/** One person, now. */
export interface PersonNow {
  /** Undefined when the account is gone. */
  account: Account | undefined;
  preferences: InboxPreferences | undefined;
  /** The subjects they do not want to hear of. */
  mutes: ReadonlySet<string>;
  /** Whether a page of theirs is open, on any node. */
  isOnline: boolean;
}

/** What becomes of a delivery; the answer goes into its record. */
export type Verdict =
  | { type: "send"; account: Account; entry: InboxEntry }
  | { type: "skip"; answer: string }
  | { type: "wait"; until: number; answer: string };

/** Decides about one delivery. */
export function judge(
  delivery: Delivery,
  given: { person: PersonNow; entry: InboxEntry | undefined; now: number },
): Verdict {
  const { person, entry, now } = given;
  const { account } = person;
  if (account === undefined) return skip("the account is gone");
  if (entry === undefined) return skip("it is not in the inbox anymore");
  const reason = reasonNotTo(delivery, { person, entry, account });
  if (reason !== undefined) return skip(reason);
  return reasonToWait(delivery, { person, account, now }) ?? { type: "send", account, entry };
}

function skip(reason: string): Verdict & { type: "skip" } {
  return { type: "skip", answer: `Not sent: ${reason}` };
}

function reasonNotTo(
  delivery: Delivery,
  given: { person: PersonNow; entry: InboxEntry; account: Account },
): string | undefined {
  const { person, entry, account } = given;
  const { channel, notification } = delivery;
  const { forAdministrators } = notificationKind(notification.kind);
  if (forAdministrators && account.role !== "administrator") return "it is for administrators";
  if (entry.withdrawnAt !== undefined) return "it was withdrawn";
  if (person.mutes.has(notification.subject)) return "it was muted";
  if (entry.archivedAt !== undefined) return "it was archived";
  if (entry.snoozedUntil !== undefined) return "it was snoozed";
  if (entry.readAt !== undefined) return "it was read";
  const { push, email } = preferenceFor(person.preferences, notification.kind);
  const isWanted = channel === "push" ? push : email !== "never";
  if (!isWanted) return "it is switched off in the settings";
  if (channel === "push" && person.isOnline) return "a page was open";
  return undefined;
}

function reasonToWait(
  delivery: Delivery,
  given: { person: PersonNow; account: Account; now: number },
): Verdict | undefined {
  const { person, account, now } = given;
  const { channel, pace, notification } = delivery;
  // The daily mail has its time of the day.
  if (channel === "email" && pace === "daily") return undefined;
  if (!notificationKind(notification.kind).isUrgent) {
    const { timeZone } = account;
    const until = whenAwake(person.preferences ?? DEFAULT_PREFERENCES, { at: now, timeZone });
    if (until > now) return { type: "wait", until, answer: "Waits: these are quiet hours" };
  }
  return person.isOnline ? judgeForReader(delivery, now) : undefined;
}

/** The same for somebody who has a page open, where that alone decides: nothing has to be read for it. */
export function judgeForReader(
  delivery: Pick<Delivery, "channel" | "pace" | "answer">,
  now: number,
): Exclude<Verdict, { type: "send" }> | undefined {
  const { channel, pace, answer } = delivery;
  if (channel === "push") return skip("a page was open");
  if (pace === "daily" || answer === WAITS_FOR_READER) return undefined;
  return { type: "wait", until: now + limits.emailDelayMs, answer: WAITS_FOR_READER };
}

/** When it is tried again after a failure; undefined when it was tried long enough. */
export function retryAt(
  { channel, attempts }: Pick<Delivery, "channel" | "attempts">,
  given: { now: number; random: number; retryAfterMs: number | undefined },
): number | undefined {
  const { now, random, retryAfterMs = 0 } = given;
  const [firstMs, maxMs, attemptsMax] =
    channel === "push"
      ? [limits.pushRetryMs, limits.pushRetryMsMax, limits.pushAttemptsMax]
      : [limits.mailRetryMs, limits.mailRetryMsMax, limits.mailAttemptsMax];
  if (attempts + 1 >= attemptsMax) return undefined;
  const pauseMs = backOffMs(attempts + 1, { firstMs, maxMs, random });
  return Math.round(now + Math.max(pauseMs, Math.min(retryAfterMs, limits.retryAfterMsMax)));
}
