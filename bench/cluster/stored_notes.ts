/**
 * Notes that lie in a store, as after a day's work: a text of the usual size, a snapshot and a few edits
 * after it. Written through the store itself, many to a transaction; the server that is measured later
 * has never seen them.
 */

import { takeSnapshot } from "../../actors/document/snapshots.ts";
import {
  type ActorStore,
  type DocumentChange,
  type DocumentTypes,
  documentBehavior,
  formatId,
  toPersonId,
} from "../../actors/mod.ts";

/** Who owns them all. */
export const OWNER_ID = toPersonId(formatId(1, new Uint8Array(10)));
/** Edits that a snapshot has taken in, and those that came after. */
export const EDITS = { beforeSnapshot: 12, afterSnapshot: 8 };

const FIRST_ID_MS = 1_000_000;
const NOTES_PER_COMMIT = 200;

/** The id of the n-th note: every process knows it without being told. */
export function noteId(index: number): string {
  return formatId(FIRST_ID_MS + index, new Uint8Array(10));
}

/** Writes so many notes with this text at the beginning. */
export async function storeNotes(
  store: ActorStore<DocumentTypes>,
  { notes, text }: { notes: number; text: string },
): Promise<void> {
  // They differ in nothing but their ids, so the text is written once.
  const changes = changesOf(text);
  for (let from = 0; from < notes; from += NOTES_PER_COMMIT) {
    const count = Math.min(NOTES_PER_COMMIT, notes - from);
    const batches = Array.from({ length: count }, (_, i) => ({ id: noteId(from + i), changes }));
    for (const result of await store.commit(batches)) {
      if (result.state === "failed") throw result.error;
    }
  }
}

/** What a behavior wanted stored for a note that was created and edited; nothing is announced. */
function changesOf(text: string): DocumentChange[] {
  const state = documentBehavior.load(noteId(0), undefined);
  const by = { userId: OWNER_ID, linkId: undefined };
  const at = Date.now();
  const changes: DocumentChange[] = [];
  const apply = (operation: DocumentTypes["operation"]) => {
    const outcome = documentBehavior.apply(state, operation);
    if (outcome.type !== "done") throw new Error(`Cannot make a note: received ${outcome.type}`);
    changes.push(...(outcome.changes ?? []).filter(({ type }) => type !== "event"));
  };
  const edit = (number: number) =>
    apply({
      type: "edit",
      ...{ by, at, operationId: `edit-${number}`, client: "bench", base: number },
      ...{ delta: [number * 10, "word "], caret: undefined },
    });
  apply({ type: "create", userId: OWNER_ID, at, operationId: "create-1", text });
  for (let number = 1; number <= EDITS.beforeSnapshot; number++) edit(number);
  changes.push(takeSnapshot(state));
  for (let i = 1; i <= EDITS.afterSnapshot; i++) edit(EDITS.beforeSnapshot + i);
  documentBehavior.dispose?.(state);
  return changes;
}
