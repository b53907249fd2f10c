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
  readonly #sliceTasksMax: number;
  #ready: Task[] = [];
  #awake = false;
  #spentMs = 0;
  #spentTasks = 0;

  /** Pauses after `sliceMsMax` of work or `sliceTasksMax` tasks, whichever comes first. */
  constructor(clock: Clock, options: { log: Log; sliceMsMax: number; sliceTasksMax: number }) {
    this.#clock = clock;
    this.#log = options.log;
    this.#sliceMsMax = options.sliceMsMax;
    this.#sliceTasksMax = options.sliceTasksMax;
  }

  /** Lets a task run soon, once. A task that stands in the queue must not be added again. */
  add(task: Task): void {
    this.#ready.push(task);
    if (this.#awake) return;
    this.#awake = true;
    queueMicrotask(this.#runAll);
  }

  readonly #runAll = (): void => {
    const startedAt = this.#clock.monotonic();
    let done = 0;
    // The queue may grow while it is worked off.
    while (done < this.#ready.length) {
      if (this.#spentTasks >= this.#sliceTasksMax || this.#isSliceOver(startedAt)) break;
      this.#spentTasks++;
      const task = this.#ready[done++];
      if (task !== undefined) this.#run(task);
    }
    this.#spentMs += this.#clock.monotonic() - startedAt;
    if (done < this.#ready.length) {
      this.#ready.splice(0, done);
      this.#clock.setTimer(0, this.#resume);
    } else {
      this.#ready.length = 0;
      this.#awake = false;
    }
  };

  readonly #resume = (): void => {
    this.#spentMs = 0;
    this.#spentTasks = 0;
    this.#runAll();
  };

  #isSliceOver(startedAt: number): boolean {
    return this.#spentMs + this.#clock.monotonic() - startedAt >= this.#sliceMsMax;
  }

  #run(task: Task): void {
    try {
      task.run();
    } catch (error) {
      // A defect of the runtime itself: it must not take the other actors with it.
      this.#log.error("Cannot run a task", { error: String(error) });
    }
  }
}
