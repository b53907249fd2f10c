/** What people are told in tests. */

import {
  DEFAULT_PREFERENCES,
  type InboxEntry,
  type InboxOperation,
  type InboxPreferences,
  type Notification,
} from "../../actors/mod.ts";
import { personId } from "./people.ts";

const GRACE = personId("grace");

/** Something that happened to a note, for one person. */
export function notification(given: Partial<Notification> = {}): Notification {
  return {
    ...{ eventId: "event-1", kind: "note.mentioned", reason: "mentioned" },
    ...{ subject: "document:harbor", title: "Harbor plan", path: "/notes/harbor" },
    ...{ byId: GRACE, byName: "Grace Okafor", at: 1_000 },
    ...given,
  };
}

/** The operation that tells it. */
export function notify(
  given: Partial<Notification> = {},
  options: { entryId?: string; isLooking?: boolean; at?: number } = {},
): Extract<InboxOperation, { type: "notify" }> {
  const told = notification(given);
  const { entryId = `entry of ${told.subject}`, isLooking = false, at = told.at } = options;
  return { type: "notify", notification: told, entryId, isLooking, at };
}

/** An entry with one unread thing in it. */
export function entry(given: Partial<InboxEntry> = {}): InboxEntry {
  const { eventId: _, ...head } = notification();
  return {
    ...{ id: "entry-1", ...head, items: 1, unreadItems: 1 },
    ...{ readAt: undefined, archivedAt: undefined },
    ...{ snoozedUntil: undefined, withdrawnAt: undefined },
    ...given,
  };
}

/** What somebody wants, where it differs from the defaults. */
export function preferences(given: Partial<InboxPreferences> = {}): InboxPreferences {
  return { ...DEFAULT_PREFERENCES, ...given };
}
