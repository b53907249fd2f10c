/** What the codes of errors mean to a session; see docs/protocol.md. */

import type { Delta } from "../../actors/delta.ts";
import type { NoteFrame } from "./frames.ts";
import type { Shut } from "./types.ts";

/** An edit is given up; after any other code it is sent again later. */
export const FATAL = /^(bad_delta|invalid_text|too_large|quarantined|too_old)$/;
/** The note cannot be opened. */
export const SHUT = /^(forbidden|gone|not_found)$/;
/** The note has to be opened again first: it is not open, not as it is here, or not to be written. */
export const REOPENED = /^(invalid|unknown_base|forbidden|gone|not_found)$/;
/**
 * How to ask whether the server has an operation: it answers a repeated id before it looks at the
 * delta, and refuses one that fits no text.
 */
export const MISFIT: Delta = [-(2 ** 40)];
/** How it says that it has not. */
export const UNKNOWN = /^(bad_delta|too_old|unknown_base)$/;

/** Why a note is shut after a frame: what was told of it before is more than that it is not found. */
export function shutBy(frame: NoteFrame, before: Shut | undefined): Shut | undefined {
  if (frame.t === "trashed") return "trashed";
  if (frame.t === "revoked") return frame.deleted ? "purged" : "revoked";
  if (frame.t !== "error" || before === "revoked" || before === "purged") return before;
  return "missing";
}
