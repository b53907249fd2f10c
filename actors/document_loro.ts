/**
 * The Loro document behind a note, made when it is changed for the first time. Whoever reads needs no
 * more than its text: a note that is only open costs its stored bytes and the text, and no more.
 */

import { decodeFrontiers, LoroDoc, type LoroText } from "loro-crdt/base64";
import type { DocumentState } from "./document_types.ts";
import { limits } from "./limits.ts";

/** The name of the text in the Loro document; part of the sync protocol. */
const BODY = "body";

/** A document that Loro has in memory. */
export interface LoadedText {
  doc: LoroDoc;
  body: LoroText;
  /** UTF-16 units of the text. */
  length: number;
}

/** The text of a note, loaded if it was not yet. */
export function textIn(state: DocumentState): LoadedText {
  if (state.loaded) return state.loaded;
  const doc = new LoroDoc();
  if (state.parts.length > 0) doc.importBatch(state.parts);
  state.parts = [];
  const body = doc.getText(BODY);
  state.loaded = { doc, body, length: body.length };
  return state.loaded;
}

/** The text as it is. A document that nobody has changed yet is not kept for that. */
export function readText(state: DocumentState): string {
  if (state.loaded) return state.loaded.body.toString();
  if (state.parts.length === 0) return "";
  const doc = new LoroDoc();
  try {
    doc.importBatch(state.parts);
    return doc.getText(BODY).toString();
  } finally {
    doc.free();
  }
}

/** Whether the text has to be loaded in slices, because loading it as a whole would hold the thread. */
export function isHeavy({ parts, loaded, loading }: DocumentState): boolean {
  if (loaded) return false;
  if (loading || parts.length > limits.loadUpdatesMax) return true;
  const bytes = parts.reduce((sum, part) => sum + part.length, 0);
  return bytes > limits.loadBytesMax;
}

/** Loads a slice of a heavy text; true when it is there as a whole. */
export function loadSlice(state: DocumentState): boolean {
  state.loading ??= new LoroDoc();
  let bytes = 0;
  let count = 0;
  while (count < limits.loadUpdatesMax && bytes < limits.loadBytesMax) {
    const part = state.parts[count];
    if (part === undefined) break;
    bytes += part.length;
    count += 1;
  }
  state.loading.importBatch(state.parts.splice(0, count));
  if (state.parts.length > 0) return false;
  const body = state.loading.getText(BODY);
  state.loaded = { doc: state.loading, body, length: body.length };
  state.loading = undefined;
  return true;
}

/** The text of a stored document at some frontiers; takes long for long histories. */
export function textAt(parts: readonly Uint8Array[], frontiers: Uint8Array): string {
  const doc = new LoroDoc();
  try {
    if (parts.length > 0) doc.importBatch([...parts]);
    doc.checkout(decodeFrontiers(frontiers));
    return doc.getText(BODY).toString();
  } finally {
    doc.free();
  }
}
