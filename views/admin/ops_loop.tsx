/** What held the main thread of this node, and the workers that are there so that nothing does. */

import type { LoopReport, WorkerPoolReport } from "../../actors/mod.ts";
import { Badge, readerOf, Time } from "../parts/components.tsx";
import type { Page } from "../parts/page.ts";
import { formatNumber } from "../parts/times.ts";

/** What the section shows. */
export interface OpsLoopProps {
  page: Page;
  loop: LoopReport;
  workers: WorkerPoolReport;
}

/** The section "Main thread". */
export function OpsLoop({ page, loop, workers }: OpsLoopProps) {
  const number = (value: number) => formatNumber(value, readerOf(page).language);
  return (
    <section aria-labelledby="ops-loop">
      <h2 id="ops-loop">Main thread</h2>
      <p class="muted" data-stalls={loop.stalls} data-waits={loop.waits}>
        {loop.stalls === 0
          ? "No stalls."
          : `Stalls: ${number(loop.stalls)}, the worst of ${formatWork(loop.worstMs)}.`}
        {loop.waits > 0 && ` Waits for the machine: ${number(loop.waits)}.`}
      </p>
      <p class="muted">
        Workers: {number(workers.workers)} · {number(workers.running)} running ·{" "}
        {number(workers.waiting)} waiting · {number(workers.done)} done · {number(workers.ended)}{" "}
        ended for their time or memory · {number(workers.refused)} refused
      </p>
      <ul class="ops-letters">
        {loop.recent.toReversed().map(({ ms, workMs, cause, at }) => (
          <li>
            <p>
              <Badge tone="warning">{formatWork(ms)}</Badge> {formatWork(workMs)} of it worked{" "}
              <span class="muted">
                <Time at={at} now={page.now} page={page} />
              </span>
            </p>
            <p class="ops-message">{cause}</p>
          </li>
        ))}
      </ul>
    </section>
  );
}

function formatWork(ms: number): string {
  return `${Math.round(ms)} ms`;
}
