/**
 * Times as people read them: how long ago within a day, the date beyond, and the whole truth with the
 * zone in the tooltip. `static/shell/times.ts` writes the same words in the browser, where time goes on.
 */

const MINUTE_MS = 60_000;
const HOUR_MS = 60 * MINUTE_MS;
const DAY_MS = 24 * HOUR_MS;

/** Whose clock and language a time is written for. */
export interface Reader {
  timeZone: string;
  language: string;
}

/** For fragments, which everybody gets alike; the browser rewrites them for its reader. */
export const NEUTRAL_READER: Reader = { timeZone: "UTC", language: "en" };

const cache = new Map<string, Intl.DateTimeFormat>();

/** Making a formatter costs far more than using it, and a list needs the same one fifty times. */
function dateFormat(reader: Reader, options: Intl.DateTimeFormatOptions): Intl.DateTimeFormat {
  const key = `${reader.language} ${reader.timeZone} ${JSON.stringify(options)}`;
  let format = cache.get(key);
  if (!format) {
    format = makeDateFormat(reader, options);
    if (cache.size > 500) cache.clear();
    cache.set(key, format);
  }
  return format;
}

/** A zone or language that this runtime does not know must not break a page. */
function makeDateFormat(reader: Reader, options: Intl.DateTimeFormatOptions): Intl.DateTimeFormat {
  try {
    return new Intl.DateTimeFormat(reader.language, { ...options, timeZone: reader.timeZone });
  } catch {
    return new Intl.DateTimeFormat("en", { ...options, timeZone: "UTC" });
  }
}

function relativeFormat(language: string): Intl.RelativeTimeFormat {
  const options = { numeric: "auto", style: "short" } as const;
  try {
    return new Intl.RelativeTimeFormat(language, options);
  } catch {
    return new Intl.RelativeTimeFormat("en", options);
  }
}

/** "now", "5 min. ago", "3 hr. ago", "Nov 21", "Nov 21, 2025". */
export function formatRelative(at: number, now: number, reader: Reader): string {
  const distance = at - now;
  const size = Math.abs(distance);
  if (size < DAY_MS) {
    const format = relativeFormat(reader.language);
    if (size < MINUTE_MS) return format.format(0, "second");
    if (size < HOUR_MS) return format.format(Math.trunc(distance / MINUTE_MS), "minute");
    return format.format(Math.trunc(distance / HOUR_MS), "hour");
  }
  const year = dateFormat(reader, { year: "numeric" });
  const sameYear = year.format(at) === year.format(now);
  return dateFormat(reader, {
    month: "short",
    day: "numeric",
    ...(sameYear ? {} : { year: "numeric" }),
  }).format(at);
}

/** The day a moment is on where the reader is: "Today", "Yesterday", "Saturday, November 21". */
export function formatDay(at: number, now: number, reader: Reader): string {
  const day = dateFormat(reader, { year: "numeric", month: "numeric", day: "numeric" });
  const name = day.format(at);
  if (name === day.format(now)) return "Today";
  if (name === day.format(now - DAY_MS)) return "Yesterday";
  const year = dateFormat(reader, { year: "numeric" });
  return dateFormat(reader, {
    weekday: "long",
    month: "long",
    day: "numeric",
    ...(year.format(at) === year.format(now) ? {} : { year: "numeric" }),
  }).format(at);
}

/** "Saturday, November 21, 2026 at 10:04 AM GMT+1". */
export function formatFull(at: number, reader: Reader): string {
  return dateFormat(reader, {
    weekday: "long",
    year: "numeric",
    month: "long",
    day: "numeric",
    hour: "numeric",
    minute: "2-digit",
    timeZoneName: "short",
  }).format(at);
}

/** A moment one waits for: "Thu, Nov 26, 9:00 AM". */
export function formatMoment(at: number, reader: Reader): string {
  return dateFormat(reader, {
    weekday: "short",
    month: "short",
    day: "numeric",
    hour: "numeric",
    minute: "2-digit",
  }).format(at);
}

/** A number with the reader's separators. */
export function formatNumber(value: number, language: string): string {
  try {
    return value.toLocaleString(language);
  } catch {
    return value.toLocaleString("en");
  }
}

/** The hour of the day, 0 to 23, where the reader is. */
export function hourOf(at: number, reader: Reader): number {
  const hour = dateFormat(reader, { hour: "numeric", hourCycle: "h23" }).formatToParts(at);
  return Number(hour.find((part) => part.type === "hour")?.value ?? 12);
}
