/** How long the latest turns of one kind of actors took, from taken to answered. */

/** Figures over the latest turns, in milliseconds. */
export interface TurnFigures {
  p50: number;
  p99: number;
  max: number;
  /** How many turns the figures are made of. */
  turns: number;
}

/** A ring of the latest turn times. */
export class TurnTimes {
  readonly #times: Float64Array;
  #count = 0;

  constructor(keptMax: number) {
    this.#times = new Float64Array(keptMax);
  }

  /** Turns so far. */
  get count(): number {
    return this.#count;
  }

  /** Counts a turn. */
  add(durationMs: number): void {
    this.#times[this.#count % this.#times.length] = durationMs;
    this.#count++;
  }

  /** The figures by nearest rank, all zero before the first turn. */
  figures(): TurnFigures {
    const sorted = this.#times.slice(0, Math.min(this.#count, this.#times.length)).sort();
    const rank = (share: number) => sorted[Math.ceil(sorted.length * share) - 1] ?? 0;
    return { p50: rank(0.5), p99: rank(0.99), max: rank(1), turns: sorted.length };
  }
}
