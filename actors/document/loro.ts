/**
 * The Loro document behind a note, made when it is changed for the first time. Whoever reads needs no
 * more than its text: a note that is only open costs its stored bytes and the text, and no more.
 */

import { decodeFrontiers, type LoroDoc, type LoroText } from "loro-crdt/base64";
import { apply, baseLength, compose, cutsSurrogatePair, type Delta } from "../delta.ts";
import { limits } from "../limits.ts";
import { BODY, type LoadedText, readStored, type StoredText, TextLoading } from "./loading.ts";
import type { DocumentState } from "./types.ts";

/** What is stored of a text that is loaded is not needed anymore. */
const NOTHING: StoredText = { snapshot: undefined, updates: [] };

/** Half of a surrogate pair: a text without any is one that no delta can cut a character of. */
const SURROGATE = /[\uD800-\uDFFF]/;

/** An insertion of so many units is none that was typed. */
const MUCH_UNITS = 10_000;

/**
 * Loads a slice of the text where the whole would hold the thread; true when it can be used. What was
 * loaded for somebody who only reads is not kept, but for the text itself.
 */
export function loadSlice(state: DocumentState, use: "read" | "edit"): boolean {
  if (state.loaded || isQuick(state, use)) return true;
  state.loading ??= { work: new TextLoading(state.stored), isKept: false };
  const { loading } = state;
  loading.isKept ||= use === "edit";
  if (!loading.work.step()) return false;
  if (loading.isKept) keepLoaded(state, loading.work.doc);
  else {
    state.text = loading.work.doc.getText(BODY).toString();
    state.textVersion = state.version;
    state.loading = undefined;
    loading.work.cancel();
  }
  return true;
}

function isQuick(state: DocumentState, use: "read" | "edit"): boolean {
  const { snapshot, updates } = state.stored;
  const isRead = state.textVersion === state.version || updates.length === 0;
  if (use === "read" && isRead) return true;
  const bytes = updates.reduce((sum, part) => sum + part.length, snapshot?.length ?? 0);
  return updates.length <= limits.loadUpdatesMax && bytes <= limits.loadBytesMax;
}

/** The text of a note, loaded if it was not yet. */
export function textIn(state: DocumentState): LoadedText {
  if (state.loaded) return state.loaded;
  const loading = state.loading?.work ?? new TextLoading(state.stored);
  while (!loading.step());
  return keepLoaded(state, loading.doc);
}

function keepLoaded(state: DocumentState, doc: LoroDoc): LoadedText {
  const body = doc.getText(BODY);
  const text = body.toString();
  state.loaded = { doc, body, length: text.length, hasPairs: SURROGATE.test(text) };
  state.loading = undefined;
  state.stored = NOTHING;
  return state.loaded;
}

/** The text as it is. A document that nobody has changed yet is not kept for that. */
export function textOf(state: DocumentState): string {
  if (state.textVersion !== state.version) {
    state.text = textAfterEdits(state) ?? state.loaded?.body.toString() ?? readStored(state.stored);
    state.textVersion = state.version;
  }
  return state.text;
}

/** A long text that is known is changed by what was edited since: Loro takes longer to hand it out. */
function textAfterEdits(state: DocumentState): string | undefined {
  const { version, textVersion, recent, loaded } = state;
  const missed = version - textVersion;
  const isLong = loaded !== undefined && loaded.length > limits.textReadUnitsMax;
  const isNear = missed <= Math.min(recent.length, limits.textEditsMax);
  if (!isLong || textVersion < 0 || !isNear) return undefined;
  const deltas = recent.slice(recent.length - missed).map(({ delta }) => delta);
  return apply(state.text, deltas.reduce(compose));
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
export function textAt(stored: StoredText, frontiers: Uint8Array): string {
  const loading = new TextLoading(stored);
  try {
    while (!loading.step());
    loading.doc.checkout(decodeFrontiers(frontiers));
    return loading.doc.getText(BODY).toString();
  } finally {
    loading.cancel();
  }
}
