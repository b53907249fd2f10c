/** The worst of each kind of frame that may be sent, and the worst that may not. */

import { beforeEach, describe, expect, test } from "bun:test";
import fc from "fast-check";
import { limits } from "../../actors/mod.ts";
import { FakeClock } from "../../tests/support/fake_clock.ts";
import {
  documentFrames,
  FRAME_TYPES,
  type FrameType,
  frameReader,
} from "../../tests/support/frames.ts";
import { type FrameSender, makeFrameBucket } from "./frame_budget.ts";
import { FrameGate, type FrameSource } from "./frame_gate.ts";
import { FrameReader } from "./frames.ts";

const NOTE = "01JD2Z7Q5V4T8N3XKQ0C9B6MWE";
const ID = "operation-000001";

const note = fc.constant(NOTE);
const count = fc.nat(limits.textUnitsMax);
const etag = fc.option(fc.string({ maxLength: limits.etagUnitsMax }), { nil: undefined });
const caret = fc.tuple(count, count);
const text = fc
  .string({ unit: fc.constantFrom(...'[]{},:\\"ab 漢\n\u0001') })
  .map((piece) => piece.repeat(20));
const delta = fc.array(fc.oneof(text, fc.integer({ min: -limits.textUnitsMax, max: 5_000_000 })), {
  maxLength: limits.deltaComponentsMax,
  size: "max",
});

/** Frames of each kind that the schema takes; a kind that is missing here does not compile. */
const frames: Record<FrameType, fc.Arbitrary<Record<string, unknown>>> = {
  watch: fc.record({
    topics: fc.array(fc.string({ maxLength: 64 }), { maxLength: limits.topicsMax, size: "max" }),
    since: count,
  }),
  open: fc.record({ note, version: count, etag, mode: fc.constantFrom("read", "write") }),
  seen: fc.record({ note }),
  edit: fc.record({ note, id: fc.constant(ID), base: count, etag, delta, caret }),
  caret: fc.record({ note, version: count, etag, caret: fc.option(caret) }),
  preview: fc.record({ note, on: fc.boolean(), part: fc.integer({ min: 1, max: 1_000 }) }),
  close: fc.record({ note }),
  ping: fc.record({}),
};

/** The largest edits that are taken: of text, each unit of it an escape, and of components. */
const half = limits.deltaComponentsMax / 2;
const escapes = "\u0001".repeat(limits.textPieceUnitsMax / half);
const largestDelta = Array.from({ length: half }, () => [limits.textUnitsMax, escapes]).flat();
const edit = { t: "edit", note: NOTE, id: ID, base: limits.textUnitsMax };

const ada: FrameSender = { key: "account:ada", kind: "member" };
const guest: FrameSender = { key: "link:1:192.0.2.7", kind: "link" };

let clock: FakeClock;
let gate: FrameGate;

beforeEach(() => {
  clock = new FakeClock();
  gate = new FrameGate(clock, frameReader);
});

function socketOf(sender: FrameSender): FrameSource {
  return { sender, frames: makeFrameBucket(clock.now()) };
}

function receive(source: FrameSource, frame: unknown) {
  return gate.receive(source, typeof frame === "string" ? frame : JSON.stringify(frame));
}

/** What becomes of a message that is sent so many times at once. */
function receiveMany(source: FrameSource, frame: unknown, times: number): Record<string, number> {
  const message = typeof frame === "string" ? frame : JSON.stringify(frame);
  const counts: Record<string, number> = { ok: 0, refused: 0, flood: 0 };
  for (let i = 0; i < times; i++) {
    const { state } = gate.receive(source, message);
    counts[state] = (counts[state] ?? 0) + 1;
  }
  return counts;
}

describe("every kind of frame", () => {
  test("is tried here", () => {
    expect(Object.keys(frames).sort()).toEqual([...FRAME_TYPES].sort());
  });

  test("has a name of its own", () => {
    expect(() => new FrameReader([documentFrames, documentFrames])).toThrow("received two");
  });

  test.each(FRAME_TYPES)("passes as far as the schema takes it: %s", (t) => {
    fc.assert(
      fc.property(frames[t], fc.constantFrom(0, 1), (fields, indent) => {
        const message = JSON.stringify({ t, ...fields }, null, indent);
        expect(gate.receive(socketOf({ key: message, kind: "link" }), message).state).toBe("ok");
      }),
      { seed: 3, numRuns: 50 },
    );
  });

  test.each(FRAME_TYPES)("with a million brackets or commas behind it is not parsed: %s", (t) => {
    for (const ballast of ["[".repeat(1_000_000), `[${"0,".repeat(1_000_000)}0]`]) {
      const message = `{"t":"${t}","note":"${NOTE}","id":"${ID}","x":${ballast}}`;
      const code = t === "edit" ? "bad_delta" : "invalid";
      const error = expect.objectContaining({ code, about: { note: NOTE, id: ID } });
      expect(receive(socketOf(ada), message)).toEqual({ state: "refused", error });
    }
  });

  test.each(FRAME_TYPES)("with a megabyte of text behind it is a flood by its bytes: %s", (t) => {
    const [fields] = fc.sample(frames[t], { seed: 3, numRuns: 1 });
    const message = { t, ...fields, x: "x".repeat(1_000_000) };
    for (const [sender, burst] of [
      [ada, limits.memberFramesBytesMax],
      [guest, limits.linkFramesBytesMax],
    ] as const) {
      const { ok = 0, refused = 0, flood } = receiveMany(socketOf(sender), message, 40);
      expect(ok).toBeLessThanOrEqual(burst / 1_000_000);
      expect(ok + refused).toBeLessThanOrEqual((burst * 2) / 1_000_000);
      expect(flood).toBeGreaterThan(0);
    }
  });
});

