/**
 * Undo and redo of one's own edits only. A stack holds inverse deltas, and between them, composed
 * into one, what others did in the meantime: an inverse is moved over that only when it is needed, so
 * that a busy note does not make a long history slow.
 */

import {
  baseLength,
  compose,
  type Delta,
  invert,
  isEmpty,
  lengthChange,
  transform,
  transformPosition,
} from "../../actors/delta.ts";
import { composeAll } from "./operations.ts";

/** A pause in typing after which a new step begins. */
const PAUSE_MS = 1_000;
/** Steps that can be taken back. */
const STEPS_MAX = 500;

/** An inverse of one's own, or what others did after it. */
interface Item {
  delta: Delta;
  others: boolean;
}

/** The last edit, as far as the next one may join its step. */
interface Typing {
  /** Typed text, or undefined for a deletion. */
  text: string | undefined;
  /** Where the next letter would come. */
  position: number;
  at: number;
}

/** What one did to a note, to be taken back and done again. */
export class History {
  #undo: Item[] = [];
  #redo: Item[] = [];
  #typing: Typing | undefined;

  /** Remembers one's own edit of a text at a time; typing without a pause is one step per word. */
  record(delta: Delta, textBefore: string, now: number): void {
    const inverse = invert(delta, textBefore);
    const typing = readTyping(delta, now);
    settle(this.#undo);
    const last = this.#undo.at(-1);
    if (last && typing && this.#typing && joins(typing, this.#typing, delta)) {
      last.delta = compose(inverse, last.delta);
    } else this.#undo.push({ delta: inverse, others: false });
    if (this.#undo.length > STEPS_MAX) this.#undo.shift();
    this.#typing = typing;
    this.#redo = [];
  }

  /** Takes note of what others did to the text. */
  others(delta: Delta): void {
    for (const stack of [this.#undo, this.#redo]) {
      if (stack.length > 0) add(stack, delta);
    }
    if (this.#typing) {
      this.#typing.position = transformPosition(this.#typing.position, delta, "before");
    }
  }

  /** The delta that takes the last step back, or undefined when there is none. */
  undo(text: string): Delta | undefined {
    return this.#move(this.#undo, this.#redo, text);
  }

  /** The delta that does again what was taken back last. */
  redo(text: string): Delta | undefined {
    return this.#move(this.#redo, this.#undo, text);
  }

  /** Forgets everything but what waits on top of a text, as one step. */
  restart(text: string, waiting: readonly { delta: Delta }[]): void {
    this.clear();
    const delta = composeAll(waiting);
    if (!isEmpty(delta)) this.#undo.push({ delta: invert(delta, text), others: false });
  }

  /** Forgets everything. */
  clear(): void {
    this.#undo = [];
    this.#redo = [];
    this.#typing = undefined;
  }

  #move(from: Item[], to: Item[], text: string): Delta | undefined {
    this.#typing = undefined;
    for (;;) {
      settle(from);
      const item = from.pop();
      if (!item) return undefined;
      if (isEmpty(item.delta)) continue;
      to.push({ delta: invert(item.delta, text), others: false });
      return item.delta;
    }
  }
}

/** Moves the step on top over what others did after it, which then lies below. */
function settle(stack: Item[]): void {
  const top = stack.at(-1);
  if (!top?.others) return;
  stack.pop();
  const step = stack.pop();
  if (!step) return;
  add(stack, transform(step.delta, top.delta, "left"));
  stack.push({ delta: transform(top.delta, step.delta, "right"), others: false });
}

/** Puts what others did on top of a stack. */
function add(stack: Item[], delta: Delta): void {
  const top = stack.at(-1);
  if (top?.others) top.delta = compose(top.delta, delta);
  else if (top) stack.push({ delta, others: true });
}

/** Reads an edit as typing or deleting at one place. */
function readTyping(delta: Delta, at: number): Typing | undefined {
  const last = delta.at(-1);
  if (delta.length > 2 || (delta.length === 2 && typeof delta[0] === "string")) return undefined;
  if (typeof last === "string") {
    return { text: last, position: baseLength(delta) + last.length, at };
  }
  return { text: undefined, position: baseLength(delta) + lengthChange(delta), at };
}

/** Whether an edit goes on with the one before it. */
function joins(typing: Typing, last: Typing, delta: Delta): boolean {
  if (typing.at - last.at > PAUSE_MS) return false;
  if (typing.text === undefined || last.text === undefined) {
    const backwards = baseLength(delta) === last.position;
    return typing.text === last.text && (backwards || typing.position === last.position);
  }
  const newWord = /\s$/.test(last.text) && !/^\s/.test(typing.text);
  return typing.position - typing.text.length === last.position && !newWord;
}
