/**
 * The words for a moment, in the browser. They are the same as those of `views/parts/times.ts`, which writes
 * them first; a test holds the two together.
 */

const MINUTE_MS = 60_000;
const HOUR_MS = 60 * MINUTE_MS;
const DAY_MS = 24 * HOUR_MS;

/** How long ago within a day, the date beyond. */
export function formatRelative(
  at: number,
  now: number,
  language: string | undefined,
  timeZone: string | undefined,
): string {
  const distance = at - now;
  const size = Math.abs(distance);
  const relative = new Intl.RelativeTimeFormat(language, { numeric: "auto", style: "short" });
  if (size < MINUTE_MS) return relative.format(0, "second");
  if (size < HOUR_MS) return relative.format(Math.trunc(distance / MINUTE_MS), "minute");
  if (size < DAY_MS) return relative.format(Math.trunc(distance / HOUR_MS), "hour");
  const year = (time: number) =>
    new Intl.DateTimeFormat(language, { year: "numeric", timeZone }).format(time);
  return new Intl.DateTimeFormat(language, {
    month: "short",
    day: "numeric",
    ...(year(at) === year(now) ? {} : { year: "numeric" }),
    timeZone,
  }).format(at);
}

/** The whole truth, with the zone. */
export function formatFull(
  at: number,
  language: string | undefined,
  timeZone: string | undefined,
): string {
  return new Intl.DateTimeFormat(language, {
    weekday: "long",
    year: "numeric",
    month: "long",
    day: "numeric",
    hour: "numeric",
    minute: "2-digit",
    timeZoneName: "short",
    timeZone,
  }).format(at);
}
