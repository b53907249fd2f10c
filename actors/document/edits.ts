/** The text of a document as it changes: edits rebased and applied, forms merged, all of it in parts. */

import { encodeFrontiers } from "loro-crdt/base64";
import { cleanText, type Delta, isEmpty, lengthChange, split, transform } from "../delta.ts";
import { limits } from "../limits.ts";
import { piecesOf } from "../pieces.ts";
import type { DocumentAnswer, DocumentChange, JournalEntry } from "../ports.ts";
import { clamped, moved } from "./carets.ts";
import { deletionsOf } from "./deletions.ts";
import { change, isApplicable, textIn, textOf } from "./loro.ts";
import { domainEvent, done, OK, refuse, tooLarge, tooOld, unknownBase } from "./outcomes.ts";
import { remember } from "./recent.ts";
import { answerUnknownBase, etagOf, type Missed, missedSince, newestEtag } from "./revisions.ts";
import { deniedOrGone } from "./rights.ts";
import { isSnapshotDue, takeSnapshot } from "./snapshots.ts";
import {
  type DocumentEvent,
  type DocumentOutcome,
  type DocumentReply,
  type DocumentState,
  type OperationOf,
  principalKey,
} from "./types.ts";

/** Makes a note, with its first text; a long one follows in parts. */
export function create(state: DocumentState, operation: OperationOf<"create">): DocumentOutcome {
  const { userId, at, operationId } = operation;
  const text = cleanText(operation.text);
  if (text.length > limits.textUnitsMax) return tooLarge(text.length);
  const [first = ""] = piecesOf(text, limits.savePieceUnitsMax);
  const rest = restOfCreate(operation, text.slice(first.length), first.length);
  if (state.ownerId !== undefined) {
    // The same request again gets the first answer, and so does the same form sent again; anything else
    // has met an id that is taken.
    const isRepeat =
      state.ownerId === userId &&
      (state.createdAt === at || isKeptOf(text, { kept: textOf(state), first }));
    if (!isRepeat) return refuse("conflict", "Cannot create note: the id is taken");
    return rest === undefined ? done(OK) : { type: "continues", rest };
  }
  state.ownerId = userId;
  state.createdAt = at;
  const changes: DocumentChange[] = [{ type: "create", ownerId: userId, at }];
  if (text !== "") {
    changes.push(append(state, { version: 1, operationId, authorId: userId, at, delta: [first] }));
  }
  changes.push({
    type: "event",
    event: domainEvent(state, { type: "document.created", at, byId: userId, userIds: [userId] }),
  });
  const events: DocumentEvent[] = [{ type: "created", userIds: [userId] }];
  return rest === undefined
    ? { type: "done", reply: OK, changes, events }
    : { type: "continues", rest, changes, events };
}

/** Whether a note is what is kept of a text: all of it, or its first parts where the server stopped. */
function isKeptOf(text: string, { kept, first }: { kept: string; first: string }): boolean {
  return text === kept || (kept.length >= first.length && first !== text && text.startsWith(kept));
}

function restOfCreate(
  { userId, at, operationId }: OperationOf<"create">,
  text: string,
  position: number,
): OperationOf<"save"> | undefined {
  if (text === "") return undefined;
  const by = { userId, linkId: undefined };
  const delta = [position, text];
  return { type: "save", by, at, operationId: `${operationId}.rest`, base: 1, delta, part: 0 };
}

/** Takes a delta that may have been made against an older version. */
export function edit(
  state: DocumentState,
  operation: OperationOf<"edit">,
  answer: DocumentAnswer | undefined,
): DocumentOutcome {
  const refusal = deniedOrGone(state, operation, "write");
  if (refusal) return refusal;
  const { base, etag } = operation;
  if (answer?.type === "operation") return answerUnknownBase(state, operation, answer);
  const missed = missedSince(state, { version: base, etag }, answer);
  if (missed.type === "needs") return missed;
  if (missed.type !== "entries") return answerUnknownBase(state, operation, answer);
  const repeated = repeat(state, operation.operationId, missed.entries);
  if (repeated !== undefined) return repeated;

  const { delta, caret } = operation;
  const { made, rest } = rebase(missed, { delta, caret }, (before, entry) => ({
    delta: transform(entry.delta, before.delta, "right"),
    caret: before.caret && moved(before.caret, entry.delta),
  }));
  const edit = { ...operation, ...made };
  if (rest) return { type: "continues", rest: { ...edit, ...rest } };
  return acceptDeletions(state, edit) ?? accept(state, edit);
}

