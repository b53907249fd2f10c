/**
 * When actors crashed lately. It outlives their activations: an actor that leaves memory between two
 * crashes is not a better one for it.
 */

const NONE: readonly number[] = [];

/** Crash times by id, on the monotonic clock, for as long as they count. */
export class CrashHistory {
  readonly #windowMs: number;
  /** In the order of the latest crash, so that only the oldest have to be looked at to forget. */
  readonly #times = new Map<string, readonly number[]>();

  constructor(windowMs: number) {
    this.#windowMs = windowMs;
  }

  /** Actors that are remembered. */
  get size(): number {
    return this.#times.size;
  }

  /** The times that are known for an actor, oldest first. */
  get(id: string): readonly number[] {
    return this.#times.get(id) ?? NONE;
  }

  /** Replaces the times of an actor that crashed just now. */
  set(id: string, times: readonly number[]): void {
    this.#times.delete(id);
    this.#times.set(id, times);
  }

  /** Forgets one actor's crashes. */
  forget(id: string): void {
    this.#times.delete(id);
  }

  /** Forgets all crashes that do not count anymore. */
  forgetOld(nowMs: number): void {
    for (const [id, times] of this.#times) {
      if ((times.at(-1) ?? 0) > nowMs - this.#windowMs) break;
      this.#times.delete(id);
    }
  }
}
