/** Looks again and again whether people have to be told that something does not work. */

import { type Clock, repeat, type Worker } from "../../actors/mod.ts";
import { type Health, troubleOf } from "./health.ts";

const LOOK_MS = 1_000;

/** What the watch works with. */
export interface TroubleWatchOptions {
  health: Health;
  /** Tells the pages of this node; undefined when everything works. */
  tell(trouble: string | undefined): void;
  clock: Clock;
}

/** The watch of one node. */
export class TroubleWatch implements Worker {
  readonly #options: TroubleWatchOptions;
  #stopRepeating: (() => void) | undefined;

  constructor(options: TroubleWatchOptions) {
    this.#options = options;
  }

  start(): void {
    const { health, tell, clock } = this.#options;
    this.#stopRepeating = repeat(async () => tell(troubleOf(health)), {
      everyMs: LOOK_MS,
      clock,
      failed: () => {},
    });
  }

  stop(): void {
    this.#stopRepeating?.();
  }
}
