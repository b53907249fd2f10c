/**
 * Makes text searchable in every script. The index splits words at spaces, and Chinese, Japanese,
 * Thai, Lao, Khmer and Burmese have none between words: there each character becomes a word of its
 * own, and what is searched for becomes a phrase of such words.
 */

import { limits } from "../../actors/mod.ts";

const UNSPACED =
  /[\p{Script=Han}\p{Script=Hiragana}\p{Script=Katakana}\p{Script=Thai}\p{Script=Lao}\p{Script=Khmer}\p{Script=Myanmar}]/u;
const UNSPACED_EACH = new RegExp(UNSPACED.source, "gu");
/** A word as it is typed: letters, digits and marks. */
export const WORD = /[\p{L}\p{N}\p{M}\p{Co}]+/gu;

/** Whether there is a character in it that is a word of its own. */
export function isUnspaced(text: string): boolean {
  return UNSPACED.test(text);
}

/** The text as the index has to see it. */
export function indexedText(text: string): string {
  return text.replace(UNSPACED_EACH, " $& ");
}

/** Prepares the parts of a text for the index: each character without a space is a word, up to a limit. */
export class IndexedParts {
  #unspacedLeft: number = limits.searchUnspacedMax;

  /** The next part as the index has to see it. */
  next(text: string): string {
    return text.replace(UNSPACED_EACH, (character) => {
      this.#unspacedLeft -= 1;
      return this.#unspacedLeft < 0 ? " " : ` ${character} `;
    });
  }
}

/**
 * The FTS5 expressions for what somebody typed, one for each word, because a long text has several rows:
 * every word has to occur, each may be the beginning of a longer one.
 */
export function searchExpressions(query: string): string[] {
  const words = new Set(query.normalize("NFC").match(WORD));
  return [...words].slice(0, limits.searchWordsMax).map((word) => {
    const parts = indexedText(word).trim().split(/\s+/);
    const phrase = `"${parts.join(" ")}"`;
    // A character of an unspaced script is a whole word; the beginning of others will do.
    return isUnspaced(parts.at(-1) ?? "") ? phrase : `${phrase}*`;
  });
}

/** Characters that a part repeats of the one before, so that phrases across the border are found. */
const OVERLAP = 64;

/** The parts in which a text is indexed, so that no step takes long; cut between words where there are. */
export function* searchParts(text: string): Generator<string> {
  let start = 0;
  do {
    const end = endOfPart(text, start + limits.searchPartUnitsMax);
    yield text.slice(Math.max(0, start - OVERLAP), end).toWellFormed();
    start = end;
  } while (start < text.length);
}

function endOfPart(text: string, most: number): number {
  if (most >= text.length) return text.length;
  const last = /\s\S*$/.exec(text.slice(most - OVERLAP, most));
  return last === null ? most : most - OVERLAP + last.index + 1;
}
