/**
 * Who is in memory, and who leaves first. Idle actors of all kinds stand in one line, the least
 * recently used in front; one timer looks at the front of it, however many there are. Actors that
 * work are not in the line, so nobody who works is asked to leave.
 */

import type { Clock } from "./clock.ts";
import type { RuntimeLimits } from "./runtime_limits.ts";

/** An actor that has nothing to do. */
export interface Resident {
  /** Since when, on the monotonic clock. */
  readonly idleSinceMs: number;
  /**
   * Saves and leaves memory; the resident is out of the line by then. Where the place is not needed
   * by anybody else (`mustGo` is false), one that cannot save may stay.
   */
  leave(mustGo: boolean): void;
}

/** The residents of one system. */
export class Population {
  readonly #clock: Clock;
  readonly #limits: RuntimeLimits;
  readonly #residentBytes: () => number;
  /** In the order in which they became idle: a set keeps it. */
  readonly #idle = new Set<Resident>();
  #live = 0;
  #leaving = 0;
  #isSweeping = false;
  #isDraining = false;
  #emptied: (() => void) | undefined;

  constructor(clock: Clock, options: { limits: RuntimeLimits; residentBytes: () => number }) {
    this.#clock = clock;
    this.#limits = options.limits;
    this.#residentBytes = options.residentBytes;
  }

  /** Whether nobody may come anymore. */
  get isDraining(): boolean {
    return this.#isDraining;
  }

  /** Actors in memory or on their way in or out. */
  get live(): number {
    return this.#live;
  }

  /** Counts one more, for which the least recently used leaves when all places are taken; false when nobody can. */
  join(): boolean {
    if (this.#live - this.#leaving >= this.#limits.liveActorsMax && !this.#sendOneAway()) {
      return false;
    }
    this.#live++;
    return true;
  }

  /** Counts one less. */
  part(): void {
    this.#live--;
    if (this.#live === 0) this.#emptied?.();
  }

  /** Puts an actor that has nothing to do at the end of the line, or sends it home when draining. */
  rest(resident: Resident): void {
    if (this.#isDraining) {
      resident.leave(true);
      return;
    }
    this.#idle.add(resident);
    if (this.#isSweeping) return;
    this.#isSweeping = true;
    this.#sweepLater();
  }

  /** Takes an actor out of the line, because it has something to do. */
  wake(resident: Resident): void {
    this.#idle.delete(resident);
  }

  /** Counts an actor that started to leave. */
  startLeaving(): void {
    this.#leaving++;
  }

  /** Counts an actor that left, or that stays after all. */
  endLeaving(): void {
    this.#leaving--;
  }

  /** Lets nobody in anymore, sends home who is idle, and calls back once nobody is left. */
  drain(emptied: () => void): void {
    this.#isDraining = true;
    this.#emptied = emptied;
    while (this.#sendOneAway());
    if (this.#live === 0) emptied();
  }

  #sendOneAway(): boolean {
    for (const resident of this.#idle) {
      this.#idle.delete(resident);
      resident.leave(true);
      return true;
    }
    return false;
  }

  #sweepLater(): void {
    this.#clock.setTimer(this.#limits.sweepMs, () => this.#sweep());
  }

  #sweep(): void {
    const before = this.#clock.monotonic() - this.#limits.idleMsMax;
    for (const resident of this.#idle) {
      if (resident.idleSinceMs > before) break;
      this.#idle.delete(resident);
      resident.leave(false);
    }
    if (this.#idle.size > 0 && this.#residentBytes() > this.#limits.residentBytesMax) {
      // Memory comes back late, after a collection: not all at once, or everybody would be gone.
      for (let i = 0; i < this.#limits.pressureLeaversMax; i++) {
        if (!this.#sendOneAway()) break;
      }
    }
    this.#isSweeping = this.#idle.size > 0;
    if (this.#isSweeping) this.#sweepLater();
  }
}
