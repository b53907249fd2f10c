/** Notes that are asked something so that they live in memory. */

import type { Actors, DocumentOperation, DocumentTypes } from "../../actors/mod.ts";
import { noteId, OWNER_ID } from "./stored_notes.ts";

const IN_FLIGHT = 200;

/** The cheapest thing a note can be asked. */
export function askRole(documents: Actors<DocumentTypes>, index: number): Promise<unknown> {
  const by = { userId: OWNER_ID, linkId: undefined };
  const operation: DocumentOperation = { type: "roles", by: [by], at: Date.now() };
  return documents.ask(noteId(index), operation);
}

/** Asks the first so many notes; resolves when all have answered. */
export async function activateNotes(
  documents: Actors<DocumentTypes>,
  { notes }: { notes: number },
): Promise<void> {
  let next = 0;
  const askOn = async () => {
    for (let index = next++; index < notes; index = next++) await askRole(documents, index);
  };
  await Promise.all(Array.from({ length: IN_FLIGHT }, askOn));
}