/**
 * A whole text that was compared with the version it was made from: a form, or a program's. It may
 * change so much that it is done in parts, each an edit of its own.
 */
export function save(
  state: DocumentState,
  operation: OperationOf<"save">,
  answer: DocumentAnswer | undefined,
): DocumentOutcome {
  const refusal = deniedOrGone(state, operation, "write");
  if (refusal) return refusal;
  const { base, etag, operationId, delta, part } = operation;
  const missed = missedSince(state, { version: base, etag }, answer);
  if (missed.type === "needs") return missed;
  if (missed.type !== "entries") return missed.type === "diverged" ? unknownBase() : tooOld();
  const repeated = repeat(state, operationId, missed.entries);
  if (repeated !== undefined) return repeated;
  const superseded = part === 0 && supersededBy(operation, missed.entries);
  if (superseded) return done(superseded);

  const { made, rest } = rebase(missed, { delta, part }, (before, entry) =>
    // A part of it may have been accepted before, when the rest was not.
    entry.operationId === partId(operationId, before.part)
      ? { delta: split(before.delta, SAVED_AT_ONCE)[1], part: before.part + 1 }
      : { ...before, delta: transform(entry.delta, before.delta, "right") },
  );
  const save = { ...operation, ...made };
  return rest ? { type: "continues", rest: { ...save, ...rest } } : acceptParts(state, save);
}

/**
 * What another save of the same page has made of the note: somebody pressed the button, typed on, and
 * pressed it again before the first answer came.
 */
function supersededBy(
  { form, operationId, by }: OperationOf<"save">,
  entries: readonly JournalEntry[],
): Extract<DocumentReply, { type: "superseded" }> | undefined {
  if (form === undefined) return undefined;
  const others = entries.filter(
    (entry) =>
      entry.operationId.startsWith(`${form}-`) &&
      !entry.operationId.startsWith(operationId) &&
      entry.authorId === principalKey(by),
  );
  const [first, last] = [others[0], others.at(-1)];
  if (first === undefined || last === undefined) return undefined;
  return { type: "superseded", first: first.version, version: last.version, etag: etagOf(last) };
}

/** What one part of a saved text changes at most. */
const SAVED_AT_ONCE = {
  unitsMax: limits.savePieceUnitsMax,
  componentsMax: limits.saveComponentsMax,
};

function partId(operationId: string, part: number): string {
  return `${operationId}.${part}`;
}

/** Takes the first part of what is to be saved, made against the current version. */
function acceptParts(state: DocumentState, operation: OperationOf<"save">): DocumentOutcome {
  const { operationId, delta, part } = operation;
  if (isEmpty(delta)) return done({ type: "edited", version: state.version, repeated: false });
  const length = textIn(state).length + lengthChange(delta);
  if (length > limits.textUnitsMax) return tooLarge(length);
  const deletions = acceptDeletions(state, operation);
  if (deletions) return deletions;
  const [first, rest] = split(delta, SAVED_AT_ONCE);
  const edit = { ...operation, client: "", caret: undefined };
  if (isEmpty(rest)) return accept(state, { ...edit, delta });
  const id = partId(operationId, part);
  const outcome = accept(state, { ...edit, operationId: id, delta: first });
  if (outcome.type !== "done") return outcome;
  const { changes = [], events = [] } = outcome;
  const next = { base: state.version, etag: newestEtag(state), delta: rest, part: part + 1 };
  return { type: "continues", rest: { ...operation, ...next }, changes, events };
}

