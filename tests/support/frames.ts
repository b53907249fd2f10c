/** Every kind of frame that a browser may send, for tests that try them all. */

import {
  type DocumentFrame,
  documentKinds,
  documentSubjects,
} from "../../routes/document/frames.ts";
import type { Channel } from "../../routes/live/channel.ts";
import { FrameReader, type LiveFrame, liveKinds } from "../../routes/live/frames.ts";

/** The name of a kind of frame. */
export type FrameType = LiveFrame["t"] | DocumentFrame["t"];

/** All of them; a channel that is missing here makes the test of the reader fail. */
export const FRAME_TYPES = [...liveKinds, ...documentKinds].map(({ t }) => t as FrameType);

/** A channel that does nothing, with the frames of documents. */
export const documentFrames: Channel = {
  kinds: documentKinds,
  subjects: documentSubjects,
  handle() {},
  closed() {},
  async check() {},
};

/** Reads what a running suite reads. */
export const frameReader = new FrameReader([documentFrames]);
