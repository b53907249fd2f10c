/**
 * Makes text searchable in Postgres by the same rules as `search_text.ts`. Postgres' own parsers
 * depend on the language and know no words in scripts without spaces, so words are made here and
 * stored as they are: without case and diacritics, each once. Only the characters of unspaced scripts
 * carry positions, because only they are searched as phrases.
 *
 * A `tsvector` holds a megabyte, 16,383 positions and 256 of one word, so a long text becomes several
 * rows, and every word of a query is looked for by itself. What is beyond the last row is not found.
 */

import { limits } from "../../actors/mod.ts";
import { indexedText, isUnspaced, WORD } from "./search_text.ts";

/** Units of plain words, and characters with a position, in one row. */
const PLAIN_UNITS_PER_ROW = 100_000;
const POSITIONS_PER_ROW = 4_000;
/** Characters that a row repeats of the one before, so that phrases across the border are found. */
const OVERLAP = 64;
/** Rows of one text: some 250,000 characters of Chinese, or any number of words people know. */
const ROWS_MAX = 64;
/** A word is told apart by so many units; longer ones are nobody's words. */
const WORD_UNITS_MAX = 100;

/** Latin, Greek and Cyrillic accents, and the points of Hebrew and Arabic. */
const DIACRITICS =
  /[\u0300-\u036f\u0591-\u05bd\u05bf\u05c1\u05c2\u05c4\u05c5\u05c7\u064b-\u065f\u0670]/g;

/** Gathers the words of a text part by part, so that no step takes long, and makes rows of them. */
export class SearchWords {
  readonly #plain = new Set<string>();
  readonly #placed: string[] = [];

  /** Adds a part of the text; parts may repeat what stood at the border. */
  add(text: string): void {
    for (const word of wordsOf(text)) {
      if (!isUnspaced(word)) this.#plain.add(word.slice(0, WORD_UNITS_MAX));
      else if (this.#placed.length < limits.searchUnspacedMax) {
        for (const part of partsOf(word)) this.#placed.push(part);
      }
    }
  }

  /** The rows, each as the text form of a `tsvector`. */
  rows(): string[] {
    const [plainRows, placedRows] = [rowsOfPlain(this.#plain), rowsOfPlaced(this.#placed)];
    const count = Math.min(Math.max(plainRows.length, placedRows.length), ROWS_MAX);
    return Array.from({ length: count }, (_, row) =>
      [plainRows[row], placedRows[row]].filter((part) => part !== undefined).join(" "),
    );
  }
}

/**
 * What somebody typed, as the text form of one `tsquery` for each word: all have to be found. Each may
 * be the beginning of a longer word.
 */
export function searchQueries(query: string): string[] {
  const words = [...new Set(wordsOf(query))].slice(0, limits.searchWordsMax);
  return words.map((word) => {
    const parts = isUnspaced(word) ? partsOf(word) : [word.slice(0, WORD_UNITS_MAX)];
    const isWhole = isUnspaced(parts.at(-1) ?? "");
    return parts.map((part) => `'${part}'`).join(" <-> ") + (isWhole ? "" : ":*");
  });
}

/** Letters, digits and marks alone, so that nothing has to be escaped. */
function wordsOf(text: string): string[] {
  const folded = text.toLowerCase().normalize("NFD").replace(DIACRITICS, "").normalize("NFC");
  return folded.replaceAll("ς", "σ").match(WORD) ?? [];
}

function partsOf(word: string): string[] {
  return indexedText(word)
    .trim()
    .split(/\s+/)
    .map((part) => part.slice(0, WORD_UNITS_MAX));
}

function rowsOfPlain(words: ReadonlySet<string>): string[] {
  const rows: string[] = [];
  let row: string[] = [];
  let units = 0;
  for (const word of words) {
    row.push(`'${word}'`);
    units += word.length;
    if (units < PLAIN_UNITS_PER_ROW) continue;
    rows.push(row.join(" "));
    row = [];
    units = 0;
  }
  if (row.length > 0) rows.push(row.join(" "));
  return rows;
}

function rowsOfPlaced(parts: readonly string[]): string[] {
  const rows: string[] = [];
  for (let start = 0; start < parts.length; start += POSITIONS_PER_ROW) {
    const from = Math.max(0, start - OVERLAP);
    const placed = parts.slice(from, start + POSITIONS_PER_ROW);
    rows.push(placed.map((part, index) => `'${part}':${index + 1}`).join(" "));
    if (rows.length === ROWS_MAX) break;
  }
  return rows;
}