/** Takes a part of what is deleted, where that is so much that it is done in parts. */
function acceptDeletions(
  state: DocumentState,
  operation: OperationOf<"edit"> | OperationOf<"save">,
): DocumentOutcome | undefined {
  const { by, at, operationId, delta } = operation;
  if (!canAccept(state, delta)) return undefined;
  const deleted = deletionsOf(state, delta);
  if (deleted === undefined) return undefined;
  const part = accept(state, {
    ...{ by, at, operationId: `${operationId}~${state.version + 1}`, delta: deleted },
    client: operation.type === "edit" ? operation.client : "",
    caret: undefined,
  });
  if (part.type !== "done") return part;
  const { changes = [], events = [] } = part;
  const left = transform(deleted, delta, "right");
  const next = { base: state.version, etag: newestEtag(state), delta: left };
  return { type: "continues", rest: { ...operation, ...next }, changes, events };
}

function canAccept(state: DocumentState, delta: Delta): boolean {
  const length = textIn(state).length + lengthChange(delta);
  return length <= limits.textUnitsMax && isApplicable(state, delta);
}

/**
 * Carries what was made against an older version over the entries since, as many as one turn has time for
 * by the components of their deltas. `rest` is the revision from which the next turn goes on.
 */
function rebase<Made extends { delta: Delta }>(
  { entries, isPart }: Extract<Missed, { type: "entries" }>,
  first: Made,
  over: (made: Made, entry: JournalEntry) => Made,
): { made: Made; rest: { base: number; etag: string } | undefined } {
  let made = first;
  let steps = 0;
  for (const [index, entry] of entries.entries()) {
    made = over(made, entry);
    steps += entry.delta.length + made.delta.length;
    const isLast = index === entries.length - 1;
    if (isLast ? isPart : steps >= limits.rebaseStepsMax) {
      return { made, rest: { base: entry.version, etag: etagOf(entry) } };
    }
  }
  return { made, rest: undefined };
}

/** Takes a delta that is made against the current version. */
function accept(
  state: DocumentState,
  operation: Pick<OperationOf<"edit">, "by" | "at" | "operationId" | "client" | "delta" | "caret">,
): DocumentOutcome {
  const { by, at, operationId, client, delta, caret } = operation;
  const length = textIn(state).length + lengthChange(delta);
  if (length > limits.textUnitsMax) return tooLarge(length);
  if (!isApplicable(state, delta)) {
    return refuse("bad_delta", "Cannot apply edit: it does not fit the text it was made against");
  }
  const authorId = principalKey(by);
  const previous = newestEtag(state) ?? "";
  const entry = { version: state.version + 1, operationId, authorId, at, delta };
  const changes = [append(state, entry)];
  if (isSnapshotDue(state)) changes.push(takeSnapshot(state));
  return {
    type: "done",
    reply: { type: "edited", version: entry.version, repeated: false },
    changes,
    events: [{ type: "edited", entry, client, caret: caret && clamped(caret, length), previous }],
  };
}

/** Applies an entry to the text and says what the journal has to keep of it. */
function append(state: DocumentState, entry: JournalEntry): DocumentChange {
  const update = change(state, entry.delta, entry.version);
  state.tailVersions += 1;
  state.tailBytes += update.length;
  remember(state, entry);
  const frontiers = encodeFrontiers(textIn(state).doc.frontiers());
  return { type: "append", entry, update, frontiers };
}

/**
 * The answer to an operation that was accepted before. It is told again as well: when the first answer
 * was an error, because nobody knew whether the write had come through, nobody was told.
 */
function repeat(
  state: DocumentState,
  operationId: string,
  entries: readonly JournalEntry[],
): DocumentOutcome | undefined {
  const entry = entries.find((one) => one.operationId === operationId);
  const version = state.operations.get(operationId) ?? entry?.version;
  if (version === undefined) return undefined;
  const events: DocumentEvent[] = entry
    ? [{ type: "edited", entry, client: "", caret: undefined }]
    : [];
  return { type: "done", reply: { type: "edited", version, repeated: true }, events };
}
