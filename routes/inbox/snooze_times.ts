/** Moments to which one snoozes, by the clock on the reader's wall. */

import { limits } from "../../actors/mod.ts";
import type { SnoozeChoice } from "../../views/inbox/snooze.tsx";
import { formatMoment, type Reader } from "../../views/parts/times.ts";

const EVENING_HOUR = 18;
const MORNING_HOUR = 9;
const MONDAY = 1;
const DAYS = 7;

/** The usual times; those that are over for today, or say the same as one before, are left out. */
export function snoozeChoices(now: number, reader: Reader): SnoozeChoice[] {
  const wall = wallTime(now, reader.timeZone);
  const tomorrow = atHour(wall.add({ days: 1 }), MORNING_HOUR);
  const evening = atHour(wall, EVENING_HOUR);
  const monday = atHour(wall.add({ days: daysUntilMonday(wall) }), MORNING_HOUR);
  const inAnHour = wall.add({ hours: 1 }).round({ smallestUnit: "minute", roundingMode: "ceil" });
  const choices = [
    { label: "In an hour", time: inAnHour },
    { label: "This evening", time: evening },
    { label: "Tomorrow morning", time: tomorrow },
    { label: "Next week", time: monday },
  ];
  return choices
    .map(({ label, time }) => ({ label, at: time.epochMilliseconds }))
    .filter(({ at }, index, all) => at > now && all.findIndex((one) => one.at === at) === index)
    .map(({ label, at }) => ({ label, at, when: formatMoment(at, reader) }));
}

/** What a `datetime-local` field says of a moment. */
export function fieldTime(at: number, timeZone: string): string {
  return wallTime(at, timeZone).toPlainDateTime().toString({ smallestUnit: "minute" });
}

/** The moment that a `datetime-local` field means; undefined when it means none. */
export function parseFieldTime(text: string, timeZone: string): number | undefined {
  try {
    return Temporal.PlainDateTime.from(text).toZonedDateTime(zoneOf(timeZone)).epochMilliseconds;
  } catch {
    return undefined;
  }
}

/** What is wrong with a moment to snooze until, if anything is. */
export function snoozeError(until: number | undefined, now: number): string | undefined {
  if (until === undefined || !Number.isSafeInteger(until)) return "Enter a date and a time.";
  if (until <= now) return "Choose a time in the future.";
  if (until > now + limits.snoozeMsMax) return "Choose a time within the next year.";
  return undefined;
}

function wallTime(at: number, timeZone: string): Temporal.ZonedDateTime {
  return Temporal.Instant.fromEpochMilliseconds(at).toZonedDateTimeISO(zoneOf(timeZone));
}

function atHour(day: Temporal.ZonedDateTime, hour: number): Temporal.ZonedDateTime {
  return day.with({ hour, minute: 0, second: 0, millisecond: 0, microsecond: 0, nanosecond: 0 });
}

/** On a Monday the next one is meant. */
function daysUntilMonday({ dayOfWeek }: Temporal.ZonedDateTime): number {
  return ((MONDAY - dayOfWeek + DAYS - 1) % DAYS) + 1;
}

/** A zone that this runtime does not know must not keep anybody from snoozing. */
function zoneOf(timeZone: string): string {
  try {
    Temporal.Now.instant().toZonedDateTimeISO(timeZone);
    return timeZone;
  } catch {
    return "UTC";
  }
}
