/** Many calls as one. */

import type { Clock } from "../runtime/clock.ts";

/** A function that runs once for all calls within a time, at its end. */
export function gathered(run: () => void, { clock, ms }: { clock: Clock; ms: number }): () => void {
  let isWaiting = false;
  return () => {
    if (isWaiting) return;
    isWaiting = true;
    clock.setTimer(ms, () => {
      isWaiting = false;
      run();
    });
  };
}
