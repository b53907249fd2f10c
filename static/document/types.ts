/** What a session is made from, and what it says. */

import type { Delta, SplitLimits } from "../../actors/delta.ts";
import type { Caret, Revision } from "./frames.ts";

/** What a frame leads to. */
export interface Change {
  /** What to do to the text that is shown. */
  patch: Delta;
  /** Where others' carets went with their edits, in the text that is shown. */
  carets: { client: string; caret: Caret }[];
}

/**
 * Why there is no note to write: it is in the trash, it is not shared anymore, it was deleted for good,
 * or one of these two.
 */
export type Shut = "trashed" | "revoked" | "purged" | "missing";

/** Why a note cannot be written; or one may only read it. */
export type Closed = Shut | "read";

/** How things stand with what was typed. */
export type SaveState = "saved" | "saving" | "offline" | "refused";

/** What a session begins with. */
export interface SessionOptions extends Revision {
  note: string;
  text: string;
  mode: "write" | "read";
  /** Makes the id of an edit. */
  mintId(): string;
  /** What one operation holds at most, unless it is what the server of the suite takes. */
  operationMax?: SplitLimits;
}
