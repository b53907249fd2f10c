/** What the Notification Center keeps, and what it needs of the outside. Times are milliseconds since 1970. */

import type { PersonId } from "../ids.ts";
import type { Page } from "../ports.ts";
import type { Channel, EmailPace, KindPreference, NotificationKind } from "./kinds.ts";

/** Why somebody was told. */
export type NotificationReason = "shared" | "mentioned" | "watching" | "administrator";

/** One thing that happened, as one person is told of it. */
export interface Notification {
  /** The id of the event it comes from: the same one is never told twice. */
  eventId: string;
  kind: NotificationKind;
  reason: NotificationReason;
  /** The address of what it is about, such as `document:01J…`: all about one thing is one entry. */
  subject: string;
  /** What it is about is called so; never longer than `limits.titleUnitsMax`. */
  title: string;
  /** Where it leads: a path of ours. */
  path: string;
  /** Who did it, and what they were called; undefined where nobody did. */
  byId: PersonId | undefined;
  byName: string | undefined;
  at: number;
}

/** All that one person was told about one thing; the head of it is a line of the inbox. */
export interface InboxEntry {
  /** Names the entry in paths and on the page; a ULID. */
  id: string;
  subject: string;
  title: string;
  path: string;
  /** The newest thing in it. */
  kind: NotificationKind;
  reason: NotificationReason;
  byId: PersonId | undefined;
  byName: string | undefined;
  /** When the newest thing happened. */
  at: number;
  /** How many things there are in it, and how many since it was read last. */
  items: number;
  unreadItems: number;
  /** Undefined while it is unread. */
  readAt: number | undefined;
  archivedAt: number | undefined;
  /** It is out of the way until then. */
  snoozedUntil: number | undefined;
  /** What it is about is gone, or is no business of this person anymore: it is not shown. */
  withdrawnAt: number | undefined;
}

/** One thing in an entry. */
export interface InboxItem {
  eventId: string;
  kind: NotificationKind;
  reason: NotificationReason;
  byId: PersonId | undefined;
  byName: string | undefined;
  at: number;
}

/** What somebody wants to be told, and when not. */
export interface InboxPreferences {
  /** What differs from the defaults, by kind. */
  kinds: Partial<Record<NotificationKind, KindPreference>>;
  /** When devices and mailboxes are left alone, in minutes since midnight of the person's zone. */
  quietHours: { fromMinutes: number; untilMinutes: number } | undefined;
  /** When the daily e-mail is sent, in minutes since midnight of the person's zone. */
  digestMinutes: number;
}

/** An inbox as the store knows it. What is in it stays in the store until it is needed. */
export interface StoredInbox {
  /** Entries that are unread, and neither archived, snoozed nor withdrawn. */
  unread: number;
  preferences: InboxPreferences | undefined;
}

/** What one turn of an inbox has to write. */
export type InboxChange =
  /** Made or replaced, with the thing that it is now about when there is a new one. */
  | { type: "entry"; entry: InboxEntry; item?: InboxItem | undefined }
  /** The same change to many at once; only those that match, so that it can be taken back. */
  | { type: "read_all"; at: number; filter: EntryFilter }
  | { type: "unread_all"; readAt: number }
  | { type: "mute"; subject: string; at: number }
  | { type: "unmute"; subject: string }
  /** Entries with everything that belongs to them. */
  | { type: "forget"; ids: readonly string[] }
  /** The entry about something with everything that belongs to it, and whether it was muted. */
  | { type: "erase"; subject: string }
  | { type: "preferences"; preferences: InboxPreferences }
  /** Somebody is to be told by a channel, not before a time. */
  | { type: "deliver"; delivery: NewDelivery }
  /** The number of unread entries from now on. */
  | { type: "unread"; unread: number }
  /** Nothing of it is left but a tombstone. */
  | { type: "purge"; at: number };

/** Which entries are meant. */
export interface EntryFilter {
  app?: string | undefined;
  /** Only those whose newest thing is not newer: what came since the page was made is not meant. */
  until?: number | undefined;
}

