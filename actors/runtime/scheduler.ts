/**
 * Who runs next. Actors with something to do stand in one queue, and one microtask runs them all, so
 * that what comes in the same moment is worked on, and committed, together.
 *
 * Microtasks go before sockets and timers, so a system that is never idle would shut them out. After
 * a slice of work the queue therefore pauses until they had their turn.
 */

import type { Log } from "../ports.ts";
import type { Clock } from "./clock.ts";

/** Something that can run for a moment. */
export interface Task {
  run(): void;
}

/** The queue of one system. */
export class Scheduler {
  readonly #clock: Clock;
  readonly #log: Log;
  readonly #sliceMsMax: number;
  readonly #ready: Task[] = [];
  /** Whether a microtask, or the next slice, will look at the queue. */
  #isAwake = false;
  /** Whether sockets and timers had no turn since the slice started. */
  #isSliceOpen = false;
  #sliceStartedMs = 0;

  /** Pauses after `sliceMsMax` without a turn for sockets and timers. */
  constructor(clock: Clock, options: { log: Log; sliceMsMax: number }) {
    this.#clock = clock;
    this.#log = options.log;
    this.#sliceMsMax = options.sliceMsMax;
  }

  /** Lets a task run soon, once. A task that stands in the queue must not be added again. */
  add(task: Task): void {
    this.#ready.push(task);
    if (this.#isAwake) return;
    this.#isAwake = true;
    queueMicrotask(this.#runAll);
  }

  readonly #runAll = (): void => {
    if (!this.#isSliceOpen) {
      this.#isSliceOpen = true;
      this.#sliceStartedMs = this.#clock.monotonic();
      this.#clock.setTimer(0, this.#endSlice);
    }
    let done = 0;
    // The queue may grow while it is worked off.
    while (done < this.#ready.length) {
      if (this.#clock.monotonic() - this.#sliceStartedMs >= this.#sliceMsMax) {
        this.#ready.splice(0, done);
        return;
      }
      const task = this.#ready[done++];
      if (task !== undefined) this.#run(task);
    }
    this.#ready.length = 0;
    this.#isAwake = false;
  };

  readonly #endSlice = (): void => {
    this.#isSliceOpen = false;
    if (this.#ready.length > 0) this.#runAll();
  };

  #run(task: Task): void {
    try {
      task.run();
    } catch (error) {
      // A defect of the runtime itself: it must not take the other actors with it.
      this.#log.error("Cannot run a task", { error: String(error) });
    }
  }
}
