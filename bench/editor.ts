/** Somebody who types in a note over a socket, whatever the protocol. */

import type { Deliveries } from "./deliveries.ts";

/** How to reach a note. */
export interface Desk {
  port: number;
  note: string;
  /** The session with which to sign in, where the server wants one. */
  session: string | undefined;
  /** Units of the note's first text. */
  textUnits: number;
  /** Different for everybody, above 1. */
  number: number;
}

/** One person's open note. */
export interface Editor {
  /** Resolves when the note is here. */
  open(): Promise<void>;
  /** Types one character; `now` is the moment of the keystroke. */
  type(now: number): void;
  close(): void;
}

/** What editors work with. */
export interface EditorTools {
  deliveries: Deliveries;
  /** A number in [0, 1), the same in every run. */
  random(): number;
  /** Something went wrong that spoils the figures. */
  failed(reason: string): void;
}

/** Out of so many keystrokes one is at another place. */
export const KEYSTROKES_PER_MOVE = 20;

const TYPED = "the quick brown fox jumps over the lazy dog and writes it down ";

/** The n-th character that somebody types. */
export function characterAt(index: number): string {
  return TYPED.charAt(index % TYPED.length);
}

/** Numbers in [0, 1) that are the same in every run (a linear congruential generator). */
export function randomFrom(seed: number): () => number {
  let state = seed >>> 0;
  return () => {
    state = (Math.imul(state, 1_664_525) + 1_013_904_223) >>> 0;
    return state / 2 ** 32;
  };
}
