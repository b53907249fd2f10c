/** The answers that operations on documents have in common. */

import { type ErrorCode, SuiteError } from "../errors.ts";
import type { DomainEvent } from "../events.ts";
import { limits } from "../limits.ts";
import type { Decision } from "../runtime/behavior.ts";
import type { DocumentOutcome, DocumentReply, DocumentState, DocumentTypes } from "./types.ts";

/** The answer of what has nothing to say. */
export const OK: DocumentReply = { type: "ok" };

/** What does not exist, and what one may not see. */
export const NOTHING_THERE = "Cannot open note: there is none with this id";

/** Answered, and nothing changed. */
export function done(reply: DocumentReply): Decision<DocumentTypes> {
  return { type: "done", reply };
}

/** Refused, with words for the sender. */
export function refuse(code: ErrorCode, message: string): Decision<DocumentTypes> {
  return { type: "refused", error: new SuiteError(code, message) };
}

/** What other services hear of it. A repeat of the operation makes the same event. */
export function domainEvent(
  state: DocumentState,
  given: Pick<DomainEvent, "type" | "at" | "byId" | "userIds"> & { data?: DomainEvent["data"] },
): DomainEvent {
  const { type, at, byId, userIds, data = {} } = given;
  const about = userIds.length === 1 ? userIds[0] : "";
  return {
    id: `${type}:${state.id}:${at}:${about}`,
    type,
    subjectId: state.id,
    at,
    byId,
    userIds,
    data,
  };
}

/** Refused because the note would be too long. */
export function tooLarge(length: number): DocumentOutcome {
  const max = limits.textUnitsMax.toLocaleString("en");
  return refuse(
    "too_large",
    `Cannot save note: expected at most ${max} characters, received ${length.toLocaleString("en")}`,
  );
}

/** Refused because too much has happened since. */
export function tooOld(): DocumentOutcome {
  return refuse("too_old", "Cannot merge edit: the version it was made against is too old");
}

/** Refused because the version it was made against is not known: it is of another history, or too old. */
export function unknownBase(): DocumentOutcome {
  return refuse(
    "unknown_base",
    "Cannot apply edit: the version it was made against is not one of this note's history",
  );
}
