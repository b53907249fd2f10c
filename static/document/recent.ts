/** The newest confirmed deltas, to move positions that come late to where they are now. */

import { type Delta, transformPosition } from "../../actors/delta.ts";
import type { Caret } from "./frames.ts";

const DELTAS_MAX = 200;

/** Where a caret is after edits. */
export function moveCaret([anchor, head]: Caret, deltas: readonly Delta[]): Caret {
  const move = (at: number, delta: Delta) => transformPosition(at, delta, "before");
  return [deltas.reduce(move, anchor), deltas.reduce(move, head)];
}

/** The deltas of one note. */
export class RecentDeltas {
  #deltas: Delta[] = [];

  /** The text has gone on by one version. */
  add(delta: Delta): void {
    this.#deltas.push(delta);
    if (this.#deltas.length > DELTAS_MAX) this.#deltas.shift();
  }

  /** The text was replaced: older versions are not known anymore. */
  clear(): void {
    this.#deltas = [];
  }

  /** The deltas of so many newest versions, if they are known. */
  newest(versions: number): Delta[] | undefined {
    const { length } = this.#deltas;
    return versions < 0 || versions > length ? undefined : this.#deltas.slice(length - versions);
  }
}
