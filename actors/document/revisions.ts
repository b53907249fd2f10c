/**
 * Which history a version belongs to. The number alone does not tell: once a backup was restored or a
 * write was lost, other edits get the same numbers. So each version has an etag besides, made from the
 * edit that led to it and from the moment at which it was accepted. An edit that is sent again after the
 * restore keeps its id, is accepted a second time, and gets another etag.
 */

import { limits } from "../limits.ts";
import type { DocumentAnswer, DocumentNeed, JournalEntry } from "../ports.ts";
import { unknownBase } from "./outcomes.ts";
import type { DocumentOutcome, DocumentState } from "./types.ts";

/** A version of a document's text. Without an etag, the number has to be believed. */
export interface Revision {
  version: number;
  etag?: string | undefined;
}

/** What happened since a revision. */
export type Missed =
  /** In order and without gaps; of many, the first ones (`isPart`). */
  | { type: "entries"; entries: JournalEntry[]; isPart: boolean }
  /** The history of this document has no such revision. */
  | { type: "diverged" }
  /** It is so far back that nothing can be said. */
  | { type: "too_old" }
  | { type: "needs"; need: DocumentNeed };

/** The etag of the version that an entry made. */
export function etagOf({ at, operationId }: Pick<JournalEntry, "at" | "operationId">): string {
  return `${at.toString(36)}-${operationId}`;
}

/** The etag of the newest version; undefined for version 0, which is the same in every history. */
export function newestEtag(state: DocumentState): string | undefined {
  const newest = state.recent.at(-1);
  return newest && etagOf(newest);
}

/** The entries after a revision, once it is sure that the document has it. */
export function missedSince(
  state: DocumentState,
  { version, etag }: Revision,
  answer: DocumentAnswer | undefined,
): Missed {
  if (version < 0 || version > state.version) return { type: "diverged" };
  if (etag === undefined || version === 0) return entriesAfter(state, version, answer);
  // The entry that made the version comes with them, and is compared.
  const missed = entriesAfter(state, version - 1, answer);
  if (missed.type !== "entries") return missed;
  const [own, ...entries] = missed.entries;
  return own && etagOf(own) === etag ? { ...missed, entries } : { type: "diverged" };
}

function entriesAfter(
  state: DocumentState,
  version: number,
  answer: DocumentAnswer | undefined,
): Missed {
  const firstRecent = state.version - state.recent.length + 1;
  if (version + 1 >= firstRecent) {
    const entries = state.recent.slice(version + 1 - firstRecent);
    return { type: "entries", entries, isPart: false };
  }
  if (state.version - version > limits.rebaseVersionsMax) return { type: "too_old" };
  if (answer?.type !== "entries") {
    return { type: "needs", need: { type: "entries", afterVersion: version } };
  }
  if (answer.entries === undefined) return { type: "too_old" };
  const older = answer.entries.filter((entry) => entry.version < firstRecent);
  const isPart = (older.at(-1)?.version ?? version) + 1 < firstRecent;
  // The journal may lag behind what this turn has accepted already; the recent ones complete it.
  return { type: "entries", entries: isPart ? older : [...older, ...state.recent], isPart };
}

/**
 * The answer to an edit against a revision that is not known here: whether it was accepted before is
 * found out by its id; if not, its sender has to open the document again and merge it.
 */
export function answerUnknownBase(
  state: DocumentState,
  { operationId }: { operationId: string },
  answer: DocumentAnswer | undefined,
): DocumentOutcome {
  const version =
    state.operations.get(operationId) ??
    (answer?.type === "operation" ? answer.version : undefined);
  if (version !== undefined) {
    return { type: "done", reply: { type: "edited", version, repeated: true } };
  }
  if (answer?.type !== "operation") {
    const afterVersion = Math.max(0, state.version - limits.rebaseVersionsMax);
    return { type: "needs", need: { type: "operation", operationId, afterVersion } };
  }
  return unknownBase();
}
