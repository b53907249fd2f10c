/** Answers that hold a long text: they are escaped and sent piece by piece, as the reader takes them. */

import { type Clock, limits, pause, piecesOf } from "../../actors/mod.ts";

/** What stands in a page for a long text until it is sent. */
export interface LongText {
  text: string;
  /** Stands in the page once, and nowhere in what people write. */
  placeholder: string;
}

/** A text that is too long to be drawn into a page in one step, or undefined where it is not. */
export function longTextOf(text: string, clock: Clock): LongText | undefined {
  if (text.length <= limits.textPieceUnitsMax) return undefined;
  return { text, placeholder: `text-${clock.mintId()}` };
}

/** A page with a long text in the place of its placeholder. */
export function streamPage(page: string, { text, placeholder }: LongText, clock: Clock) {
  const [head = "", tail = ""] = page.split(placeholder);
  return streamPieces(pagePieces(head, text, tail), clock);
}

/** A text as it is. */
export function streamText(text: string, clock: Clock): ReadableStream<Uint8Array> {
  return streamPieces(piecesOf(text), clock);
}

function* pagePieces(head: string, text: string, tail: string): Generator<string> {
  yield head;
  for (const piece of piecesOf(text)) yield escapeText(piece);
  yield tail;
}

/** Inside of an element, `&` and `<` are all that a parser looks for. */
function escapeText(text: string): string {
  return text.replaceAll("&", "&amp;").replaceAll("<", "&lt;");
}

/** Between two pieces, others have their turn. */
function streamPieces(pieces: Iterator<string>, clock: Clock): ReadableStream<Uint8Array> {
  const encoder = new TextEncoder();
  return new ReadableStream({
    async pull(controller) {
      await pause(clock);
      const { value, done } = pieces.next();
      if (done) controller.close();
      else controller.enqueue(encoder.encode(value));
    },
  });
}
