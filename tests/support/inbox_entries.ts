/** What an inbox shows in tests. */

import { type InboxEntry, systemClock } from "../../actors/mod.ts";
import { MONDAY_MORNING, personId } from "./people.ts";

const GRACE = personId("grace");

/** An unread entry about a note that Grace shared; what is not given is plain. */
export function entryOf(title: string, given: Partial<InboxEntry> = {}): InboxEntry {
  const id = given.id ?? systemClock.mintId();
  return {
    id,
    subject: `document:${id}`,
    title,
    path: `/notes/${id}`,
    kind: "note.shared",
    reason: "shared",
    byId: GRACE,
    byName: "Grace Hopper",
    at: MONDAY_MORNING - 300_000,
    items: 1,
    unreadItems: given.readAt === undefined ? 1 : 0,
    readAt: undefined,
    archivedAt: undefined,
    snoozedUntil: undefined,
    withdrawnAt: undefined,
    ...given,
  };
}
