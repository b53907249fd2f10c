/** The frames of `/live` that are about one open note, as docs/protocol.md has them. */

import type { Delta } from "../actors/delta.ts";

/** A caret or selection, in UTF-16 units; the head is where typing goes on. */
export type Caret = readonly [anchor: number, head: number];

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

/** Frames that change a note's text or its state. */
export type NoteFrame =
  | { t: "opened"; version: number; role: string; deltas?: readonly Entry[] }
  | { t: "reset"; version: number; role: string; text: string }
  | { t: "deltas"; from: number; list: readonly Entry[] }
  | { t: "ack"; id: string; version: number }
  | { t: "revoked" }
  | { t: "trashed" }
  | ErrorFrame;

/** An edit on its way. */
export interface EditFrame {
  t: "edit";
  note: string;
  id: string;
  base: number;
  delta: Delta;
  caret?: Caret;
}

/** Joins a note. */
export interface OpenFrame {
  t: "open";
  note: string;
  version: number;
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
