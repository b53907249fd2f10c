/**
 * Room for the bodies of requests. It is reserved before anything is read, so that however many come at
 * once, what they hold of the memory is known. Who may send more has room of its own: a flood of
 * strangers keeps no member from saving, and no address or account takes all the room of its kind.
 */

import { limits } from "../../actors/mod.ts";

/** Room that was reserved; it has to be given back. */
export interface BodyLease {
  readonly bytes: number;
  /** Makes it so many bytes; answers whether there was room. */
  resize(bytes: number): boolean;
  /** Gives everything back. */
  release(): void;
}

/** How much room there is: altogether, and for one key. */
export interface BodyBudgetOptions {
  bytesMax: number;
  bytesPerKeyMax: number;
}

/** Room of one kind, shared by its keys. */
export class BodyBudget {
  readonly #options: BodyBudgetOptions;
  readonly #bytesByKey = new Map<string, number>();
  #bytes = 0;
  #peakBytes = 0;

  constructor(options: BodyBudgetOptions) {
    this.#options = options;
  }

  /** What is reserved now. */
  get bytes(): number {
    return this.#bytes;
  }

  /** The most that was reserved at once. */
  get peakBytes(): number {
    return this.#peakBytes;
  }

  /** Reserves room; undefined when there is not enough. */
  take(key: string, bytes: number): BodyLease | undefined {
    let held = 0;
    const lease: BodyLease = {
      get bytes() {
        return held;
      },
      resize: (wanted) => {
        if (!this.#change(key, wanted - held)) return false;
        held = wanted;
        return true;
      },
      release: () => void lease.resize(0),
    };
    return lease.resize(bytes) ? lease : undefined;
  }

  #change(key: string, bytes: number): boolean {
    const { bytesMax, bytesPerKeyMax } = this.#options;
    const all = this.#bytes + bytes;
    const own = (this.#bytesByKey.get(key) ?? 0) + bytes;
    if (bytes > 0 && (all > bytesMax || own > bytesPerKeyMax)) return false;
    this.#bytes = all;
    this.#peakBytes = Math.max(this.#peakBytes, all);
    if (own === 0) this.#bytesByKey.delete(key);
    else this.#bytesByKey.set(key, own);
    return true;
  }
}

/** Whose bodies share a room: anybody's, those of who holds a link to write, members', and refused ones. */
export interface BodyBudgets {
  stranger: BodyBudget;
  link: BodyBudget;
  member: BodyBudget;
  refused: BodyBudget;
}

/** The rooms of one process. */
export function makeBodyBudgets(): BodyBudgets {
  return {
    stranger: new BodyBudget({
      bytesMax: limits.strangerBodiesBytesMax,
      bytesPerKeyMax: limits.strangerBodiesBytesPerAddressMax,
    }),
    link: new BodyBudget({
      bytesMax: limits.linkBodiesBytesMax,
      bytesPerKeyMax: limits.linkBodiesBytesPerAddressMax,
    }),
    member: new BodyBudget({
      bytesMax: limits.memberBodiesBytesMax,
      bytesPerKeyMax: limits.memberBodiesBytesPerAccountMax,
    }),
    refused: new BodyBudget({
      bytesMax: limits.refusedBodiesBytesMax,
      bytesPerKeyMax: limits.refusedBodiesBytesPerAddressMax,
    }),
  };
}
