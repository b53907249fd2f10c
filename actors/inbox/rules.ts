/** How an inbox decides what counts as unread, who is reached by what, and when people are left alone. */

import { type KindPreference, type NotificationKind, notificationKind } from "./kinds.ts";
import type { InboxEntry, InboxPreferences } from "./ports.ts";

const MINUTE_MS = 60_000;
const DAY_MINUTES = 24 * 60;

/** What holds for somebody who never said anything. */
export const DEFAULT_PREFERENCES: InboxPreferences = {
  kinds: {},
  quietHours: undefined,
  digestMinutes: 8 * 60,
};

/** Why a push was not sent to somebody who has a page open. */
export const PAGE_WAS_OPEN = "Not sent: a page was open";
/** It is in the record, so that an e-mail waits for its reader no more than once. */
export const WAITS_FOR_READER = "Waits a moment: a page was open";

/** Whether an entry counts: it is unread, and neither away nor out of the way. */
export function isCounted(entry: InboxEntry | undefined): boolean {
  return (
    entry !== undefined &&
    entry.readAt === undefined &&
    entry.archivedAt === undefined &&
    entry.snoozedUntil === undefined &&
    entry.withdrawnAt === undefined
  );
}

/** How a kind reaches somebody. */
export function preferenceFor(
  preferences: InboxPreferences | undefined,
  kind: NotificationKind,
): KindPreference {
  return preferences?.kinds[kind] ?? notificationKind(kind).preference;
}

/** A moment and where it is: an IANA name of a time zone. */
export interface Moment {
  at: number;
  timeZone: string;
}

/** When somebody may be disturbed: now, or when their quiet hours are over. */
export function whenAwake(
  { quietHours }: Pick<InboxPreferences, "quietHours">,
  { at, timeZone }: Moment,
): number {
  if (quietHours === undefined) return at;
  const { fromMinutes, untilMinutes } = quietHours;
  const minutes = minutesOfDay(at, timeZone);
  const isQuiet =
    fromMinutes <= untilMinutes
      ? minutes >= fromMinutes && minutes < untilMinutes
      : minutes >= fromMinutes || minutes < untilMinutes;
  return isQuiet ? nextTime(at, { minutes: untilMinutes, timeZone }) : at;
}

/** When the next daily e-mail is due. */
export function nextDigest(
  { digestMinutes }: Pick<InboxPreferences, "digestMinutes">,
  { at, timeZone }: Moment,
): number {
  return nextTime(at, { minutes: digestMinutes, timeZone });
}

/** Minutes since midnight, as the clock on the wall says. */
function minutesOfDay(at: number, timeZone: string): number {
  const { hour, minute } = wallTime(at, timeZone);
  return hour * 60 + minute;
}

/** The next moment at which the clock on the wall says so; in the gap of a clock change, after it. */
function nextTime(
  at: number,
  { minutes, timeZone }: { minutes: number; timeZone: string },
): number {
  const now = wallTime(at, timeZone);
  const time = {
    hour: Math.floor((minutes % DAY_MINUTES) / 60),
    minute: minutes % 60,
    second: 0,
    millisecond: 0,
  };
  const today = now.with(time);
  const next = today.epochMilliseconds > at ? today : now.add({ days: 1 }).with(time);
  return Math.ceil(next.epochMilliseconds / MINUTE_MS) * MINUTE_MS;
}

function wallTime(at: number, timeZone: string): Temporal.ZonedDateTime {
  return Temporal.Instant.fromEpochMilliseconds(at).toZonedDateTimeISO(timeZone);
}
