/**
 * The only clock and the only source of randomness in `actors/`. Operations carry the times and ids
 * that were minted here, so that applying one is reproducible; tests give a clock of their own.
 */

import { formatId } from "../ids.ts";

/** The longest that one timer of the system runs, which counts 31 bits; a longer wait is several. */
const TIMER_MS_MAX = 2 ** 31 - 1;

/** Time, timers and ids, as the runtime sees them. */
export interface Clock {
  /** Milliseconds since 1970. */
  now(): number;
  /** Milliseconds that only grow, for measuring. */
  monotonic(): number;
  /**
   * Calls back once after so many milliseconds; the result cancels it. 0 means as soon as sockets and
   * timers that are due had their turn.
   */
  setTimer(delayMs: number, callback: () => void): () => void;
  /** A number in [0, 1), for jitter. */
  random(): number;
  /** A new id (ULID). */
  mintId(): string;
}

/** The clock of a running program. Its timers do not keep a process alive. */
export const systemClock: Clock = {
  now: () => Date.now(),
  monotonic: () => performance.now(),
  setTimer(delayMs, callback) {
    if (delayMs <= 0) {
      const immediate = setImmediate(callback);
      return () => clearImmediate(immediate);
    }
    return setLongTimer(delayMs, callback);
  },
  random: () => Math.random(),
  mintId: () => formatId(Date.now(), crypto.getRandomValues(new Uint8Array(10))),
};

/** Resolves after so many milliseconds; after 0, others had their turn. */
export function pause(clock: Pick<Clock, "setTimer">, delayMs = 0): Promise<void> {
  return new Promise((resolve) => clock.setTimer(delayMs, resolve));
}

/** The system's timers run at once when they are asked for more than they can count. */
function setLongTimer(delayMs: number, callback: () => void): () => void {
  const now = Math.min(delayMs, TIMER_MS_MAX);
  let cancel = () => clearTimeout(timer);
  const timer = setTimeout(() => {
    if (delayMs > now) cancel = setLongTimer(delayMs - now, callback);
    else callback();
  }, now);
  timer.unref();
  return () => cancel();
}
