/**
 * When asks run out of time. One wheel for all of them instead of a timer each (Varghese and Lauck,
 * "Hashed and hierarchical timing wheels", 1987): a slot holds the entries of one tick, and a single
 * timer walks over the slots while anything waits. An entry is up to one tick late, never early.
 */

import type { Clock } from "./clock.ts";

/** What has a deadline. */
export interface DeadlineEntry {
  /** The tick of the deadline, or -1 when it has none; kept by the wheel. */
  tick: number;
  /** Called once when time is up; the entry is out of the wheel by then. */
  expire(): void;
}

/** All deadlines of a system. */
export class Deadlines {
  readonly #clock: Clock;
  readonly #tickMs: number;
  readonly #spanMs: number;
  readonly #slots: Set<DeadlineEntry>[];
  #size = 0;
  #sweptTick = 0;
  #armed = false;

  /** A wheel for waits of at most `spanMs`, exact to `tickMs`. */
  constructor(clock: Clock, options: { tickMs: number; spanMs: number }) {
    this.#clock = clock;
    this.#tickMs = options.tickMs;
    this.#spanMs = options.spanMs;
    const slots = Math.ceil(options.spanMs / options.tickMs) + 2;
    this.#slots = Array.from({ length: slots }, () => new Set());
  }

  /** How many entries have a deadline ahead. */
  get size(): number {
    return this.#size;
  }

  /** Gives an entry a deadline; a longer wait than the wheel spans is cut to the span. */
  add(entry: DeadlineEntry, waitMs: number): void {
    const now = this.#clock.monotonic();
    const dueTick = Math.ceil((now + Math.min(waitMs, this.#spanMs)) / this.#tickMs);
    // The slot of this moment may have been swept: whoever has no time to wait gets the next.
    entry.tick = Math.max(dueTick, Math.floor(now / this.#tickMs) + 1);
    this.#slot(entry.tick).add(entry);
    this.#size++;
    if (this.#armed) return;
    this.#sweptTick = Math.floor(now / this.#tickMs);
    this.#arm();
  }

  /** Takes an entry's deadline away; does nothing when it has none. */
  remove(entry: DeadlineEntry): void {
    if (entry.tick < 0) return;
    if (this.#slot(entry.tick).delete(entry)) this.#size--;
    entry.tick = -1;
  }

  /** Ends all waiting before its time. */
  expireAll(): void {
    for (const entry of this.#slots.flatMap((slot) => [...slot])) {
      this.remove(entry);
      entry.expire();
    }
  }

  #slot(tick: number): Set<DeadlineEntry> {
    const slot = this.#slots[tick % this.#slots.length];
    if (slot === undefined) throw new RangeError(`Cannot find the slot of tick ${tick}`);
    return slot;
  }

  #arm(): void {
    this.#armed = true;
    this.#clock.setTimer(this.#tickMs, () => this.#sweep());
  }

  #sweep(): void {
    const nowTick = Math.floor(this.#clock.monotonic() / this.#tickMs);
    // After a long pause of the program one round visits every slot; more would visit them again.
    const from = Math.max(this.#sweptTick + 1, nowTick - this.#slots.length + 1);
    for (let tick = from; tick <= nowTick; tick++) {
      for (const entry of this.#slot(tick)) {
        if (entry.tick > nowTick) continue;
        this.remove(entry);
        entry.expire();
      }
    }
    this.#sweptTick = nowTick;
    this.#armed = false;
    if (this.#size > 0) this.#arm();
  }
}
