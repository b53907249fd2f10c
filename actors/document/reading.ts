/** What people and nodes learn of a document: its text, and what they missed. */

import type { PersonId } from "../ids.ts";
import { limits } from "../limits.ts";
import type { DocumentAnswer } from "../ports.ts";
import { textOf } from "./loro.ts";
import { done } from "./outcomes.ts";
import { weightOfAll } from "./recent.ts";
import { type Missed, missedSince, newestEtag } from "./revisions.ts";
import { denied, roleEndsAt, roleOf } from "./rights.ts";
import type { DocumentOutcome, DocumentReply, DocumentState, OperationOf } from "./types.ts";

/** Lets somebody in: with the deltas they missed, or with the text. */
export function open(
  state: DocumentState,
  operation: OperationOf<"open">,
  answer: DocumentAnswer | undefined,
): DocumentOutcome {
  const refusal = denied(state, operation, "read");
  if (refusal) return refusal;
  const opened = {
    type: "opened" as const,
    role: roleOf(state, operation.by, operation.at) ?? "read",
    endsAt: roleEndsAt(state, operation.by, operation.at),
    version: state.version,
    etag: newestEtag(state),
    diverged: false,
    deletedAt: state.deletedAt,
  };
  const missed = missedByReader(state, operation, answer);
  if (missed.type === "needs") return missed;
  if (missed.type === "entries") {
    return done({ ...opened, text: undefined, entries: missed.entries });
  }
  const diverged = missed.type === "diverged";
  return done({ ...opened, diverged, text: textOf(state), entries: undefined });
}

/** Says what a node's readers have missed. */
export function catchUp(
  state: DocumentState,
  operation: OperationOf<"catch_up">,
  answer: DocumentAnswer | undefined,
): DocumentOutcome {
  const missed = missedByReader(state, operation, answer);
  if (missed.type === "needs") return missed;
  const entries = missed.type === "entries" ? missed.entries : undefined;
  const { version, deletedAt } = state;
  return done({ type: "caught_up", version, etag: newestEtag(state), deletedAt, entries });
}

/** As `missedSince()`, where the way to the newest version is little enough to be told edit by edit. */
function missedByReader(
  state: DocumentState,
  { version, etag }: { version: number | undefined; etag?: string | undefined },
  answer: DocumentAnswer | undefined,
): Missed {
  if (version === undefined || state.version - version > limits.catchUpVersionsMax) {
    return { type: "too_old" };
  }
  const missed = missedSince(state, { version, etag }, answer);
  if (missed.type !== "entries") return missed;
  const isLittle = !missed.isPart && weightOfAll(missed.entries) <= limits.catchUpUnitsMax;
  return isLittle ? missed : { type: "too_old" };
}

/** Everything about a note, for the read side and for its owner. */
export function describe(state: DocumentState, ownerId: PersonId): DocumentReply {
  const last = state.recent.at(-1);
  return {
    type: "described",
    version: state.version,
    text: textOf(state),
    changedAt: last?.at ?? state.createdAt,
    changedBy: last?.authorId ?? ownerId,
    members: [...state.members].map(([userId, { role }]) => ({ userId, role })),
    links: [...state.links.values()],
    ownerId,
    createdAt: state.createdAt,
    deletedAt: state.deletedAt,
  };
}
