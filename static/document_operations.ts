/** Edits that the server has not confirmed, and how they are moved over what others did. */

import { apply, compose, type Delta, fits, transform } from "../actors/delta.ts";
import type { Entry, Revision } from "./document_frames.ts";

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

/** Operations that can be changed without changing the given ones. */
export function copyOperations(operations: readonly Operation[]): Operation[] {
  return operations.map((operation) => ({ ...operation }));
}

/** One delta that does what all operations do. */
export function composeAll(operations: readonly Operation[]): Delta {
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
