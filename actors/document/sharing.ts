/** Sharing a document with people and by links, and its way into the trash and out again. */

import type { DomainEvent } from "../events.ts";
import { limits } from "../limits.ts";
import type { DocumentChange } from "../ports.ts";
import { domainEvent, done, OK, refuse } from "./outcomes.ts";
import { denied, isValid, roleOf } from "./rights.ts";
import type { DocumentOutcome, DocumentState, OperationOf } from "./types.ts";

/** Gives somebody a role, another one, or none. */
export function share(state: DocumentState, operation: OperationOf<"share">): DocumentOutcome {
  const { userId, role, by } = operation;
  const isLeaving = role === undefined && by.userId === userId;
  const refusal = denied(state, operation, isLeaving ? "read" : "owner");
  if (refusal) return refusal;
  if (userId === state.ownerId)
    return refuse("invalid", "Cannot share note: its owner has it already");
  if (role === undefined) state.members.delete(userId);
  else {
    if (!state.members.has(userId) && state.members.size >= limits.membersMax) {
      return refuse("too_large", `Cannot share note: expected at most ${limits.membersMax} people`);
    }
    state.members.set(userId, { role, linkId: undefined });
  }
  const type = role === undefined ? "document.unshared" : "document.shared";
  const data = role === undefined ? {} : { role };
  const event = { type, at: operation.at, byId: by.userId, userIds: [userId], data } as const;
  return changedAccess(state, { type: "member", userId, role }, event);
}

/** Makes a link known. */
export function addLink(state: DocumentState, operation: OperationOf<"link">): DocumentOutcome {
  const refusal = denied(state, operation, "owner");
  if (refusal) return refusal;
  if (state.links.has(operation.link.id)) return done(OK);
  if (state.links.size >= limits.linksMax) {
    return refuse("too_large", `Cannot make a link: expected at most ${limits.linksMax}`);
  }
  state.links.set(operation.link.id, operation.link);
  return { type: "done", reply: OK, changes: [{ type: "link", link: operation.link }] };
}

/** Revokes a link, and what people had by it. */
export function removeLink(
  state: DocumentState,
  operation: OperationOf<"unlink">,
): DocumentOutcome {
  const refusal = denied(state, operation, "owner");
  if (refusal) return refusal;
  const { linkId } = operation;
  if (!state.links.delete(linkId)) return done(OK);
  const leaving = [...state.members].filter(([, member]) => member.linkId === linkId);
  for (const [userId] of leaving) state.members.delete(userId);
  const userIds = leaving.map(([userId]) => userId);
  const { at, by } = operation;
  const event = { type: "document.unshared", at, byId: by.userId, userIds } as const;
  return changedAccess(state, { type: "unlink", linkId }, event);
}

/** Somebody with an account opened a link: from now on the note is in their list. */
export function join(state: DocumentState, operation: OperationOf<"join">): DocumentOutcome {
  const { userId, linkId, at } = operation;
  const link = state.links.get(linkId);
  if (!link || !isValid(link, at))
    return refuse("not_found", "Cannot open note: the link is no longer valid");
  const own = roleOf(state, { userId, linkId: undefined }, at);
  const gainsNothing = own === "owner" || own === "write" || own === link.role;
  if (gainsNothing) return done(OK);
  if (state.members.size >= limits.membersMax) return done(OK);
  state.members.set(userId, { role: link.role, linkId });
  const { role } = link;
  const event = {
    type: "document.shared",
    at,
    byId: undefined,
    userIds: [userId],
    data: { role, byLink: true },
  } as const;
  return changedAccess(state, { type: "member", userId, role, linkId }, event);
}

/** Moves a note to the trash. */
export function remove(state: DocumentState, operation: OperationOf<"delete">): DocumentOutcome {
  const refusal = denied(state, operation, "owner");
  if (refusal) return refusal;
  if (state.deletedAt !== undefined) return done(OK);
  state.deletedAt = operation.at;
  return {
    type: "done",
    reply: OK,
    changes: [
      { type: "delete", at: operation.at },
      { type: "event", event: moveEvent(state, "document.trashed", operation) },
    ],
    events: [{ type: "deleted" }],
  };
}

/** Takes a note out of the trash. */
export function restore(state: DocumentState, operation: OperationOf<"restore">): DocumentOutcome {
  const refusal = denied(state, operation, "owner");
  if (refusal) return refusal;
  if (state.deletedAt === undefined) return done(OK);
  state.deletedAt = undefined;
  return {
    type: "done",
    reply: OK,
    changes: [
      { type: "restore" },
      { type: "event", event: moveEvent(state, "document.restored", operation) },
    ],
    events: [{ type: "restored" }],
  };
}

/** Deletes a note in the trash for good: its life ends. */
export function purge(state: DocumentState, operation: OperationOf<"purge">): DocumentOutcome {
  const refusal = denied(state, operation, "owner");
  if (refusal) return refusal;
  if (state.deletedAt === undefined) {
    return refuse("conflict", "Cannot delete note for good: it is not in the trash");
  }
  const { at } = operation;
  return {
    type: "done",
    reply: OK,
    changes: [
      { type: "purge", at, ownerId: state.ownerId },
      { type: "event", event: moveEvent(state, "document.purged", operation) },
    ],
    events: [{ type: "purged" }],
    ends: true,
  };
}

function changedAccess(
  state: DocumentState,
  change: DocumentChange,
  event: Parameters<typeof domainEvent>[1],
): DocumentOutcome {
  return {
    type: "done",
    reply: OK,
    changes: [change, { type: "event", event: domainEvent(state, event) }],
    events: [{ type: "access", userIds: event.userIds }],
  };
}

/** Into the trash, out of it, or out of the world: everybody who has the note in a list is concerned. */
function moveEvent(
  state: DocumentState,
  type: "document.trashed" | "document.restored" | "document.purged",
  { at, by }: OperationOf<"delete" | "restore" | "purge">,
): DomainEvent {
  const userIds = [...state.members.keys()];
  if (state.ownerId !== undefined) userIds.push(state.ownerId);
  return domainEvent(state, { type, at, byId: by.userId, userIds });
}
