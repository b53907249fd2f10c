import { describe, expect, test } from "bun:test";
import { LivePieces } from "./live_pieces.ts";

describe("LivePieces", () => {
  test("passes on what comes whole", () => {
    const pieces = new LivePieces();
    for (const frame of [
      { t: "hello" },
      { t: "reset", note: "a", text: "x" },
      { t: "deltas", note: "a" },
    ]) {
      expect(pieces.take(frame)).toEqual([frame]);
    }
  });

  test("puts a text together, and lets what else is told of the note wait for it", () => {
    const pieces = new LivePieces();
    const deltas = { t: "deltas", note: "a", from: 3 };
    expect(pieces.take({ t: "reset", note: "a", version: 3, text: "one ", more: true })).toEqual(
      [],
    );
    expect(pieces.take(deltas)).toEqual([]);
    expect(pieces.take({ t: "deltas", note: "b" })).toEqual([{ t: "deltas", note: "b" }]);
    expect(pieces.take({ t: "pong" })).toEqual([{ t: "pong" }]);
    expect(pieces.take({ t: "more", note: "a", text: "two ", more: true })).toEqual([]);
    expect(pieces.take({ t: "more", note: "a", text: "three" })).toEqual([
      { t: "reset", note: "a", version: 3, text: "one two three", more: true },
      deltas,
    ]);
    expect(pieces.take(deltas)).toEqual([deltas]);
  });

  test("begins again with another text, and forgets what was begun in another connection", () => {
    const pieces = new LivePieces();
    const begin = { t: "reset", note: "a", text: "old", more: true };
    pieces.take(begin);
    expect(pieces.take({ t: "reset", note: "a", text: "new" })).toHaveLength(1);
    pieces.take(begin);
    pieces.clear();
    expect(pieces.take({ t: "more", note: "a", text: "x" })).toEqual([]);
    expect(pieces.take({ t: "deltas", note: "a" })).toHaveLength(1);
  });
});
