/**
 * Puts a long text together that comes in several frames. What else comes about the note meanwhile was
 * told after the text, so it waits until the text is whole.
 */

import type { Frame } from "./live.ts";

interface Unfinished {
  frame: Frame;
  texts: string[];
  waiting: Frame[];
}

/** The notes whose text is coming, in one connection. */
export class LivePieces {
  readonly #unfinished = new Map<string, Unfinished>();

  /** The frames to handle now, in order. */
  take(frame: Frame): Frame[] {
    const unfinished = this.#unfinished.get(frame.note);
    if (frame.t === "reset") return this.#begin(frame);
    if (unfinished === undefined) return frame.t === "more" ? [] : [frame];
    if (frame.t !== "more") {
      unfinished.waiting.push(frame);
      return [];
    }
    unfinished.texts.push(frame.text);
    if (frame.more) return [];
    this.#unfinished.delete(frame.note);
    const { frame: first, texts, waiting } = unfinished;
    return [{ ...first, text: texts.join("") }, ...waiting];
  }

  /** The connection is another one. */
  clear(): void {
    this.#unfinished.clear();
  }

  #begin(frame: Frame): Frame[] {
    this.#unfinished.delete(frame.note);
    if (!frame.more) return [frame];
    this.#unfinished.set(frame.note, { frame, texts: [frame.text], waiting: [] });
    return [];
  }
}
