/** Times in the viewer's own zone and language, kept true while the page stays open. */

import { formatFull, formatRelative } from "./time_text.ts";

const REWRITE_MS = 30_000;

/** Rewrites every time on the page, now, after every swap and twice a minute. */
export function startTimes(): void {
  rewriteTimes();
  setInterval(rewriteTimes, REWRITE_MS);
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
