/** Where people are in the text of a document. */

import { type Delta, transformPosition } from "../delta.ts";
import { textOf } from "./loro.ts";
import { done, OK } from "./outcomes.ts";
import { missedSince } from "./revisions.ts";
import { denied } from "./rights.ts";
import type { Caret, DocumentOutcome, DocumentState, OperationOf } from "./types.ts";

/** Tells where a caret is, in the current version. */
export function moveCaret(state: DocumentState, operation: OperationOf<"caret">): DocumentOutcome {
  const refusal = denied(state, operation, "read");
  if (refusal) return refusal;
  const missed = missedSince(state, operation, undefined);
  // A caret is worth no reading from disk: one that is far behind comes again by itself.
  if (missed.type !== "entries") return done(OK);
  let caret = operation.caret;
  for (const entry of missed.entries) {
    if (caret) caret = moved(caret, entry.delta);
  }
  const version = state.version;
  caret = caret && clamped(caret, lengthOf(state));
  return {
    type: "done",
    reply: OK,
    events: [{ type: "caret", client: operation.client, version, caret }],
  };
}

/** Where a caret is after an edit of somebody else. */
export function moved([anchor, head]: Caret, delta: Delta): Caret {
  return [transformPosition(anchor, delta), transformPosition(head, delta)];
}

/** A caret that lies within a text. */
export function clamped([anchor, head]: Caret, length: number): Caret {
  return [Math.min(anchor, length), Math.min(head, length)];
}

function lengthOf(state: DocumentState): number {
  return state.loaded?.length ?? textOf(state).length;
}
