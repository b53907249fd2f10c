/**
 * A channel is what one app brings to the socket of a tab: its kinds of frames, and what it does about
 * them. The socket itself knows no app.
 */

import type { z } from "zod";
import type { ErrorCode } from "../../actors/mod.ts";
import type { LiveSocket } from "./socket.ts";

/** A frame from a browser, as far as every kind is the same. */
export interface Frame {
  t: string;
}

/** One kind of frame. */
export interface FrameKind<Kind extends Frame = Frame> {
  readonly t: Kind["t"];
  readonly schema: z.ZodType<Kind>;
  /** As how many frames one counts, by the work that it makes. */
  weight(frame: Kind): number;
  /** Whether it waits while its sender has sent too much at once. */
  readonly waits?: boolean;
  /**
   * What is wrong with one that does not have its form, where more than that is to be said; without a value
   * it was too much to be parsed.
   */
  fault?(value: Readonly<Record<string, unknown>> | undefined): ErrorCode;
}

/** The fields of a frame that say what it is about, and what may stand there to be told back. */
export type FrameSubjects = Readonly<Record<string, (value: unknown) => value is string>>;

/** What one app brings. */
export interface Channel {
  readonly kinds: readonly FrameKind[];
  readonly subjects: FrameSubjects;
  /** A frame of one of its kinds came in. */
  handle(socket: LiveSocket, frame: Frame): void;
  /** A socket was closed. */
  closed(socket: LiveSocket): void;
  /** Looks again whether those who are inside may be. Rejects never. */
  check(): Promise<void>;
}

/** A kind of frame with its types; what a channel lists. */
export function frameKind<Kind extends Frame>(kind: FrameKind<Kind>): FrameKind {
  // Each is given only what its own schema has read.
  return kind as unknown as FrameKind;
}