/** What an inbox may have to read before it can decide. */
export type InboxNeed =
  /** Whether something was told already, and what there is about its subject. */
  | { type: "subject"; subject: string; eventId: string | undefined }
  | { type: "entries"; ids: readonly string[] }
  /** How many unread entries match. */
  | { type: "count_unread"; filter: EntryFilter }
  | { type: "count_read_at"; readAt: number };

/** The answer. */
export type InboxAnswer =
  | {
      type: "subject";
      isKnown: boolean;
      isMuted: boolean;
      /** Whether it was deleted for good: nothing is told of it anymore. */
      isEnded: boolean;
      entry: InboxEntry | undefined;
    }
  | { type: "entries"; entries: InboxEntry[] }
  | { type: "count"; count: number };

// --------------------------------------------------------------------------------- deliveries

/** A message that has to leave by a channel. */
export interface NewDelivery {
  /** Unique; the same for a repeat of the operation. */
  id: string;
  channel: Exclude<Channel, "toast">;
  /** For e-mail: by itself, or with the others of the day. */
  pace: Exclude<EmailPace, "never">;
  entryId: string;
  notification: Notification;
  dueAt: number;
  /** Whether it is decided already that it does not leave. */
  isSkipped?: boolean | undefined;
  /** What is known of it before a try, in words for people. */
  answer?: string | undefined;
}

/** How a delivery stands. */
export type DeliveryState =
  | "waiting"
  | "sent"
  /** It was not needed: a page was open, or it was read, muted or withdrawn by then. */
  | "skipped"
  | "failed";

/** A delivery with what became of it. */
export interface Delivery extends Omit<NewDelivery, "isSkipped"> {
  userId: PersonId;
  state: DeliveryState;
  attempts: number;
  /** What the other side answered last, in words for people; undefined before a try. */
  answer: string | undefined;
  doneAt: number | undefined;
}

/** A browser that shows notifications when no page is open. */
export interface PushDevice {
  id: string;
  userId: PersonId;
  /** The session that added it; with its end the device is told nothing anymore. */
  sessionId: string;
  /** What the browser said it is, such as "Firefox on Linux". */
  name: string;
  endpoint: string;
  p256dh: string;
  auth: string;
  createdAt: number;
  lastSuccessAt: number | undefined;
  /** What its push service answered last, and how often in a row it did not work. */
  answer: string | undefined;
  failures: number;
}

/** The outgoing side of all inboxes: a queue that nodes take from together. */
export interface DeliveryQueue {
  /** Takes deliveries of one channel that are due, and hides them from others for so long. */
  take(
    now: number,
    options: { channel: Delivery["channel"]; limit: number; hiddenMs: number },
  ): Promise<Delivery[]>;
  /**
   * Writes down what became of one, or when it is tried again. Every call that says neither `skipped`
   * nor `isUntried` counts as an attempt; one that is done already stays as it is.
   */
  settle(
    id: string,
    result: {
      state: DeliveryState;
      answer: string;
      at: number;
      dueAt?: number | undefined;
      /** It was put off without a try. */
      isUntried?: boolean | undefined;
    },
  ): Promise<void>;
  /** The same for many, of which the same became; in one write. */
  settleAll(ids: readonly string[], result: Parameters<DeliveryQueue["settle"]>[1]): Promise<void>;
}

/** The devices of people. */
export interface PushDevices {
  list(userId: PersonId): Promise<PushDevice[]>;
  /** A second subscription of the same endpoint replaces the first, whoever had it. */
  add(device: PushDevice): Promise<void>;
  remove(userId: PersonId, id: string): Promise<boolean>;
  /** Removes those that sessions added. */
  removeOfSessions(sessionIds: readonly string[]): Promise<void>;
  record(
    id: string,
    result: { answer: string; succeededAt?: number | undefined; failures: number },
  ): Promise<void>;
}

