/**
 * The Loro document behind a note, made when it is needed for the first time. Whoever joins with the
 * version that is current needs no text: a note that is only open costs its stored bytes and no more.
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
