/** Which notification came when: a person's notifications have numbers, and a count stands for all before. */

import type { Arrivals } from "./crowd.ts";
import type { Driven } from "./drive.ts";

interface Mailed {
  dueAt: number;
  arrivedAt: number | undefined;
}

/** Everything that was due, and what has come of it. */
export class Receipts {
  readonly #all: Mailed[] = [];
  readonly #byPerson = new Map<number, { mailed: Mailed[]; arrived: number }>();

  /** Notifications that were made, after those of before; answers with the place of the first. */
  due({ people, dueAt }: Pick<Driven, "people" | "dueAt">): number {
    const first = this.#all.length;
    for (const [index, person] of people.entries()) {
      const mailed: Mailed = { dueAt: dueAt[index] ?? Number.NaN, arrivedAt: undefined };
      this.#all.push(mailed);
      const theirs = this.#byPerson.get(person);
      if (theirs) theirs.mailed.push(mailed);
      else this.#byPerson.set(person, { mailed: [mailed], arrived: 0 });
    }
    return first;
  }

  /** What came at one crowd. */
  arrived({ people, unread, at }: Arrivals): void {
    for (const [index, person] of people.entries()) {
      const theirs = this.#byPerson.get(person);
      if (theirs === undefined) continue;
      const until = Math.min(unread[index] ?? 0, theirs.mailed.length);
      for (; theirs.arrived < until; theirs.arrived++) {
        const mailed = theirs.mailed[theirs.arrived];
        if (mailed) mailed.arrivedAt = at[index];
      }
    }
  }

  /** Times from due to arrived, sorted, of all from a place on; and when the last of them came. */
  since(first: number): { latenciesMs: Float64Array; endedAt: number } {
    const latencies: number[] = [];
    let endedAt = Number.NEGATIVE_INFINITY;
    for (const { dueAt, arrivedAt } of this.#all.slice(first)) {
      if (arrivedAt === undefined) continue;
      latencies.push(arrivedAt - dueAt);
      endedAt = Math.max(endedAt, arrivedAt);
    }
    return { latenciesMs: Float64Array.from(latencies).sort(), endedAt };
  }
}
