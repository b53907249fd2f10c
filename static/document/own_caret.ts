/** Tells the others where one's own caret is, as seldom as they can stand. */

import type { Delta } from "../../actors/delta.ts";
import type { Caret } from "./frames.ts";
import { moveCaret } from "./recent.ts";

/** About twenty a second. */
const TELL_AFTER_MS = 50;

/** The caret of one textarea. */
export class OwnCaret {
  readonly #textarea: HTMLTextAreaElement;
  readonly #tell: (caret: Caret | null) => boolean;
  /** What the others know, in the text that is shown; undefined when they know nothing. */
  #told: Caret | null | undefined;
  #timer = 0;

  /** `tell` answers whether it could; while an edit is on its way, that carries the caret. */
  constructor(textarea: HTMLTextAreaElement, tell: (caret: Caret | null) => boolean) {
    this.#textarea = textarea;
    this.#tell = tell;
  }

  /** Where it is, while one writes here. */
  get value(): Caret | undefined {
    if (document.activeElement !== this.#textarea) return undefined;
    const { selectionStart, selectionEnd, selectionDirection } = this.#textarea;
    return selectionDirection === "backward"
      ? [selectionEnd, selectionStart]
      : [selectionStart, selectionEnd];
  }

  /** It may have moved, or may be told again: tells it soon where that is news. */
  changed(): void {
    if (this.#timer !== 0) return;
    this.#timer = window.setTimeout(() => {
      this.#timer = 0;
      this.#tellNow();
    }, TELL_AFTER_MS);
  }

  /** The others were told with an edit. */
  told(caret: Caret): void {
    this.#told = caret;
  }

  /** Somebody has not heard where it is. */
  forget(): void {
    this.#told = undefined;
    this.changed();
  }

  /** The text was changed; the others move what they know along. */
  moved(delta: Delta): void {
    if (this.#told) this.#told = moveCaret(this.#told, [delta]);
  }

  /** Tells nothing more. */
  stop(): void {
    clearTimeout(this.#timer);
  }

  #tellNow(): void {
    const caret = this.value ?? null;
    const isKnown = this.#told !== undefined && String(this.#told) === String(caret);
    if (!isKnown && this.#tell(caret)) this.#told = caret;
  }
}
