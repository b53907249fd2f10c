/**
 * Makes text searchable in every script. The index splits words at spaces, and Chinese, Japanese,
 * Thai, Lao, Khmer and Burmese have none between words: there each character becomes a word of its
 * own, and what is searched for becomes a phrase of such words.
 */

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

/**
 * The FTS5 expression for what somebody typed: every word has to occur, each may be the beginning of
 * a longer one. Undefined when there is no word in it.
 */
export function searchExpression(query: string): string | undefined {
  const words = query.normalize("NFC").match(WORD);
  if (!words) return undefined;
  return words
    .map((word) => {
      const parts = indexedText(word).trim().split(/\s+/);
      const phrase = `"${parts.join(" ")}"`;
      // A character of an unspaced script is a whole word; the beginning of others will do.
      return isUnspaced(parts.at(-1) ?? "") ? phrase : `${phrase}*`;
    })
    .join(" AND ");
}
