/** Chance that repeats itself: the same seed gives the same numbers on every machine. */

/** A small seeded generator (sfc32); `fork` gives one that is independent of how often this was asked. */
export class Random {
  readonly #key: string;
  #a: number;
  #b: number;
  #c: number;
  #counter = 1;

  constructor(seed: number | string) {
    this.#key = String(seed);
    this.#a = hash(this.#key, 0x9e3779b9);
    this.#b = hash(this.#key, 0x85ebca6b);
    this.#c = hash(this.#key, 0xc2b2ae35);
    // The first numbers still show the seed.
    for (let i = 0; i < 12; i++) this.next();
  }

  /** Another generator, known by what it is for. */
  fork(purpose: string | number): Random {
    return new Random(`${this.#key}/${purpose}`);
  }

  /** A number in [0, 1). */
  next(): number {
    const sum = (this.#a + this.#b + this.#counter++) | 0;
    this.#a = this.#b ^ (this.#b >>> 9);
    this.#b = (this.#c + (this.#c << 3)) | 0;
    this.#c = (((this.#c << 21) | (this.#c >>> 11)) + sum) | 0;
    return (sum >>> 0) / 2 ** 32;
  }

  /** A whole number from `min` to `max`, both included. */
  integer(min: number, max: number): number {
    return min + Math.floor(this.next() * (max - min + 1));
  }

  /** Whether something happens that does so this often. */
  chance(probability: number): boolean {
    return this.next() < probability;
  }

  /** One of several. Throws a RangeError when there is none. */
  pick<Item>(items: readonly Item[]): Item {
    const item = items[this.integer(0, items.length - 1)];
    if (item === undefined) throw new RangeError("Cannot pick: expected at least one item");
    return item;
  }

  /** All of them in another order. */
  shuffle<Item>(items: readonly Item[]): Item[] {
    const keyed = items.map((item) => ({ item, key: this.next() }));
    return keyed.sort((one, other) => one.key - other.key).map(({ item }) => item);
  }

  /** Bytes for ids; not for secrets. */
  bytes(count: number): Uint8Array {
    return Uint8Array.from({ length: count }, () => this.integer(0, 255));
  }
}

/** FNV-1a, then mixed once more. */
function hash(text: string, start: number): number {
  let value = start;
  for (let i = 0; i < text.length; i++) {
    value = Math.imul(value ^ text.charCodeAt(i), 0x01000193);
  }
  value = Math.imul(value ^ (value >>> 16), 0x7feb352d);
  return (value ^ (value >>> 15)) >>> 0;
}
