/** One note while it is planned: its text so far, and the operations that lead there. */

import {
  apply,
  type Delta,
  type DocumentLink,
  type DocumentOperation,
  limits,
  type PersonId,
  type Principal,
  piecesOf,
  type SharedRole,
} from "../../actors/mod.ts";

/** An operation on a document, in which the secrets of links are not known yet. */
export type PlannedOperation =
  | Exclude<DocumentOperation, { type: "link" }>
  | { type: "link"; by: Principal; at: number; link: Omit<DocumentLink, "tokenHash"> };

/** A note, and who may do what with it. */
export class Draft {
  readonly id: string;
  readonly ownerId: PersonId;
  readonly language: string;
  readonly createdAt: number;
  readonly operations: PlannedOperation[];
  readonly members = new Map<PersonId, SharedRole>();
  readonly links = new Map<string, Omit<DocumentLink, "tokenHash">>();
  text: string;
  /** The time of the last operation; the next one is not earlier. */
  at: number;
  deleted = false;
  #version: number;

  constructor(given: {
    id: string;
    ownerId: PersonId;
    language: string;
    at: number;
    text: string;
  }) {
    const { id, ownerId, language, at, text } = given;
    this.id = id;
    this.ownerId = ownerId;
    this.language = language;
    this.createdAt = at;
    this.at = at;
    this.text = text;
    // A long first text is written in pieces, each an edit.
    const pieces = [...piecesOf(text, limits.savePieceUnitsMax)];
    this.#version = text === "" ? 0 : pieces.length;
    const operationId = `create-${id}`;
    this.operations = [{ type: "create", userId: ownerId, at, operationId, text }];
  }

  /** How many edits it has seen. */
  get version(): number {
    return this.#version;
  }

  /** Those who may change it and have an account, its owner first. */
  get writers(): PersonId[] {
    const others = [...this.members].filter(([, role]) => role === "write");
    return [this.ownerId, ...others.map(([userId]) => userId)];
  }

  /** The link by which anybody may change it now. */
  get openLink(): string | undefined {
    for (const { id, role, expiresAt } of this.links.values()) {
      // Those that expire are for people outside; the others have accounts.
      if (role === "write" && expiresAt !== undefined && expiresAt > this.at) return id;
    }
    return undefined;
  }

  /** Changes the text. */
  edit(by: Principal, change: { at: number; delta: Delta }): void {
    const { at, delta } = change;
    this.text = apply(this.text, delta);
    const operationId = `edit-${this.id}-${this.#version}`;
    const base = this.#version;
    this.#version += 1;
    this.#push({
      ...{ type: "edit", by, at, operationId, base, delta },
      ...{ client: "populate", caret: undefined },
    });
  }

  /** Gives somebody a role. */
  share(userId: PersonId, given: { at: number; role: SharedRole }): void {
    this.members.set(userId, given.role);
    this.#push({ type: "share", by: principal(this.ownerId), userId, ...given });
  }

  /** Makes a link. */
  link(link: Omit<DocumentLink, "tokenHash">): void {
    this.links.set(link.id, link);
    this.#push({ type: "link", by: principal(this.ownerId), at: link.createdAt, link });
  }

  /** Takes a link back. */
  unlink(linkId: string, at: number): void {
    this.links.delete(linkId);
    this.#push({ type: "unlink", by: principal(this.ownerId), at, linkId });
  }

  /** Lets somebody with an account come by a link. */
  join(userId: PersonId, given: { linkId: string; role: SharedRole; at: number }): void {
    this.members.set(userId, given.role);
    this.#push({ type: "join", userId, linkId: given.linkId, at: given.at });
  }

  /** Puts it into the trash. */
  delete(at: number): void {
    this.deleted = true;
    this.#push({ type: "delete", by: principal(this.ownerId), at });
  }

  #push(operation: PlannedOperation): void {
    if ("at" in operation) this.at = Math.max(this.at, operation.at);
    this.operations.push(operation);
  }
}

/** Somebody with an account. */
export function principal(userId: PersonId): Principal {
  return { userId, linkId: undefined };
}
