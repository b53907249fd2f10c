/** Luck that can be repeated: the same seed leads to the same history. */

/** The generator "mulberry32". */
export class Chance {
  #seed: number;

  constructor(seed: number) {
    // Seeds in a row would begin alike without this.
    this.#seed = Math.imul(seed ^ (seed >>> 16), 0x45d9f3b) | 0;
  }

  /** From 0 up to, but without, 1. */
  next(): number {
    this.#seed = (this.#seed + 0x6d2b79f5) | 0;
    let t = Math.imul(this.#seed ^ (this.#seed >>> 15), 1 | this.#seed);
    t = (t + Math.imul(t ^ (t >>> 7), 61 | t)) ^ t;
    return ((t ^ (t >>> 14)) >>> 0) / 2 ** 32;
  }

  /** A number from `from` up to `to`. */
  between(from: number, to: number): number {
    return from + this.next() * (to - from);
  }

  /** A whole number from 0, below `end`. */
  below(end: number): number {
    return Math.floor(this.next() * end);
  }

  /** Whether something happens that happens so often. */
  is(probability: number): boolean {
    return this.next() < probability;
  }

  /** One of them; undefined when there is none. */
  one<Value>(values: readonly Value[]): Value | undefined {
    return values[this.below(values.length)];
  }
}
