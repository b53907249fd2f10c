/** Work in slices: between two of them, sockets, timers and other work have their turn. */

import { type Clock, pause } from "./clock.ts";

/** Gives the thread away when it was held for long enough. */
export class Slices {
  readonly #clock: Clock;
  readonly #sliceMs: number;
  readonly #restMs: number;
  #untilMs: number;

  /** The first slice begins now. Work that nobody waits for rests between two slices. */
  constructor(clock: Clock, sliceMs: number, restMs = 0) {
    this.#clock = clock;
    this.#sliceMs = sliceMs;
    this.#restMs = restMs;
    this.#untilMs = clock.monotonic() + sliceMs;
  }

  /** Whether the slice is used up: then `next` should be waited for. */
  get isOver(): boolean {
    return this.#clock.monotonic() >= this.#untilMs;
  }

  /** Resolves when the next slice begins. */
  async next(): Promise<void> {
    await pause(this.#clock, this.#restMs);
    this.#untilMs = this.#clock.monotonic() + this.#sliceMs;
  }
}
