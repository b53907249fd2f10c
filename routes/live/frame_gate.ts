/**
 * What a frame has to pass before anything is done for it. The cheap questions come first: how much the
 * sender has sent, whether it takes too much to be parsed, whether it has the right form.
 */

import { type Clock, type ErrorCode, limits } from "../../actors/mod.ts";
import type { Channel, Frame } from "./channel.ts";
import { FrameBudget, spendFrames } from "./frame_budget.ts";
import type { FrameReader, FrameSubject } from "./frames.ts";
import type { LiveConnection } from "./socket.ts";

/** A frame to be handled, the answer to one that is not, or a sender that does not stop. */
export type ReceivedFrame =
  /** Without a channel it is the socket's own. */
  | { state: "ok"; frame: Frame; channel: Channel | undefined }
  | { state: "refused"; error: FrameRefusal }
  | { state: "flood" };

/** Why a frame is not handled, for its sender. */
export interface FrameRefusal {
  about: FrameSubject;
  code: ErrorCode;
  message: string;
  retryAfterSeconds?: number;
}

/** A connection as the gate sees it. */
export type FrameSource = Pick<LiveConnection, "sender" | "frames">;

/** The gate of a node, for all its sockets. */
export class FrameGate {
  readonly #clock: Clock;
  readonly #reader: FrameReader;
  readonly #budget: FrameBudget;

  constructor(clock: Clock, reader: FrameReader) {
    this.#clock = clock;
    this.#reader = reader;
    this.#budget = new FrameBudget(clock);
  }

  /** A message came in. */
  receive(source: FrameSource, message: string | Uint8Array): ReceivedFrame {
    const bytes = Buffer.byteLength(message);
    const admission = this.#budget.admit(source.sender, bytes);
    if (admission.state === "flood" || !this.#hasFrames(source, 1)) return { state: "flood" };
    if (typeof message !== "string") return refuse("invalid", "Cannot read frame: expected text");
    const waitSeconds = admission.state === "throttled" ? admission.retryAfterSeconds : 0;
    if (waitSeconds > 0 && bytes > limits.smallFrameBytesMax) {
      return throttle(this.#reader.subjectOf(message), waitSeconds);
    }
    return this.#read(source, message, waitSeconds);
  }

  /** An answer to a frame was so long. */
  answered({ sender }: FrameSource, bytes: number): void {
    this.#budget.answered(sender, bytes);
  }

  /** Forgets senders that have not sent anything for a while. */
  sweep(): void {
    this.#budget.sweep();
  }

  /** What is small and makes little work is done even for a sender that has to wait. */
  #read(source: FrameSource, text: string, waitSeconds: number): ReceivedFrame {
    const parsed = this.#reader.parse(text);
    if (parsed.state === "invalid") {
      return refuse(parsed.code, "Cannot read frame: see the protocol for its form", {
        about: parsed.about,
      });
    }
    const { frame, kind, channel } = parsed;
    if (!this.#hasFrames(source, kind.weight(frame) - 1)) return { state: "flood" };
    if (waitSeconds > 0 && kind.waits) {
      return throttle(this.#reader.about({ ...frame }), waitSeconds);
    }
    return { state: "ok", frame, channel };
  }

  #hasFrames({ frames }: FrameSource, count: number): boolean {
    return spendFrames(frames, count, this.#clock.now());
  }
}

function throttle(about: FrameSubject, retryAfterSeconds: number): ReceivedFrame {
  const message = "Cannot take this yet: too much was sent at once";
  return refuse("throttled", message, { about, retryAfterSeconds });
}

function refuse(
  code: ErrorCode,
  message: string,
  { about = {}, ...more }: { about?: FrameSubject; retryAfterSeconds?: number } = {},
): ReceivedFrame {
  return { state: "refused", error: { about, code, message, ...more } };
}
