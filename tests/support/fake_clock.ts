/** A clock that stands still until a test moves it, with luck that can be repeated. */

import { type Clock, formatId } from "../../actors/mod.ts";

interface Timer {
  dueMs: number;
  callback: () => void;
}

/** Lets everything run that is ready: microtasks, and what they lead to. */
export function settle(): Promise<void> {
  return new Promise((resolve) => setImmediate(resolve));
}

/** Time that passes by `advance()` only. A timer of 0 waits for no time, so it runs without. */
export class FakeClock implements Clock {
  #nowMs: number;
  #monotonicMs = 0;
  #seed: number;
  #immediates = 0;
  readonly #timers = new Set<Timer>();

  constructor(options: { nowMs?: number; seed?: number } = {}) {
    this.#nowMs = options.nowMs ?? Date.UTC(2026, 10, 23, 9);
    this.#seed = options.seed ?? 1;
  }

  /** Timers that were set and neither ran nor were canceled. */
  get timers(): number {
    return this.#timers.size;
  }

  now(): number {
    return this.#nowMs;
  }

  monotonic(): number {
    return this.#monotonicMs;
  }

  setTimer(delayMs: number, callback: () => void): () => void {
    if (delayMs <= 0) return this.#setImmediate(callback);
    const timer = { dueMs: this.#monotonicMs + delayMs, callback };
    this.#timers.add(timer);
    return () => this.#timers.delete(timer);
  }

  /** The generator "mulberry32". */
  random(): number {
    this.#seed = (this.#seed + 0x6d2b79f5) | 0;
    let t = Math.imul(this.#seed ^ (this.#seed >>> 15), 1 | this.#seed);
    t = (t + Math.imul(t ^ (t >>> 7), 61 | t)) ^ t;
    return ((t ^ (t >>> 14)) >>> 0) / 2 ** 32;
  }

  mintId(): string {
    return formatId(
      this.#nowMs,
      Uint8Array.from({ length: 10 }, () => this.random() * 256),
    );
  }

  /** Lets everything run that is ready, without time passing. */
  async settle(): Promise<void> {
    do await settle();
    while (this.#immediates > 0);
  }

  /** Lets so much time pass; timers run when they are due, in order, and what they start settles. */
  async advance(ms: number): Promise<void> {
    await this.settle();
    const end = this.#monotonicMs + ms;
    for (let next = this.#next(end); next !== undefined; next = this.#next(end)) {
      this.#timers.delete(next);
      this.#moveTo(next.dueMs);
      next.callback();
      await this.settle();
    }
    this.#moveTo(end);
  }

  /** Lets so much time pass at once, as when the program was held up: timers come late. */
  async jump(ms: number): Promise<void> {
    this.#moveTo(this.#monotonicMs + ms);
    await this.advance(0);
  }

  #next(endMs: number): Timer | undefined {
    let next: Timer | undefined;
    for (const timer of this.#timers) {
      if (timer.dueMs <= endMs && (next === undefined || timer.dueMs < next.dueMs)) next = timer;
    }
    return next;
  }

  #moveTo(monotonicMs: number): void {
    const ms = Math.max(0, monotonicMs - this.#monotonicMs);
    this.#monotonicMs += ms;
    this.#nowMs += ms;
  }

  #setImmediate(callback: () => void): () => void {
    let isWaiting = true;
    this.#immediates++;
    const end = () => {
      if (isWaiting) this.#immediates--;
      isWaiting = false;
    };
    const immediate = setImmediate(() => {
      end();
      callback();
    });
    return () => {
      clearImmediate(immediate);
      end();
    };
  }
}
