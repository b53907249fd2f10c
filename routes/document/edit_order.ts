/**
 * Whether what a document tells goes on from what was published of it. Numbers alone do not say so: after
 * a write was lost, other edits get the numbers of those that people see.
 */

import { type DocumentEvent, etagOf, type Revision } from "../../actors/mod.ts";

/** An edit as a document tells it. */
export type Edited = Extract<DocumentEvent, { type: "edited" }>;

/** How an edit goes on from what was published. */
export function stepOf(
  { entry, previous }: Edited,
  shown: Revision | undefined,
): "next" | "told_again" | "unsure" {
  if (shown === undefined) return "next";
  if (entry.version === shown.version + 1) {
    return previous === undefined || previous === (shown.etag ?? "") ? "next" : "unsure";
  }
  if (entry.version > shown.version + 1) return "unsure";
  return previous === undefined || isSame(entry, shown) ? "told_again" : "unsure";
}

function isSame(entry: Edited["entry"], shown: Revision): boolean {
  return entry.version === shown.version && etagOf(entry) === shown.etag;
}

/** Whether what the actor answered does not go on from what was published. */
export function isOther(answered: Revision, shown: Revision): boolean {
  if (answered.version !== shown.version) return answered.version < shown.version;
  return answered.etag !== shown.etag;
}
