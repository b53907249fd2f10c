/** Several frames in one message: each behind its length, 4 bytes, the lowest first. */

const LENGTH_BYTES = 4;

/** What a frame takes in a bundle. */
export function bundledBytes(frame: Uint8Array): number {
  return LENGTH_BYTES + frame.byteLength;
}

/** Puts frames together. */
export function bundle(frames: readonly Uint8Array[]): Uint8Array {
  const size = frames.reduce((sum, frame) => sum + bundledBytes(frame), 0);
  const bytes = new Uint8Array(size);
  const view = new DataView(bytes.buffer);
  let at = 0;
  for (const frame of frames) {
    view.setUint32(at, frame.byteLength, true);
    bytes.set(frame, at + LENGTH_BYTES);
    at += bundledBytes(frame);
  }
  return bytes;
}

/** Takes them apart; the frames share the memory of the bundle. What is cut off is left out. */
export function* unbundle(bytes: Uint8Array): Generator<Uint8Array> {
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  let at = 0;
  while (at + LENGTH_BYTES <= bytes.byteLength) {
    const end = at + LENGTH_BYTES + view.getUint32(at, true);
    if (end > bytes.byteLength) return;
    yield bytes.subarray(at + LENGTH_BYTES, end);
    at = end;
  }
}
