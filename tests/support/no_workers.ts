/** A pool of workers that has none: for tests whose texts are short enough to need none. */

import { SuiteError, type WorkerPool } from "../../actors/mod.ts";

/** Refuses every job as busy. */
export const NO_WORKERS: WorkerPool = {
  run: async () => {
    throw new SuiteError("busy", "Cannot do the work: there are no workers");
  },
  report: () => ({ workers: 0, waiting: 0, running: 0, done: 0, ended: 0, refused: 0 }),
  close: async () => {},
};
