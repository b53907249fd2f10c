/**
 * Divides a text that is too long to be rendered at once, between its paragraphs where that is possible.
 * A block of code that goes on over the end of a part is opened again at the beginning of the next one.
 */

import { wholeCharacters } from "../delta.ts";
import { limits } from "../limits.ts";

/** One part of a text: `prefix` and what stands between two positions, in UTF-16 units. */
export interface TextPart {
  start: number;
  end: number;
  /** The line that opens the block of code in which the part begins; otherwise empty. */
  prefix: string;
}

const FENCE = /^ {0,3}(`{3,}|~{3,})[^\n]*$/gm;

/**
 * The parts of a text, one after the other; there is always a first one. Each takes a step that is
 * bounded by the size of a part.
 */
export function* partsOf(
  text: string,
  unitsMax: number = limits.renderPartUnitsMax,
): Generator<TextPart> {
  let start = 0;
  let fence = "";
  do {
    const end = endOfPart(text, start, unitsMax);
    yield { start, end, prefix: fence === "" ? "" : `${fence}\n` };
    fence = openFence(text.slice(start, end), fence);
    start = end;
  } while (start < text.length);
}

/** Behind an empty line in the second half of the part, or else a line, or else a whole character. */
function endOfPart(text: string, start: number, unitsMax: number): number {
  const part = firstLines(text.slice(start, start + unitsMax), limits.renderPartLinesMax);
  if (start + part.length >= text.length) return text.length;
  const least = Math.floor(part.length / 2);
  for (const mark of ["\n\n", "\n"]) {
    const at = part.lastIndexOf(mark);
    if (at >= least) return start + at + mark.length;
  }
  return start + wholeCharacters(part, part.length).length;
}

/** What a line becomes, such as an item of a list, takes far more memory than its text. */
function firstLines(text: string, linesMax: number): string {
  let end = 0;
  for (let lines = 0; lines < linesMax; lines++) {
    const at = text.indexOf("\n", end);
    if (at === -1) return text;
    end = at + 1;
  }
  return text.slice(0, end);
}

/** The line of the fence that is open at the end, given the one that was open at the beginning. */
function openFence(part: string, before: string): string {
  let open = before;
  for (const [line, sign = ""] of part.matchAll(FENCE)) {
    if (open === "") open = line;
    else if (closes(line, sign, signOf(open))) open = "";
  }
  return open;
}

function signOf(line: string): string {
  return /^ {0,3}(`{3,}|~{3,})/.exec(line)?.[1] ?? "";
}

function closes(line: string, sign: string, opened: string): boolean {
  return sign[0] === opened[0] && sign.length >= opened.length && line.trim() === sign;
}
