/** The frames of `/live` that are about one open note, as docs/protocol.md has them. */

import type { Delta } from "../../actors/delta.ts";

/** A caret or selection, in UTF-16 units; the head is where typing goes on. */
export type Caret = readonly [anchor: number, head: number];

/** A version of a note, with what tells it from another one that has its number in another history. */
export interface Revision {
  version: number;
  etag?: string | undefined;
}

/** One accepted edit in a frame. */
export interface Entry {
  id: string;
  by: string;
  d: Delta;
  c?: Caret;
}

/** An answer that something was not done. */
export interface ErrorFrame {
  t: "error";
  id?: string;
  code: string;
  message: string;
  retryAfterSeconds?: number;
}

/** The text, for those who cannot be told edit by edit what they have missed. */
export interface ResetFrame extends Revision {
  t: "reset";
  role: string;
  text: string;
  /** What one has is not in the note's history. */
  diverged?: boolean;
}

/** Frames that change a note's text or its state. */
export type NoteFrame =
  | ({ t: "opened"; role: string; deltas?: readonly Entry[] } & Revision)
  | ResetFrame
  | { t: "deltas"; from: number; etag?: string; list: readonly Entry[] }
  | { t: "ack"; id: string; version: number }
  | { t: "role"; role: string }
  | { t: "revoked"; deleted?: boolean }
  | { t: "trashed" }
  | ErrorFrame;

/** An edit on its way. */
export interface EditFrame {
  t: "edit";
  note: string;
  id: string;
  base: number;
  etag?: string | undefined;
  delta: Delta;
  caret?: Caret;
}

/** Joins a note. */
export interface OpenFrame extends Revision {
  t: "open";
  note: string;
  mode: "write" | "read";
}

/** Somebody who is here. */
export interface Present {
  client: string;
  userId: string | null;
  name: string;
  color: number;
  mode: "write" | "read";
}
