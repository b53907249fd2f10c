/** Who may do what with a document: decided here and nowhere else. */

import { isId } from "../ids.ts";
import type { DocumentLink, DocumentRole, SharedRole } from "../ports.ts";
import { NOTHING_THERE, refuse } from "./outcomes.ts";
import type { DocumentOperation, DocumentOutcome, DocumentState, Principal } from "./types.ts";

/** What somebody may do at a time; a person's own role and the link's count, whichever is more. */
export function roleOf(state: DocumentState, by: Principal, at: number): DocumentRole | undefined {
  if (by.userId !== undefined && by.userId === state.ownerId) return "owner";
  const roles: (SharedRole | undefined)[] = [];
  const member = by.userId === undefined ? undefined : state.members.get(by.userId);
  if (member) {
    // Somebody who came by a link keeps their role only as long as the link is good.
    const link = member.linkId === undefined ? undefined : state.links.get(member.linkId);
    if (member.linkId === undefined || isValid(link, at)) roles.push(member.role);
  }
  const link = by.linkId === undefined ? undefined : state.links.get(by.linkId);
  if (link && isValid(link, at)) roles.push(link.role);
  return roles.includes("write") ? "write" : roles.includes("read") ? "read" : undefined;
}

/** When what somebody may do ends or becomes less by itself, because a link expires; undefined is never. */
export function roleEndsAt(
  state: DocumentState,
  { userId, linkId }: Principal,
  at: number,
): number | undefined {
  const joinedBy = userId === undefined ? undefined : state.members.get(userId)?.linkId;
  const ends = [joinedBy, linkId].flatMap((id) => {
    const link = id === undefined ? undefined : state.links.get(id);
    return isValid(link, at) && link?.expiresAt !== undefined ? [link.expiresAt] : [];
  });
  return ends.length === 0 ? undefined : Math.min(...ends);
}

/** Whether a link opens anything at a time. */
export function isValid(link: DocumentLink | undefined, at: number): boolean {
  return link !== undefined && (link.expiresAt === undefined || link.expiresAt > at);
}

/**
 * Refuses what names a person by something that is no id. The types say so already; an operation that
 * came from another node, or past them, must not leave a member whom nothing can reach.
 */
export function misnamed(operation: DocumentOperation): DocumentOutcome | undefined {
  const named: unknown[] = [];
  if ("userId" in operation) named.push(operation.userId);
  const by = "by" in operation ? [operation.by].flat() : [];
  named.push(...by.map(({ userId }) => userId ?? undefined));
  if (named.every((id) => id === undefined || isId(id))) return undefined;
  return refuse("invalid", "Cannot change note: expected the id of a person");
}

/** Why somebody may not go on, or undefined when they may. What one may not see does not exist. */
export function denied(
  state: DocumentState,
  operation: { by: Principal; at: number },
  wanted: DocumentRole,
): DocumentOutcome | undefined {
  const role = roleOf(state, operation.by, operation.at);
  if (role === undefined) return refuse("not_found", NOTHING_THERE);
  const rank = { read: 0, write: 1, owner: 2 };
  if (rank[role] >= rank[wanted]) return undefined;
  return wanted === "owner"
    ? refuse("forbidden", "Cannot change who may see this note: only its owner may")
    : refuse("forbidden", "Cannot change this note: you may only read it");
}

/** As `denied`, for what cannot be done to a note in the trash either. */
export function deniedOrGone(
  state: DocumentState,
  operation: { by: Principal; at: number },
  wanted: DocumentRole,
): DocumentOutcome | undefined {
  const refusal = denied(state, operation, wanted);
  if (refusal || state.deletedAt === undefined) return refusal;
  return refuse("gone", "Cannot change this note: it is in the trash");
}
