/** Long texts in pieces, so that no step with one of them holds the thread. */

import { isHigh } from "./delta.ts";
import { limits } from "./limits.ts";

/** The pieces of a text in order, each of whole characters; one for an empty text. */
export function* piecesOf(
  text: string,
  unitsMax: number = limits.textPieceUnitsMax,
): Generator<string> {
  let start = 0;
  do {
    let end = Math.min(text.length, start + unitsMax);
    if (end < text.length && isHigh(text.charCodeAt(end - 1)) && end - start > 1) end -= 1;
    yield text.slice(start, end);
    start = end;
  } while (start < text.length);
}
