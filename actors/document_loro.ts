/**
 * The Loro document behind a note, made when it is changed for the first time. Whoever reads needs no
 * more than its text: a note that is only open costs its stored bytes and the text, and no more.
 */

import { decodeFrontiers, LoroDoc, type LoroText } from "loro-crdt/base64";
import { apply, baseLength, compose, cutsSurrogatePair, type Delta } from "./delta.ts";
import type { DocumentState } from "./document_types.ts";
import { limits } from "./limits.ts";

/** The name of the text in the Loro document; part of the sync protocol. */
const BODY = "body";

/** Half of a surrogate pair: a text without any is one that no delta can cut a character of. */
const SURROGATE = /[\uD800-\uDFFF]/;

/** An insertion of so many units is none that was typed. */
const MUCH_UNITS = 10_000;

/** A document that Loro has in memory. */
export interface LoadedText {
  doc: LoroDoc;
  body: LoroText;
  /** UTF-16 units of the text. */
  length: number;
  /** Whether the text may have characters of two units. */
  hasPairs: boolean;
}

/** The text of a note, loaded if it was not yet. */
export function textIn(state: DocumentState): LoadedText {
  if (state.loaded) return state.loaded;
  const doc = new LoroDoc();
  if (state.parts.length > 0) doc.importBatch(state.parts);
  state.parts = [];
  return keepLoaded(state, doc);
}

function keepLoaded(state: DocumentState, doc: LoroDoc): LoadedText {
  const body = doc.getText(BODY);
  const text = body.toString();
  state.loaded = { doc, body, length: text.length, hasPairs: SURROGATE.test(text) };
  return state.loaded;
}

/** The text as it is. */
export function textOf(state: DocumentState): string {
  if (state.textVersion !== state.version) {
    state.text = textAfterEdits(state) ?? readText(state);
    state.textVersion = state.version;
  }
  return state.text;
}

/** A long text that is known is changed by what was edited since: Loro takes longer to hand it out. */
function textAfterEdits(state: DocumentState): string | undefined {
  const { version, textVersion, recent, loaded } = state;
  const missed = version - textVersion;
  const isLong = loaded !== undefined && loaded.length > limits.snapshotStateUnitsMax;
  const isNear = missed <= Math.min(recent.length, limits.textEditsMax);
  if (!isLong || textVersion < 0 || !isNear) return undefined;
  const deltas = recent.slice(recent.length - missed).map(({ delta }) => delta);
  return apply(state.text, deltas.reduce(compose));
}

/** A document that nobody has changed yet is not kept for its text. */
function readText(state: DocumentState): string {
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
  keepLoaded(state, state.loading);
  state.loading = undefined;
  return true;
}

/**
 * Whether a delta fits the text and cuts no surrogate pair in two. One that others left nothing of
 * (both deleted the same) is accepted like any other: its sender waits to see it.
 */
export function isApplicable(state: DocumentState, delta: Delta): boolean {
  const { length, hasPairs } = textIn(state);
  if (baseLength(delta) > length) return false;
  if (!hasPairs) return true;
  // Loro takes as long to look up one position as to hand out the whole text.
  const text = textOf(state);
  return !cutsSurrogatePair((position) => text.charCodeAt(position), delta);
}

/** Whether an edit is one that is not kept in memory for long. */
function insertsMuch(delta: Delta): boolean {
  return delta.some((component) => typeof component === "string" && component.length > MUCH_UNITS);
}

/** Whether a position is between the two halves of a character. */
export function isInsideCharacter(state: DocumentState, position: number): boolean {
  if (position === 0 || !textIn(state).hasPairs) return false;
  return (textOf(state).codePointAt(position - 1) ?? 0) > 0xffff;
}

/** Changes the text, and answers what Loro has to keep of it. */
export function change(state: DocumentState, delta: Delta, version: number): Uint8Array {
  const loaded = textIn(state);
  const { doc, body } = loaded;
  const before = doc.oplogVersion();
  let position = 0;
  for (const component of delta) {
    if (typeof component === "string") {
      insert(body, position, component);
      position += component.length;
      loaded.length += component.length;
      loaded.hasPairs ||= SURROGATE.test(component);
    } else if (component > 0) position += component;
    else {
      body.delete(position, -component);
      loaded.length += component;
    }
  }
  doc.commit();
  // Where every edit looks at the text, or it takes long to be handed out, it is changed along with it.
  if ((loaded.hasPairs || insertsMuch(delta)) && state.textVersion === state.version) {
    state.text = apply(state.text, delta);
    state.textVersion = version;
  }
  state.version = version;
  const update = doc.export({ mode: "update", from: before });
  before.free();
  return update;
}

/**
 * Inserts a long text in pieces, from its end: those that follow each other Loro joins to one, and goes
 * through all of it for each position in it, and for each edit that it exports.
 */
function insert(body: LoroText, position: number, text: string): void {
  let end = text.length;
  while (end > limits.insertPieceUnitsMax) {
    const start = end - limits.insertPieceUnitsMax;
    const isInPair = (text.codePointAt(start - 1) ?? 0) > 0xffff;
    const whole = isInPair ? start - 1 : start;
    body.insert(position, text.slice(whole, end));
    end = whole;
  }
  body.insert(position, text.slice(0, end));
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
