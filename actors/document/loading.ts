/**
 * Loading what is stored of a text, in slices that hold the thread for a moment only.
 *
 * Loro opens a snapshot at once and hands out its text. The first edit then makes it decode the state,
 * which takes longer the longer the text is and the more often it was edited: 3.4 s for a note of
 * 5,000,000 units and 5,000 edits (loro-crdt 1.17.1). So whoever only reads gets the text of the snapshot,
 * and for whoever edits, the history in it is handed over to a second document piece by piece, which ends
 * up with the same state and the same versions.
 */

import { LoroDoc, type LoroText } from "loro-crdt/base64";
import { limits } from "../limits.ts";

/** The name of the text in the Loro document; part of the sync protocol. */
export const BODY = "body";

/** A document that Loro has in memory. */
export interface LoadedText {
  doc: LoroDoc;
  body: LoroText;
  /** UTF-16 units of the text. */
  length: number;
  /** Whether the text may have characters of two units. */
  hasPairs: boolean;
}

/** What is stored of a text: the snapshot, and the updates behind it. */
export interface StoredText {
  readonly snapshot: Uint8Array | undefined;
  readonly updates: readonly Uint8Array[];
}

/** A stretch of what one editor did, as Loro counts it: each character is one. */
interface Span {
  id: { peer: `${number}`; counter: number };
  len: number;
}

/** The text of what is stored, as far as that is quick: without updates, or with few of them. */
export function readStored({ snapshot, updates }: StoredText): string {
  const doc = new LoroDoc();
  try {
    if (snapshot) doc.import(snapshot);
    if (updates.length > 0) doc.importBatch([...updates]);
    return doc.getText(BODY).toString();
  } finally {
    doc.free();
  }
}

/** A text that is being loaded to be edited. */
export class TextLoading {
  /** What is loaded so far; the whole text once `step()` has answered true. */
  readonly doc = new LoroDoc();
  /** The snapshot, as long as some of its history is not handed over. */
  #source: LoroDoc | undefined;
  #spans: Span[] = [];
  readonly #updates: readonly Uint8Array[];
  #taken = 0;

  constructor({ snapshot, updates }: StoredText) {
    this.#updates = updates;
    if (snapshot === undefined) return;
    this.#source = new LoroDoc();
    this.#source.import(snapshot);
    this.#spans = spansOf(this.#source);
  }

  /** Loads a slice; true when everything is loaded. */
  step(): boolean {
    if (this.#source) this.#takeSpan(this.#source);
    else this.#takeUpdates();
    return this.#source === undefined && this.#taken === this.#updates.length;
  }

  /** Frees what is not wanted anymore. */
  cancel(): void {
    this.#source?.free();
    this.doc.free();
  }

  #takeSpan(source: LoroDoc): void {
    const span = this.#spans.shift();
    if (span) this.doc.import(source.export({ mode: "updates-in-range", spans: [span] }));
    if (this.#spans.length > 0) return;
    source.free();
    this.#source = undefined;
  }

  #takeUpdates(): void {
    const end = this.#taken + limits.loadUpdatesMax;
    const updates = this.#updates.slice(this.#taken, end);
    this.#taken += updates.length;
    if (updates.length > 0) this.doc.importBatch(updates);
  }
}

/** The whole history in slices, in the order in which it was made: each editor went on from the last. */
function spansOf(doc: LoroDoc): Span[] {
  const version = doc.oplogVersion();
  const editors = [...version.toJSON()].map(([peer, length]) => {
    const { lamport } = doc.getChangeAt({ peer, counter: 0 });
    return { peer, length, lamport };
  });
  version.free();
  editors.sort((a, b) => a.lamport - b.lamport);
  const max = limits.loadOperationsMax;
  return editors.flatMap(({ peer, length }) =>
    Array.from({ length: Math.ceil(length / max) }, (_, index) => ({
      id: { peer, counter: index * max },
      len: Math.min(max, length - index * max),
    })),
  );
}
