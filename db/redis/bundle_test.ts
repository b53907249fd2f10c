import { expect, test } from "bun:test";
import { bundle, bundledBytes, unbundle } from "./bundle.ts";

const frames = [new Uint8Array([1, 2, 3]), new Uint8Array(), new Uint8Array(70_000).fill(7)];

test("unbundle() takes apart what bundle() put together", () => {
  const bytes = bundle(frames);
  expect(bytes.byteLength).toBe(frames.reduce((sum, frame) => sum + bundledBytes(frame), 0));
  expect([...unbundle(bytes)]).toEqual(frames);
  // Also where the message lies somewhere within a larger piece of memory.
  const shifted = new Uint8Array(bytes.byteLength + 3);
  shifted.set(bytes, 3);
  expect([...unbundle(shifted.subarray(3))]).toEqual(frames);
});

test("unbundle() leaves out what is cut off", () => {
  const bytes = bundle(frames);
  expect([...unbundle(bytes.subarray(0, bytes.byteLength - 1))]).toEqual(frames.slice(0, 2));
  expect([...unbundle(bytes.subarray(0, 2))]).toEqual([]);
});
