/** What has to be looked at again at known moments: one timer for all of them, set for the earliest. */

import type { Clock } from "../../actors/mod.ts";

/** Moments by key. */
export class Expiries<Key> {
  readonly #clock: Clock;
  readonly #onDue: (keys: readonly Key[]) => void;
  readonly #moments = new Map<Key, number>();
  #timer: { at: number; cancel: () => void } | undefined;

  /** `onDue` gets those whose moment has come; each is forgotten by then, and may be set again. */
  constructor(clock: Clock, onDue: (keys: readonly Key[]) => void) {
    this.#clock = clock;
    this.#onDue = onDue;
  }

  /** Sets the moment of a key, in milliseconds since 1970, or takes it back. */
  set(key: Key, at: number | undefined): void {
    if (at !== undefined) {
      this.#moments.set(key, at);
      this.#schedule(at);
    } else if (this.#moments.delete(key) && this.#moments.size === 0) this.stop();
  }

  /** Forgets all. */
  stop(): void {
    this.#moments.clear();
    this.#timer?.cancel();
    this.#timer = undefined;
  }

  /** A timer that is set already and earlier stays: it finds nothing to do, and the next one is set. */
  #schedule(at: number): void {
    if (this.#timer && this.#timer.at <= at) return;
    this.#timer?.cancel();
    const delayMs = Math.max(1, at - this.#clock.now());
    this.#timer = { at, cancel: this.#clock.setTimer(delayMs, () => this.#due()) };
  }

  #due(): void {
    this.#timer = undefined;
    const now = this.#clock.now();
    const due: Key[] = [];
    let next = Number.POSITIVE_INFINITY;
    for (const [key, at] of this.#moments) {
      if (at <= now) due.push(key);
      else next = Math.min(next, at);
    }
    for (const key of due) this.#moments.delete(key);
    // The clock may have been set back meanwhile: then nothing is due yet.
    if (Number.isFinite(next)) this.#schedule(next);
    if (due.length > 0) this.#onDue(due);
  }
}
