/** Something new for one person: whether they are told, where it goes, and by which ways it leaves. */

import { limits } from "../limits.ts";
import { type KindPreference, notificationKind } from "./kinds.ts";
import type {
  InboxAnswer,
  InboxChange,
  InboxEntry,
  InboxItem,
  NewDelivery,
  Notification,
} from "./ports.ts";
import {
  DEFAULT_PREFERENCES,
  isCounted,
  nextDigest,
  PAGE_WAS_OPEN,
  preferenceFor,
  WAITS_FOR_READER,
  whenAwake,
} from "./rules.ts";
import type { InboxOperationOf, InboxOutcome, InboxState } from "./types.ts";

/** Tells the person something, unless they know it or do not want to. */
export function notify(
  state: InboxState,
  operation: InboxOperationOf<"notify">,
  answer: InboxAnswer | undefined,
): InboxOutcome {
  const { notification, isLooking } = operation;
  const preference = preferenceFor(state.preferences, notification.kind);
  if (!preference.inbox) return nothingNew(state);
  if (answer?.type !== "subject") {
    const { subject, eventId } = notification;
    return { type: "needs", need: { type: "subject", subject, eventId } };
  }
  if (answer.isKnown || answer.isMuted || answer.isEnded) return nothingNew(state);
  const before = answer.entry;
  const entry = entryWith(before, operation);
  state.unread += Number(isCounted(entry)) - Number(isCounted(before));
  const changes: InboxChange[] = [{ type: "entry", entry, item: itemOf(notification) }];
  // Whoever sees it happen is told by what they see; what they put off is told when they want it.
  const isTold = !isLooking && entry.snoozedUntil === undefined;
  if (isTold) changes.push(...deliveries(state, { entry, operation, preference }));
  changes.push({ type: "unread", unread: state.unread });
  return {
    type: "done",
    reply: { unread: state.unread, entries: [entry] },
    changes,
    events: [
      {
        type: "notified",
        unread: state.unread,
        entry,
        notification,
        toast: isTold && preference.toast,
      },
    ],
  };
}

function nothingNew(state: InboxState): InboxOutcome {
  return { type: "done", reply: { unread: state.unread, entries: [] } };
}

/** The entry with one thing more in it. Events may come late: an older one is counted and no more. */
function entryWith(
  before: InboxEntry | undefined,
  { notification, entryId, isLooking, at }: InboxOperationOf<"notify">,
): InboxEntry {
  const { eventId: _, ...head } = notification;
  const fresh: InboxEntry = {
    id: entryId,
    ...head,
    items: 0,
    unreadItems: 0,
    readAt: at,
    archivedAt: undefined,
    snoozedUntil: undefined,
    withdrawnAt: undefined,
  };
  const entry = before ?? fresh;
  const newest = notification.at >= entry.at ? head : {};
  const counted = { ...entry, ...newest, items: entry.items + 1, withdrawnAt: undefined };
  if (isLooking) return counted;
  // Something new makes it unread, and brings it back from the archive.
  return {
    ...counted,
    unreadItems: entry.unreadItems + 1,
    readAt: undefined,
    archivedAt: undefined,
  };
}

function itemOf({ eventId, kind, reason, byId, byName, at }: Notification): InboxItem {
  return { eventId, kind, reason, byId, byName, at };
}

function deliveries(
  state: InboxState,
  given: {
    entry: InboxEntry;
    operation: InboxOperationOf<"notify">;
    preference: KindPreference;
  },
): InboxChange[] {
  const { entry, operation, preference } = given;
  const { notification, at, isOnline = false, timeZone = "UTC" } = operation;
  const preferences = state.preferences ?? DEFAULT_PREFERENCES;
  const { isUrgent } = notificationKind(notification.kind);
  const awakeAt = isUrgent ? at : whenAwake(preferences, { at, timeZone });
  const base = { entryId: entry.id, notification };
  const id = (channel: string) => `${state.id}:${channel}:${notification.eventId}`;
  const wanted: NewDelivery[] = [];
  if (preference.push) {
    const push = { ...base, id: id("push"), channel: "push", pace: "now", dueAt: awakeAt } as const;
    // A page says it; that is decided here, so that nobody has to take it from the queue for that.
    wanted.push(isOnline ? { ...push, isSkipped: true, answer: PAGE_WAS_OPEN } : push);
  }
  if (preference.email === "now") {
    const email = { ...base, id: id("email"), channel: "email", pace: "now" } as const;
    const readBy = Math.max(awakeAt, at + limits.emailDelayMs);
    wanted.push(
      isOnline
        ? { ...email, dueAt: readBy, answer: WAITS_FOR_READER }
        : { ...email, dueAt: awakeAt },
    );
  } else if (preference.email === "daily") {
    const dueAt = nextDigest(preferences, { at, timeZone });
    wanted.push({ ...base, id: id("email"), channel: "email", pace: "daily", dueAt });
  }
  return wanted.map((delivery) => ({ type: "deliver", delivery }));
}