describe("an edit", () => {
  test("of the largest size is taken, and one that is larger in any way is not", () => {
    const largest = JSON.stringify({ ...edit, delta: largestDelta });
    expect(largest.length).toBeLessThan(limits.frameBytesMax);
    expect(frameReader.parse(largest).state).toBe("ok");
    const longer = [...largestDelta.slice(0, -1), `${largestDelta.at(-1)}x`];
    expect(frameReader.parse(JSON.stringify({ ...edit, delta: longer }))).toMatchObject({
      about: { id: ID },
    });
    const more = Array.from({ length: half + 1 }, () => [1, "x"]).flat();
    expect(frameReader.parse(JSON.stringify({ ...edit, delta: more }))).toMatchObject({
      ...{ state: "invalid", code: "bad_delta", about: { note: NOTE, id: ID } },
    });
  });

  test("over the budget is put off with its id, however large it is", async () => {
    for (const sender of [ada, guest]) {
      const source = socketOf(sender);
      const large = { ...edit, delta: ["x".repeat(limits.textPieceUnitsMax)] };
      while (receive(source, large).state === "ok") await clock.advance(1);
      for (const frame of [large, { ...edit, delta: ["x"] }]) {
        const received = receive(source, frame);
        expect(received).toMatchObject({
          state: "refused",
          error: {
            ...{ code: "throttled", about: { note: NOTE, id: ID } },
            retryAfterSeconds: expect.any(Number),
          },
        });
      }
    }
  });

  test("that waits as long as it is told is taken, of a link's holder as well", async () => {
    const source = socketOf(guest);
    const large = { ...edit, delta: ["漢".repeat(limits.textPieceUnitsMax)] };
    let taken = 0;
    for (let tries = 0; taken < 20; tries++) {
      expect(tries).toBeLessThan(60);
      const received = receive(source, large);
      if (received.state === "ok") taken += 1;
      else if (received.state === "flood") throw new Error("Cannot be a flood");
      else await clock.advance((received.error.retryAfterSeconds ?? 0) * 1_000);
    }
  });
});

describe("over the budget", () => {
  test("what is small and makes little work is done, and a note is not opened", () => {
    const source = socketOf(guest);
    gate.answered(source, limits.linkFramesBytesMax * 5);
    expect(receive(source, { t: "ping" }).state).toBe("ok");
    expect(receive(source, { t: "close", note: NOTE }).state).toBe("ok");
    expect(receive(source, { t: "open", note: NOTE, mode: "read" })).toMatchObject({
      state: "refused",
      error: {
        ...{ code: "throttled", about: { note: NOTE } },
        retryAfterSeconds: expect.any(Number),
      },
    });
  });

  test("all tabs of a sender wait together, and nobody else does", () => {
    const large = { ...edit, delta: ["x".repeat(limits.textPieceUnitsMax)] };
    receiveMany(socketOf(guest), large, 16);
    expect(receive(socketOf(guest), large).state).toBe("refused");
    expect(receive(socketOf({ ...guest, key: "link:1:192.0.2.8" }), large).state).toBe("ok");
    expect(receive(socketOf(ada), large).state).toBe("ok");
  });
});

describe("frames that make more work than their bytes say", () => {
  test.each([
    [{ t: "ping" }, limits.frameBurstMax],
    [{ t: "watch", topics: ["notes"], since: 1 }, limits.frameBurstMax / 5],
    [{ t: "seen", note: NOTE }, limits.frameBurstMax / 5],
    [{ t: "open", note: NOTE, mode: "read" }, limits.frameBurstMax / 10],
    [{ t: "preview", note: NOTE, on: true }, limits.frameBurstMax / 20],
    [{ t: "preview", note: NOTE, on: false }, limits.frameBurstMax],
  ])("are a flood sooner: %j", (frame, burst) => {
    expect(receiveMany(socketOf(ada), frame, burst)).toEqual({ ok: burst, refused: 0, flood: 0 });
    expect(receiveMany(socketOf(ada), frame, burst + 1)).toMatchObject({ ok: burst, flood: 1 });
  });
});
