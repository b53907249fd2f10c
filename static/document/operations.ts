/** Edits that the server has not confirmed, and how they are moved over what others did. */

import {
  apply,
  compose,
  type Delta,
  fits,
  invert,
  isEmpty,
  type SplitLimits,
  split,
  transform,
} from "../../actors/delta.ts";
import type { Entry, ErrorFrame, Revision } from "./frames.ts";

/**
 * What one operation holds at most when it is made. The server takes twice as many components: others'
 * edits that an operation is moved over may cut its deletions into several.
 */
export const OPERATION_MAX: SplitLimits = { unitsMax: 250_000, componentsMax: 1_000 };

/** An edit that the server has not confirmed. */
export interface Operation {
  id: string;
  delta: Delta;
  /** Whether it may have been sent, and so may not grow anymore. */
  sealed: boolean;
}

/** Edits that were not accepted and will not be, for a person to copy. */
export interface Refusal {
  code: string;
  message: string;
  /** The whole text as it was shown. */
  text: string;
  /** Only what was typed. */
  inserted: string;
}

/** What has to outlive a tab. */
export interface Kept extends Revision {
  operations: Operation[];
  /** The text there, where it was worth keeping. */
  base?: string;
  refusal?: Refusal;
}

/**
 * Operations of which only the server knows whether it has them, after its text replaced the one they
 * were made against. It is asked for one after the other; what it has is always the beginning.
 */
export interface Doubt extends Revision {
  /** The text there, where it is known. */
  base: string | undefined;
  operations: Operation[];
  /** How many of them are known to be in the server's text. */
  accepted: number;
  /** How many are shown meanwhile, moved, at the front of the queue. */
  shown: number;
}

/** What has to be kept of operations in doubt. */
export function keepDoubt({ version, etag, base, operations }: Doubt): Kept {
  const kept: Kept = { version, etag, operations: copyOperations(operations) };
  return base === undefined ? kept : { ...kept, base };
}

/** Deltas within limits that do one after the other what the given one does. */
export function cut(delta: Delta, max: SplitLimits): Delta[] {
  const pieces: Delta[] = [];
  for (let rest = delta; !isEmpty(rest); ) {
    const [first, next] = split(rest, max);
    pieces.push(first);
    rest = next;
  }
  return pieces;
}

/** Whether the server would not take a delta: others made it grow, or an older page kept it. */
export function isTooLarge(delta: Delta, { unitsMax, componentsMax }: SplitLimits): boolean {
  return !isEmpty(split(delta, { unitsMax, componentsMax: componentsMax * 2 })[1]);
}

/** New operations within limits that do what a delta does. */
export function makeOperations(delta: Delta, max: SplitLimits, mintId: () => string): Operation[] {
  return cut(delta, max).map((piece) => ({ id: mintId(), delta: piece, sealed: false }));
}

/** The same operations, and new ones in the place of those that the server would not take. */
export function cutLarge(
  operations: readonly Operation[],
  max: SplitLimits,
  mintId: () => string,
): Operation[] {
  return operations.flatMap((it) =>
    isTooLarge(it.delta, max) ? makeOperations(it.delta, max, mintId) : it,
  );
}

/** Whether an error is about an operation; what was put off before it was read may be told without its id. */
export function isAbout({ id, code }: ErrorFrame, operation: Operation): boolean {
  return id === operation.id || (id === undefined && code === "throttled" && operation.sealed);
}

/** Operations that can be changed without changing the given ones. */
export function copyOperations(operations: readonly Operation[]): Operation[] {
  return operations.map((operation) => ({ ...operation }));
}

/** One delta that does what all operations do. */
export function composeAll(operations: readonly Pick<Operation, "delta">[]): Delta {
  return operations.reduce<Delta>((all, { delta }) => compose(all, delta), []);
}

/** Moves operations over a delta made against the same text; answers that delta after them. */
export function moveOperations(operations: readonly Operation[], over: Delta): Delta {
  let rest = over;
  for (const operation of operations) {
    const { delta } = operation;
    operation.delta = transform(rest, delta, "right");
    rest = transform(delta, rest, "left");
  }
  return rest;
}

/** What makes the text after one delta the text after another. */
export function correctionOf(from: Delta, to: Delta, text: string): Delta {
  return JSON.stringify(from) === JSON.stringify(to) ? [] : compose(invert(from, text), to);
}

/** A dead tab's operations after what was accepted since; its own among that are left out. */
export function catchUp(kept: Kept, entries: readonly Entry[]): Operation[] {
  const operations = copyOperations(kept.operations);
  for (const { id, d } of entries) {
    if (operations[0]?.id === id) operations.shift();
    else moveOperations(operations, d);
  }
  return operations;
}

/** Whether operations can be applied to a text of so many units, one after the other. */
export function fitAll(operations: readonly Operation[], textUnits: number): boolean {
  return fits(composeAll(operations), textUnits);
}

/** The text after operations. */
export function applyAll(text: string, operations: readonly Operation[]): string {
  return apply(text, composeAll(operations));
}

/** What operations leave as typed text, piece by piece. */
export function insertedText(operations: readonly Operation[]): string {
  return composeAll(operations)
    .filter((component) => typeof component === "string")
    .join("\n");
}
