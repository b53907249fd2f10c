/** The tables of inboxes, as Kysely sees them, and what their rows mean. */

import type { Generated } from "kysely";
import {
  type Delivery,
  type DeliveryState,
  type InboxEntry,
  type InboxItem,
  type InboxPreferences,
  type NewDelivery,
  type NotificationKind,
  type NotificationReason,
  notificationKind,
  type PersonId,
} from "../../actors/mod.ts";
import type { TombstoneTable } from "../sql/tombstone.ts";

/** The database of the inbox service. */
export interface InboxSchema {
  inbox: { user_id: PersonId; unread: Generated<number>; preferences: string | null };
  entry: EntryRow & { user_id: PersonId; app: string };
  item: ItemRow & { user_id: PersonId; entry_id: string };
  mute: { user_id: PersonId; subject: string; title: string; at: number };
  delivery: DeliveryRow & { hidden_until: Generated<number> };
  push_device: {
    id: string;
    user_id: PersonId;
    session_id: string;
    name: string;
    endpoint: string;
    p256dh: string;
    auth: string;
    created_at: number;
    last_success_at: number | null;
    answer: string | null;
    failures: number;
  };
  parked_event: Omit<ParkedEventRow, "number" | "unsettled"> & {
    number: Generated<number>;
    unsettled: Generated<number>;
  };
  /** The ids of purged inboxes. */
  tombstone: TombstoneTable;
  /** Subjects that inboxes take no notifications about anymore. */
  ended_subject: { subject: string; at: number };
}

/** An event that could not be handled, as it is stored. */
export interface ParkedEventRow {
  number: number;
  group_name: string;
  event_id: string;
  subject_id: string;
  /** As JSON, or what stood in its place. */
  event: string;
  state: string;
  /** 1, or 0. */
  is_holding: number;
  failures: number;
  /** How often it was taken since it was last settled. */
  unsettled: number;
  error: string;
  since: number;
  due_at: number;
}

/** An entry as it is stored. */
export interface EntryRow {
  id: string;
  subject: string;
  title: string;
  path: string;
  kind: string;
  reason: string;
  by_id: PersonId | null;
  by_name: string | null;
  at: number;
  items: number;
  /** When it is read, how many there were if it was read together with all others. */
  unread_items: number;
  read_at: number | null;
  archived_at: number | null;
  snoozed_until: number | null;
  withdrawn_at: number | null;
}

/** One thing as it is stored. */
export interface ItemRow {
  event_id: string;
  kind: string;
  reason: string;
  by_id: PersonId | null;
  by_name: string | null;
  at: number;
}

/** A delivery as it is stored. */
export interface DeliveryRow {
  id: string;
  user_id: PersonId;
  entry_id: string;
  channel: string;
  pace: string;
  /** As JSON. */
  notification: string;
  due_at: number;
  state: Generated<string>;
  attempts: Generated<number>;
  answer: string | null;
  done_at: number | null;
}

/** The columns of an entry, in the order of `entryCells()`. */
export const ENTRY_COLUMNS = [
  "id",
  "subject",
  "title",
  "path",
  "kind",
  "reason",
  "by_id",
  "by_name",
  "at",
  "items",
  "unread_items",
  "read_at",
  "archived_at",
  "snoozed_until",
  "withdrawn_at",
] as const satisfies (keyof EntryRow)[];

/** An entry that is neither archived, snoozed nor withdrawn and that nobody has read, in SQL. */
export const IS_COUNTED =
  "read_at IS NULL AND archived_at IS NULL AND snoozed_until IS NULL AND withdrawn_at IS NULL";

/** What is stored of an entry: its columns, and the app behind them. */
export function entryCells(entry: InboxEntry): (string | number | null)[] {
  return [
    entry.id,
    entry.subject,
    entry.title,
    entry.path,
    entry.kind,
    entry.reason,
    entry.byId ?? null,
    entry.byName ?? null,
    entry.at,
    entry.items,
    entry.unreadItems,
    entry.readAt ?? null,
    entry.archivedAt ?? null,
    entry.snoozedUntil ?? null,
    entry.withdrawnAt ?? null,
    notificationKind(entry.kind).app,
  ];
}

/** What is stored of one thing in an entry: the entry, then the columns of `ItemRow`. */
export function itemCells(entryId: string, item: InboxItem): (string | number | null)[] {
  const { eventId, kind, reason, byId, byName, at } = item;
  return [entryId, eventId, kind, reason, byId ?? null, byName ?? null, at];
}

/** What is stored of a new delivery. */
export function deliveryCells(delivery: NewDelivery): (string | number | null)[] {
  const { id, entryId, channel, pace, notification, dueAt, isSkipped, answer } = delivery;
  const text = JSON.stringify(notification);
  const state: DeliveryState = isSkipped ? "skipped" : "waiting";
  const doneAt = isSkipped ? notification.at : null;
  return [id, entryId, channel, pace, text, dueAt, state, answer ?? null, doneAt];
}

/** The entry in a row. */
export function toEntry(row: EntryRow): InboxEntry {
  return {
    id: row.id,
    subject: row.subject,
    title: row.title,
    path: row.path,
    kind: row.kind as NotificationKind,
    reason: row.reason as NotificationReason,
    byId: row.by_id ?? undefined,
    byName: row.by_name ?? undefined,
    at: row.at,
    items: row.items,
    unreadItems: row.read_at === null ? row.unread_items : 0,
    readAt: row.read_at ?? undefined,
    archivedAt: row.archived_at ?? undefined,
    snoozedUntil: row.snoozed_until ?? undefined,
    withdrawnAt: row.withdrawn_at ?? undefined,
  };
}

/** The thing in a row. */
export function toItem(row: ItemRow): InboxItem {
  return {
    eventId: row.event_id,
    kind: row.kind as NotificationKind,
    reason: row.reason as NotificationReason,
    byId: row.by_id ?? undefined,
    byName: row.by_name ?? undefined,
    at: row.at,
  };
}

/** The delivery in a row. */
export function toDelivery(row: Selected<DeliveryRow>): Delivery {
  return {
    id: row.id,
    userId: row.user_id,
    entryId: row.entry_id,
    channel: row.channel as Delivery["channel"],
    pace: row.pace as Delivery["pace"],
    // What is undefined has no place in JSON.
    notification: { byId: undefined, byName: undefined, ...JSON.parse(row.notification) },
    dueAt: row.due_at,
    state: row.state as Delivery["state"],
    attempts: row.attempts,
    answer: row.answer ?? undefined,
    doneAt: row.done_at ?? undefined,
  };
}

type Selected<Row> = {
  [Column in keyof Row]: Row[Column] extends Generated<infer Value> ? Value : Row[Column];
};

/** The preferences in a column. */
export function toPreferences(text: string | null | undefined): InboxPreferences | undefined {
  return text == null ? undefined : { quietHours: undefined, ...JSON.parse(text) };
}
