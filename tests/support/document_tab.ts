/** A note in a tab, without a page or a socket. */

import { expect } from "bun:test";
import { apply, type Delta, type SplitLimits } from "../../actors/delta.ts";
import type { EditFrame, Entry, NoteFrame } from "../../static/document/frames.ts";
import type { Kept } from "../../static/document/operations.ts";
import { DocumentSession } from "../../static/document/session.ts";

/** The note that the tab shows. */
export const NOTE = "01JD2Z7Q5V4T8N3XKQ0C9B6MWE";

/** A session with the text a textarea would show, and ids and times that count up. */
export class Tab {
  now = 0;
  shown: string;
  readonly session: DocumentSession;
  static ids = 0;

  constructor(text = "", version = 0, kept: Kept[] = [], operationMax?: SplitLimits) {
    const mintId = () => `operation-${Tab.ids++}`;
    const options = { note: NOTE, version, text, mode: "write", mintId } as const;
    this.session = new DocumentSession({ ...options, ...(operationMax && { operationMax }) });
    this.session.adopt(kept);
    this.shown = text;
  }

  /** Connects and opens, with what was accepted meanwhile. */
  open(version: number, deltas: Entry[] = []): void {
    this.session.connected();
    expect(this.session.nextFrame(this.now)).toMatchObject({ t: "open", note: NOTE });
    this.receive({ t: "opened", version, role: "write", deltas });
  }

  /** Opens what a dead tab left behind, once one's own is open. */
  openKept(kept: number, version: number, deltas: Entry[] = []): void {
    expect(this.session.nextFrame(this.now)).toMatchObject({ t: "open", version: kept });
    this.receive({ t: "opened", version, role: "write", deltas });
  }

  /** Changes the text as the person does. */
  edit(delta: Delta): void {
    this.session.edit(delta, this.now);
    this.shown = apply(this.shown, delta);
    this.check();
  }

  /** Takes a frame; what it changes is shown. */
  receive(frame: NoteFrame) {
    const change = this.session.receive(frame, this.now);
    this.shown = apply(this.shown, change.patch);
    this.check();
    return change;
  }

  /** The edit that is sent now; there must be one. */
  send(): EditFrame {
    const frame = this.session.nextFrame(this.now);
    if (frame?.t !== "edit") throw new Error(`Cannot send: received ${JSON.stringify(frame)}`);
    return frame;
  }

  /** What was patched is what the session says is shown. */
  check(): void {
    expect(this.session.text).toBe(this.shown);
  }
}

/** Somebody else's edit, as it comes. */
export function theirs(d: Delta, id = "theirs-00"): Entry {
  return { id, by: "somebody", d };
}
