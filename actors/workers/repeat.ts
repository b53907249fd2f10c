/** What is done again and again, with a pause after each time. */

import type { Clock } from "../runtime/clock.ts";

/** How something is repeated. */
export interface RepeatOptions {
  /** How long after each end it begins again. */
  everyMs: number;
  clock: Pick<Clock, "setTimer">;
  /** Hears why a run failed; the next one begins all the same. */
  failed(error: unknown): void;
}

/** Runs something now and again and again; the result stops that, also when it is called during a run. */
export function repeat(run: () => Promise<void>, options: RepeatOptions): () => void {
  const { everyMs, clock, failed } = options;
  let isStopped = false;
  let cancel = () => {};
  const begin = () => {
    void run()
      .catch(failed)
      .finally(() => {
        if (!isStopped) cancel = clock.setTimer(everyMs, begin);
      });
  };
  begin();
  return () => {
    isStopped = true;
    cancel();
  };
}
