/** When a document is stored as a whole, and how. */

import { limits } from "../limits.ts";
import type { DocumentChange } from "../ports.ts";
import { textIn } from "./loro.ts";
import type { DocumentState } from "./types.ts";

/** Whether what follows the last snapshot is worth another one. */
export function isSnapshotDue(state: DocumentState): boolean {
  const { tailVersions, tailBytes, snapshotBytes } = state;
  if (tailVersions >= limits.snapshotVersionsMax) return true;
  // A large note is not written whole for every few hundred small edits.
  const enough = Math.max(limits.snapshotTailBytesMin, snapshotBytes / 4);
  return tailVersions >= snapshotVersions(state) && tailBytes >= enough;
}

/** How many entries a snapshot has to be worth: the longer the text, the longer it takes. */
function snapshotVersions(state: DocumentState): number {
  const own = Math.floor(textIn(state).length / limits.snapshotUnitsPerVersionMax);
  return Math.max(limits.snapshotEveryVersions, own);
}

/** The snapshot of a note that leaves memory, if it was changed enough to be worth one. */
export function snapshotOnLeaving(state: DocumentState): DocumentChange[] {
  // What only was read is stored as well as it can be.
  const isDue = state.loaded !== undefined && state.tailVersions >= snapshotVersions(state);
  return isDue ? [takeSnapshot(state)] : [];
}

/** The whole state, which replaces the updates before it. */
export function takeSnapshot(state: DocumentState): DocumentChange {
  const bytes = textIn(state).doc.export({ mode: "snapshot" });
  state.tailVersions = 0;
  state.tailBytes = 0;
  state.snapshotBytes = bytes.length;
  return { type: "snapshot", version: state.version, bytes };
}
