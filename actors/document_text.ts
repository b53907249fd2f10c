/** What a list shows of a note's text: title, excerpt and length. */

import { wholeCharacters } from "./delta.ts";
import { limits } from "./limits.ts";

const MARKUP =
  /^\s*(?:#{1,6}\s+|>\s?|[-*+]\s+(?:\[[ xX]\]\s*)?|\d+[.)]\s+|```.*$|~~~.*$|[-=*_]{3,}\s*$)/;
const INLINE = /[*_~`]+|!?\[([^\]]*)\]\([^)]*\)/g;
const SEGMENTER = new Intl.Segmenter(undefined, { granularity: "word" });
/** Beyond this many units words are counted by spaces, which is fast and nearly right. */
const SEGMENTED_UNITS_MAX = 50_000;

/** The first line that says something, without its markup; empty for an empty note. */
export function titleOf(text: string): string {
  for (const line of linesOf(text.slice(0, limits.titleSearchUnitsMax))) {
    const title = plain(line);
    if (title !== "") return shorten(title, limits.titleUnitsMax);
  }
  return "";
}

/** The lines after the title, run together. */
export function excerptOf(text: string): string {
  let excerpt = "";
  let isTitle = true;
  for (const line of linesOf(text.slice(0, limits.titleSearchUnitsMax))) {
    const words = plain(line);
    if (words === "") continue;
    if (isTitle) {
      isTitle = false;
      continue;
    }
    excerpt += excerpt === "" ? words : ` ${words}`;
    if (excerpt.length > limits.excerptUnitsMax) break;
  }
  return shorten(excerpt, limits.excerptUnitsMax);
}

/** How many words a text has, in any script. */
export function countWords(text: string): number {
  if (text.length > SEGMENTED_UNITS_MAX) return text.match(/\S+/g)?.length ?? 0;
  let words = 0;
  for (const segment of SEGMENTER.segment(text)) if (segment.isWordLike) words += 1;
  return words;
}

/** Lines one after the other: a title is not worth splitting five million characters. */
function* linesOf(text: string): Generator<string> {
  let start = 0;
  while (start < text.length) {
    const end = text.indexOf("\n", start);
    yield text.slice(start, end === -1 ? text.length : end).slice(0, 1_000);
    if (end === -1) return;
    start = end + 1;
  }
}

function plain(line: string): string {
  return line
    .replace(MARKUP, "")
    .replace(INLINE, (_, label?: string) => label ?? "")
    .replace(/\s+/g, " ")
    .trim();
}

/** At most so many units, never half a character. */
function shorten(text: string, units: number): string {
  if (text.length <= units) return text;
  return `${wholeCharacters(text, units - 1).trimEnd()}…`;
}
