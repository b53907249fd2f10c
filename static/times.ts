/**
 * Times in the viewer's own zone and language, kept true while the page stays open. The words are the
 * same as those of `views/times.ts`, which writes them first; a test holds the two together.
 */

const MINUTE_MS = 60_000;
const HOUR_MS = 60 * MINUTE_MS;
const DAY_MS = 24 * HOUR_MS;

/** Rewrites every time on the page, now, after every swap and twice a minute. */
export function startTimes(): void {
  rewriteTimes();
  setInterval(rewriteTimes, MINUTE_MS / 2);
  document.addEventListener("suite:swapped", rewriteTimes);
}

function rewriteTimes(): void {
  const { language, timeZone } = document.body.dataset;
  for (const time of document.querySelectorAll<HTMLTimeElement>("time[data-relative]")) {
    const at = Date.parse(time.dateTime);
    const text = formatRelative(at, Date.now(), language, timeZone);
    if (time.textContent === text) continue;
    time.textContent = text;
    time.title = formatFull(at, language, timeZone);
  }
}

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
