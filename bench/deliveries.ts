/**
 * Which keystroke reached which socket when. Everything happens in one process, so one clock measures
 * both ends; a keystroke counts when it was made within the measured window, whenever it arrives.
 */

/** Something that was typed and sent under one name. */
interface Sent {
  /** When each of its keystrokes was made. */
  times: number[];
  isMeasured: boolean;
}

/** What came of the measured keystrokes. */
export interface DeliveryFigures {
  keystrokes: number;
  /** What they were sent as; keystrokes that waited for an answer went together. */
  edits: number;
  /** How often a keystroke reached one of the others. */
  deliveries: number;
  /** Milliseconds from a keystroke to another's socket, in ascending order. */
  latenciesMs: Float64Array;
}

/** Keeps the account of one run. Keys are whatever names an edit on both ends. */
export class Deliveries {
  readonly #sent = new Map<string | number, Sent>();
  readonly #latenciesMs: number[] = [];
  #keystrokes = 0;
  #edits = 0;
  #isMeasuring = false;

  /** Starts or stops counting what is typed from now on. */
  measure(on: boolean): void {
    this.#isMeasuring = on;
  }

  /** Something is being sent that was typed at these times. */
  sent(key: string | number, times: number[]): void {
    this.#sent.set(key, { times, isMeasured: this.#isMeasuring });
    if (!this.#isMeasuring) return;
    this.#keystrokes += times.length;
    this.#edits++;
  }

  /** It arrived at a socket of somebody else. */
  arrived(key: string | number, now: number): void {
    const sent = this.#sent.get(key);
    if (!sent?.isMeasured) return;
    for (const time of sent.times) this.#latenciesMs.push(now - time);
  }

  /** What came of it all. */
  figures(): DeliveryFigures {
    const latenciesMs = Float64Array.from(this.#latenciesMs).sort();
    return {
      ...{ keystrokes: this.#keystrokes, edits: this.#edits },
      ...{ deliveries: latenciesMs.length, latenciesMs },
    };
  }
}
