/** What a browser sees of an edit that the server writes as several entries. */

import { expect, test } from "bun:test";
import {
  type DocumentOperation,
  documentBehavior,
  etagOf,
  type JournalEntry,
  limits,
} from "../actors/mod.ts";
import type { EditFrame } from "../static/document/frames.ts";
import { DocumentSession } from "../static/document/session.ts";
import { personId } from "./support/people.ts";
import { ada, NOTE_ID } from "./support/stored_note.ts";

const text = "A line of text. 😀\n".repeat(Math.ceil((limits.entryDeletedUnitsMax * 3) / 19));

function noteOf(operation: DocumentOperation) {
  const state = documentBehavior.load(NOTE_ID, undefined);
  const entries: JournalEntry[] = [];
  const run = (first: DocumentOperation): JournalEntry[] => {
    const made: JournalEntry[] = [];
    for (let next = first; ; ) {
      const outcome = documentBehavior.apply(state, next);
      if (outcome.type === "refused" || outcome.type === "needs") throw new Error(outcome.type);
      for (const one of outcome.changes ?? []) if (one.type === "append") made.push(one.entry);
      if (outcome.type === "done") break;
      next = outcome.rest;
    }
    entries.push(...made);
    return made;
  };
  run(operation);
  return { state, entries, run };
}

test("the sender of a large deletion sees none of its parts, and everybody has the same text after", () => {
  const note = noteOf({
    type: "create",
    userId: personId("ada"),
    at: 1,
    operationId: "create-1",
    text,
  });
  const newest = note.entries.at(-1);
  const etag = newest && etagOf(newest);
  let ids = 0;
  const sessions = ["Ada", "Grace"].map(() => {
    const mintId = () => `operation-${++ids}`;
    const { version } = note.state;
    const given = { note: NOTE_ID, version, etag, text, mode: "write" as const, mintId };
    const session = new DocumentSession(given);
    session.connected();
    session.nextFrame(0);
    session.receive({ t: "opened", version, etag, role: "write", deltas: [] }, 0);
    return session;
  });
  const [sender, other] = sessions;
  sender?.edit(["all new", -text.length], 1);
  other?.edit([text.length, "at the end"], 1);
  const [first, second] = sessions.map((session) => session.nextFrame(2) as EditFrame);
  const shown = sender?.text;
  const operationOf = (frame: EditFrame): DocumentOperation => {
    const { id, base, delta } = frame;
    const given = { by: ada, at: 2, client: "c1", caret: undefined };
    return { type: "edit", ...given, operationId: id, base, etag: frame.etag, delta };
  };
  const tell = (made: readonly JournalEntry[]) => {
    for (const entry of made) {
      const { operationId: id, delta: d, version } = entry;
      const frame = { from: version - 1, etag: etagOf(entry), list: [{ id, by: "c1", d }] };
      for (const session of sessions) session.receive({ t: "deltas", ...frame }, 3);
      if (made.length > 1) expect(sender?.text).toBe(shown);
    }
  };
  if (first === undefined || second === undefined) throw new Error("expected both to send");
  const parts = note.run(operationOf(first));
  expect(parts.length).toBeGreaterThan(2);
  tell(parts);
  tell(note.run(operationOf(second)));
  expect(sessions.map((session) => session.text)).toEqual([
    "all newat the end",
    "all newat the end",
  ]);
  expect(sessions.every((session) => session.isSettled)).toBe(true);
});
