/**
 * What a frame has to pass before anything is done for it. The cheap questions come first: how much the
 * sender has sent, whether it takes too much to be parsed, whether it has the right form.
 */

import { type Clock, type ErrorCode, limits } from "../../actors/mod.ts";
import { FrameBudget, spendFrames } from "./frame_budget.ts";
import { type FrameSubject, framesOf, type LiveFrame, parseFrame, subjectOf } from "./frames.ts";
import type { LiveConnection } from "./socket.ts";

/** A frame to be handled, the answer to one that is not, or a sender that does not stop. */
export type ReceivedFrame =
  | { state: "ok"; frame: LiveFrame }
  | { state: "refused"; error: FrameRefusal }
  | { state: "flood" };

/** Why a frame is not handled, for its sender. */
export interface FrameRefusal extends Partial<FrameSubject> {
  code: ErrorCode;
  message: string;
  retryAfterSeconds?: number;
}

/** A connection as the gate sees it. */
export type FrameSource = Pick<LiveConnection, "sender" | "frames">;

/** The gate of a node, for all its sockets. */
export class FrameGate {
  readonly #clock: Clock;
  readonly #budget: FrameBudget;

  constructor(clock: Clock) {
    this.#clock = clock;
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
      return throttle(subjectOf(message), waitSeconds);
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
    const parsed = parseFrame(text);
    if (parsed.state === "invalid") {
      const { note, id, code } = parsed;
      return refuse(code, "Cannot read frame: see the protocol for its form", { note, id });
    }
    const { frame } = parsed;
    if (!this.#hasFrames(source, framesOf(frame) - 1)) return { state: "flood" };
    if (waitSeconds > 0 && (frame.t === "edit" || frame.t === "open")) {
      const id = frame.t === "edit" ? frame.id : undefined;
      return throttle({ note: frame.note, id }, waitSeconds);
    }
    return parsed;
  }

  #hasFrames({ frames }: FrameSource, count: number): boolean {
    return spendFrames(frames, count, this.#clock.now());
  }
}

function throttle(subject: FrameSubject, retryAfterSeconds: number): ReceivedFrame {
  const message = "Cannot take this yet: too much was sent at once";
  return refuse("throttled", message, { ...subject, retryAfterSeconds });
}

function refuse(
  code: ErrorCode,
  message: string,
  about: Omit<FrameRefusal, "code" | "message"> = {},
): ReceivedFrame {
  return { state: "refused", error: { ...about, code, message } };
}
