/**
 * The Loro document behind a note, made when it is changed for the first time. Whoever reads needs no
 * more than its text: a note that is only open costs its stored bytes and the text, and no more.
 */

import { LoroDoc, type LoroText } from "loro-crdt/base64";
import type { DocumentState } from "./document_types.ts";

/** The name of the text in the Loro document; part of the sync protocol. */
export const BODY = "body";

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