/** Which part of an inbox a page shows. */
export type InboxView = "inbox" | "unread" | "snoozed" | "archived";

/** Some entries of one inbox. */
export interface InboxEntries {
  userId: PersonId;
  entryIds: string[];
}

/** Which part of a backlog is wanted; the limit counts entries. */
export interface BacklogOptions {
  limit: number;
  cursor?: string | undefined;
}

/** The read side of inboxes. */
export interface InboxQueries {
  /** Newest first; unread ones before all others in the view `inbox`. */
  list(
    userId: PersonId,
    options: {
      view: InboxView;
      app?: string | undefined;
      cursor?: string | undefined;
      limit: number;
    },
  ): Promise<Page<InboxEntry>>;
  entry(userId: PersonId, id: string): Promise<InboxEntry | undefined>;
  /** The newest things in an entry, newest first. */
  items(userId: PersonId, entryId: string, limit: number): Promise<InboxItem[]>;
  /** What left by channels for an entry, newest first. */
  deliveries(userId: PersonId, entryId: string, limit: number): Promise<Delivery[]>;
  mutes(userId: PersonId): Promise<{ subject: string; title: string; at: number }[]>;
  unread(userId: PersonId): Promise<number>;
  preferences(userId: PersonId): Promise<InboxPreferences | undefined>;
  /** Inboxes with entries whose sleep is over, each with those entries; the limit counts entries. */
  due(now: number, options: BacklogOptions): Promise<Page<InboxEntries>>;
  /** Who has an entry about something; with `titleNot`, only where it is called differently. */
  holders(subject: string, options?: { titleNot?: string | undefined }): Promise<PersonId[]>;
  /** What somebody has an entry of a kind about that was not withdrawn, of subjects that begin so. */
  subjects(kind: NotificationKind, options: { prefix: string }): Promise<string[]>;
  /** Inboxes take no notifications about it from now on. Answers the people who have an entry about it, or muted it. */
  endSubject(subject: string, at: number): Promise<PersonId[]>;
  /**
   * The oldest entries whose newest thing is older, by inbox; never snoozed ones. Their inboxes are
   * to forget them, because only an inbox knows its count.
   */
  outdated(before: number, options: BacklogOptions): Promise<Page<InboxEntries>>;
  /** Forgets the older things of entries and deliveries that are done; answers how many. */
  forget(before: number, limit: number): Promise<number>;
}

// -------------------------------------------------------------------------------- the outside

/** What a device shows. Short: push services take about 4 KB. */
export interface PushMessage {
  title: string;
  body: string;
  /** Where a tap leads: a path of ours. */
  path: string;
  /** Messages with the same tag replace each other. */
  tag: string;
  unread: number;
}

/** What came of trying to reach somebody. */
export type SendResult =
  | { state: "sent"; answer: string }
  /** The address does not exist anymore: forget it. */
  | { state: "gone"; answer: string }
  /** It will never work as it is, such as an address in a private network. */
  | { state: "refused"; answer: string }
  /** It did not work this time. */
  | { state: "failed"; answer: string; retryAfterMs: number | undefined };

/** Push services (RFC 8030, with VAPID). Never rejects. */
export interface PushSender {
  /** What browsers subscribe with: the public key of VAPID, base64url. */
  readonly publicKey: string;
  send(
    device: Pick<PushDevice, "endpoint" | "p256dh" | "auth">,
    message: PushMessage,
  ): Promise<SendResult>;
}

/** One e-mail. */
export interface Mail {
  /** The same for a repeat, so that whoever gets it twice sees it once. */
  id: string;
  to: { name: string; email: string };
  subject: string;
  text: string;
  html: string;
  /** One click there ends mails of this sort (RFC 8058). */
  unsubscribeUrl: string;
  /** Mails about one thing are one conversation. */
  threadId: string | undefined;
}

/** Outgoing e-mail. Never rejects. */
export interface Mailer {
  send(mail: Mail): Promise<SendResult>;
}
