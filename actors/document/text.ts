/** What a list shows of a note's text: title, excerpt and length. */

import { wholeCharacters } from "../delta.ts";
import { limits } from "../limits.ts";

const MARKUP =
  /^\s*(?:#{1,6}\s+|>\s?|[-*+]\s+(?:\[[ xX]\]\s*)?|\d+[.)]\s+|```.*$|~~~.*$|[-=*_]{3,}\s*$)/;
const INLINE = /[*_~`]+|!?\[([^\]]*)\]\([^)]*\)/g;
/** The spaces beyond ASCII. */
const SPACES: ReadonlySet<number> = new Set([
  ...[0xa0, 0x1680, 0x2000, 0x2001, 0x2002, 0x2003, 0x2004, 0x2005, 0x2006, 0x2007, 0x2008],
  ...[0x2009, 0x200a, 0x2028, 0x2029, 0x202f, 0x205f, 0x3000, 0xfeff],
]);
const SEGMENTER = new Intl.Segmenter(undefined, { granularity: "word" });
/** Beyond this many units words are counted by spaces, which is fast and nearly right. */
const SEGMENTED_UNITS_MAX = 50_000;

/** What the read side keeps of a text and takes long to find. */
export interface TextDigest {
  words: number;
  /** The ids of those whom the text names. */
  mentions: string[];
}

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
  if (text.length > SEGMENTED_UNITS_MAX) return countBetweenSpaces(text);
  let words = 0;
  for (const segment of SEGMENTER.segment(text)) if (segment.isWordLike) words += 1;
  return words;
}

/** Holds nothing of the words: a million of them would take a hundred megabytes. */
function countBetweenSpaces(text: string): number {
  let words = 0;
  let wasSpace = true;
  for (let i = 0; i < text.length; i++) {
    const unit = text.charCodeAt(i);
    const isSpace = unit <= 0x20 || (unit >= 0xa0 && SPACES.has(unit));
    if (wasSpace && !isSpace) words++;
    wasSpace = isSpace;
  }
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
