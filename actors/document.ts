/**
 * A note that several people write at once.
 *
 * The text lives in one `LoroDoc`; beside it the newest deltas stay in memory, so that an edit made
 * against a version somebody else has moved past is rebased in microseconds. A version is the number
 * of edits accepted so far. Older versions are read from the journal: that is this behavior's `need`.
 *
 * Who may do what is decided here and nowhere else: every operation says who it is by.
 *
 * The Loro document is changed in place. That is safe because an edit is checked whole before its
 * first component is applied, and because the runtime loads an actor anew after any failed write.
 */

import { decodeFrontiers, encodeFrontiers, LoroDoc, type LoroText } from "loro-crdt/base64";
import {
  baseLength,
  cleanText,
  type Delta,
  isEmpty,
  lengthChange,
  normalize,
  transform,
  transformPosition,
} from "./delta.ts";
import { type ErrorCode, SuiteError } from "./errors.ts";
import { limits } from "./limits.ts";
import type {
  DocumentAnswer,
  DocumentChange,
  DocumentLink,
  DocumentNeed,
  DocumentRole,
  JournalEntry,
  SharedRole,
  StoredDocument,
} from "./ports.ts";
import type { Behavior, Outcome } from "./runtime/behavior.ts";

/** Who does something: a person, somebody who came by a link, or both. */
export interface Principal {
  userId: string | undefined;
  linkId: string | undefined;
}

/** A caret or selection, in UTF-16 units; the head is where typing goes on. */
export type Caret = readonly [anchor: number, head: number];

/** Everything one can ask of a document. Times and ids are minted by the sender. */
export type DocumentOperation =
  | { type: "create"; userId: string; at: number; operationId: string; text: string }
  | { type: "open"; by: Principal; at: number; version: number | undefined }
  | { type: "role"; by: Principal; at: number }
  | { type: "describe" }
  | {
      type: "edit";
      by: Principal;
      at: number;
      operationId: string;
      client: string;
      base: number;
      delta: Delta;
      caret: Caret | undefined;
    }
  | { type: "save"; by: Principal; at: number; operationId: string; base: number; text: string }
  | {
      type: "caret";
      by: Principal;
      at: number;
      client: string;
      version: number;
      caret: Caret | undefined;
    }
  | { type: "share"; by: Principal; at: number; userId: string; role: SharedRole | undefined }
  | { type: "link"; by: Principal; at: number; link: DocumentLink }
  | { type: "unlink"; by: Principal; at: number; linkId: string }
  | { type: "join"; userId: string; linkId: string; at: number }
  | { type: "delete"; by: Principal; at: number }
  | { type: "restore"; by: Principal; at: number }
  | { type: "purge"; by: Principal; at: number };

/** What a document answers. */
export type DocumentReply =
  | { type: "ok" }
  | { type: "role"; role: DocumentRole | undefined; deletedAt: number | undefined }
  | { type: "edited"; version: number; repeated: boolean }
  | {
      type: "opened";
      role: DocumentRole;
      version: number;
      deletedAt: number | undefined;
      /** The text, unless `entries` lead there from the version one has. */
      text: string | undefined;
      entries: readonly JournalEntry[] | undefined;
    }
  | {
      type: "described";
      version: number;
      text: string;
      changedAt: number;
      changedBy: string;
      members: readonly { userId: string; role: SharedRole }[];
      links: readonly DocumentLink[];
      ownerId: string;
      createdAt: number;
      deletedAt: number | undefined;
    };

/** What subscribers hear. */
export type DocumentEvent =
  | { type: "edited"; entry: JournalEntry; client: string; caret: Caret | undefined }
  | { type: "caret"; client: string; version: number; caret: Caret | undefined }
  | { type: "created"; userIds: readonly string[] }
  /** Rights have changed, for these people in particular. */
  | { type: "access"; userIds: readonly string[] }
  | { type: "deleted" }
  | { type: "restored" };

/** The shapes of this kind of actor. */
export interface DocumentTypes {
  stored: StoredDocument;
  state: DocumentState;
  operation: DocumentOperation;
  reply: DocumentReply;
  change: DocumentChange;
  event: DocumentEvent;
  need: DocumentNeed;
  answer: DocumentAnswer;
}

/** A document in memory. */
export interface DocumentState {
  readonly id: string;
  ownerId: string | undefined;
  createdAt: number;
  deletedAt: number | undefined;
  version: number;
  members: Map<string, { role: SharedRole; linkId: string | undefined }>;
  links: Map<string, DocumentLink>;
  doc: LoroDoc;
  body: LoroText;
  /** UTF-16 units of the text. */
  length: number;
  /** The newest entries, oldest first, without gaps up to `version`. */
  recent: JournalEntry[];
  /** Versions of the operations in `recent`, so that a repeat is known. */
  operations: Map<string, number>;
  /** What a snapshot would replace. */
  tailVersions: number;
  tailBytes: number;
  snapshotBytes: number;
  /** The text at `textVersion`, made when somebody asks. */
  text: string;
  textVersion: number;
}

type DocumentOutcome = Outcome<DocumentTypes>;
type Operation<Type extends DocumentOperation["type"]> = Extract<DocumentOperation, { type: Type }>;

/** The name of the text in the Loro document; part of the sync protocol. */
const BODY = "body";
const OK: DocumentReply = { type: "ok" };

/** How documents behave. */
export const documentBehavior: Behavior<DocumentTypes> = {
  kind: "document",
  load: loadDocument,
  apply: applyToDocument,
  passivate(state) {
    return state.tailVersions >= limits.snapshotEveryVersions ? [takeSnapshot(state)] : [];
  },
  dispose(state) {
    state.doc.free();
  },
};

function loadDocument(id: string, stored: StoredDocument | undefined): DocumentState {
  const doc = new LoroDoc();
  const parts = stored?.updates.map((update) => update.bytes) ?? [];
  const tailBytes = parts.reduce((sum, bytes) => sum + bytes.length, 0);
  if (stored?.snapshot) parts.unshift(stored.snapshot.bytes);
  if (parts.length > 0) doc.importBatch(parts);
  const body = doc.getText(BODY);
  return {
    id,
    ownerId: stored?.ownerId,
    createdAt: stored?.createdAt ?? 0,
    deletedAt: stored?.deletedAt,
    version: stored?.version ?? 0,
    members: new Map(stored?.members.map(({ userId, role, linkId }) => [userId, { role, linkId }])),
    links: new Map(stored?.links.map((link) => [link.id, link])),
    doc,
    body,
    length: body.length,
    recent: stored?.recent ?? [],
    operations: new Map(stored?.recent.map((entry) => [entry.operationId, entry.version])),
    tailVersions: stored?.updates.length ?? 0,
    tailBytes,
    snapshotBytes: stored?.snapshot?.bytes.length ?? 0,
    text: "",
    textVersion: -1,
  };
}

function applyToDocument(
  state: DocumentState,
  operation: DocumentOperation,
  answer?: DocumentAnswer,
): DocumentOutcome {
  if (operation.type === "create") return create(state, operation);
  if (state.ownerId === undefined)
    return refuse("not_found", "Cannot open note: there is none with this id");
  switch (operation.type) {
    case "open":
      return open(state, operation, answer);
    case "role":
      return done({
        type: "role",
        role: roleOf(state, operation.by, operation.at),
        deletedAt: state.deletedAt,
      });
    case "describe":
      return done(describe(state, state.ownerId));
    case "edit":
      return edit(state, operation, answer);
    case "save":
      return save(state, operation, answer);
    case "caret":
      return moveCaret(state, operation);
    case "share":
      return share(state, operation);
    case "link":
      return addLink(state, operation);
    case "unlink":
      return removeLink(state, operation);
    case "join":
      return join(state, operation);
    case "delete":
      return remove(state, operation);
    case "restore":
      return restore(state, operation);
    case "purge":
      return purge(state, operation);
  }
}

// -------------------------------------------------------------------------------- permissions

/** What somebody may do at a time; a person's own role and the link's count, whichever is more. */
function roleOf(state: DocumentState, by: Principal, at: number): DocumentRole | undefined {
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

function isValid(link: DocumentLink | undefined, at: number): boolean {
  return link !== undefined && (link.expiresAt === undefined || link.expiresAt > at);
}

/** Why somebody may not go on, or undefined when they may. What one may not see does not exist. */
function denied(
  state: DocumentState,
  operation: { by: Principal; at: number },
  wanted: DocumentRole,
): DocumentOutcome | undefined {
  const role = roleOf(state, operation.by, operation.at);
  if (role === undefined)
    return refuse("not_found", "Cannot open note: there is none with this id");
  const rank = { read: 0, write: 1, owner: 2 };
  if (rank[role] >= rank[wanted]) return undefined;
  return wanted === "owner"
    ? refuse("forbidden", "Cannot change who may see this note: only its owner may")
    : refuse("forbidden", "Cannot change this note: you may only read it");
}

/** As `denied`, for what cannot be done to a note in the trash either. */
function deniedOrGone(
  state: DocumentState,
  operation: { by: Principal; at: number },
  wanted: DocumentRole,
): DocumentOutcome | undefined {
  const refusal = denied(state, operation, wanted);
  if (refusal || state.deletedAt === undefined) return refusal;
  return refuse("gone", "Cannot change this note: it is in the trash");
}

// --------------------------------------------------------------------------------------- text

function create(state: DocumentState, operation: Operation<"create">): DocumentOutcome {
  const { userId, at, operationId } = operation;
  if (state.ownerId !== undefined) {
    // The same request again gets the first answer; anybody else's has met somebody's id.
    return state.ownerId === userId && state.createdAt === at
      ? done(OK)
      : refuse("conflict", "Cannot create note: the id is taken");
  }
  const text = cleanText(operation.text);
  if (text.length > limits.textUnitsMax) return tooLarge(text.length);
  state.ownerId = userId;
  state.createdAt = at;
  const changes: DocumentChange[] = [{ type: "create", ownerId: userId, at }];
  if (text !== "") {
    const entry = { version: 1, operationId, authorId: userId, at, delta: [text] };
    changes.push(append(state, entry));
  }
  return { type: "done", reply: OK, changes, events: [{ type: "created", userIds: [userId] }] };
}

function edit(
  state: DocumentState,
  operation: Operation<"edit">,
  answer: DocumentAnswer | undefined,
): DocumentOutcome {
  const refusal = deniedOrGone(state, operation, "write");
  if (refusal) return refusal;
  const missed = entriesAfter(state, operation.base, answer);
  if (!Array.isArray(missed)) return missed;
  const repeated = versionOf(state, operation.operationId, missed);
  if (repeated !== undefined) return done({ type: "edited", version: repeated, repeated: true });

  let delta = operation.delta;
  let caret = operation.caret;
  for (const entry of missed) {
    delta = transform(entry.delta, delta, "right");
    if (caret) caret = moved(caret, entry.delta);
  }
  return accept(state, { ...operation, delta, caret });
}

/** A form without JavaScript: the whole text, made from an older version. */
function save(
  state: DocumentState,
  operation: Operation<"save">,
  answer: DocumentAnswer | undefined,
): DocumentOutcome {
  const refusal = deniedOrGone(state, operation, "write");
  if (refusal) return refusal;
  const text = cleanText(operation.text);
  if (text.length > limits.textUnitsMax) return tooLarge(text.length);
  if (operation.base < 0 || operation.base > state.version) return badBase(state, operation.base);
  if (operation.base !== state.version && answer?.type !== "frontiers") {
    return { type: "needs", need: { type: "frontiers", version: operation.base } };
  }
  const stored = answer?.type === "frontiers" ? answer : undefined;
  const missed = entriesAfter(state, operation.base, { type: "entries", entries: stored?.entries });
  if (!Array.isArray(missed)) return missed;
  const repeated = versionOf(state, operation.operationId, missed);
  if (repeated !== undefined) return done({ type: "edited", version: repeated, repeated: true });

  let delta = difference(state, stored?.frontiers, text);
  for (const entry of missed) delta = transform(entry.delta, delta, "right");
  if (isEmpty(delta)) return done({ type: "edited", version: state.version, repeated: false });
  return accept(state, { ...operation, client: "", delta, caret: undefined });
}

/** Takes a delta that is made against the current version. */
function accept(
  state: DocumentState,
  operation: Pick<Operation<"edit">, "by" | "at" | "operationId" | "client" | "delta" | "caret">,
): DocumentOutcome {
  const { by, at, operationId, client, delta, caret } = operation;
  const length = state.length + lengthChange(delta);
  if (length > limits.textUnitsMax) return tooLarge(length);
  if (!isApplicable(state, delta)) {
    return refuse("bad_delta", "Cannot apply edit: it does not fit the text it was made against");
  }
  const authorId = by.userId ?? `link:${by.linkId}`;
  const entry = { version: state.version + 1, operationId, authorId, at, delta };
  const changes = [append(state, entry)];
  if (isSnapshotDue(state)) changes.push(takeSnapshot(state));
  return {
    type: "done",
    reply: { type: "edited", version: entry.version, repeated: false },
    changes,
    events: [{ type: "edited", entry, client, caret: caret && clamped(caret, length) }],
  };
}

/** Applies an entry to the text and says what the journal has to keep of it. */
function append(state: DocumentState, entry: JournalEntry): DocumentChange {
  const before = state.doc.oplogVersion();
  let position = 0;
  for (const component of entry.delta) {
    if (typeof component === "string") {
      state.body.insert(position, component);
      position += component.length;
    } else if (component > 0) position += component;
    else state.body.delete(position, -component);
  }
  state.doc.commit();
  const update = state.doc.export({ mode: "update", from: before });
  before.free();
  state.version = entry.version;
  state.length += lengthChange(entry.delta);
  state.tailVersions += 1;
  state.tailBytes += update.length;
  remember(state, entry);
  return { type: "append", entry, update, frontiers: encodeFrontiers(state.doc.frontiers()) };
}

function remember(state: DocumentState, entry: JournalEntry): void {
  state.recent.push(entry);
  state.operations.set(entry.operationId, entry.version);
  if (state.recent.length < limits.recentVersionsMax * 2) return;
  // Trimmed by halves, so that no edit pays for moving the whole window.
  for (const old of state.recent.splice(0, limits.recentVersionsMax)) {
    state.operations.delete(old.operationId);
  }
}

/**
 * Whether a delta fits the text and cuts no surrogate pair in two. One that others left nothing of
 * (both deleted the same) is accepted like any other: its sender waits to see it.
 */
function isApplicable(state: DocumentState, delta: Delta): boolean {
  if (baseLength(delta) > state.length) return false;
  let position = 0;
  for (const component of delta) {
    if (typeof component === "string") {
      if (cutsPair(state.body, position)) return false;
    } else {
      position += Math.abs(component);
      if (component < 0 && cutsPair(state.body, position + component)) return false;
      if (cutsPair(state.body, position)) return false;
    }
  }
  return true;
}

function cutsPair(body: LoroText, position: number): boolean {
  const characters = body.convertPos(position, "utf16", "unicode");
  return characters === undefined || body.convertPos(characters, "unicode", "utf16") !== position;
}

/** The delta from the text at some frontiers (the current one when undefined) to another text. */
function difference(state: DocumentState, frontiers: Uint8Array | undefined, text: string): Delta {
  const from = frontiers === undefined ? state.doc.frontiers() : decodeFrontiers(frontiers);
  const fork = state.doc.forkAt(from);
  try {
    const body = fork.getText(BODY);
    // A refined diff of two large texts takes seconds; by lines it takes milliseconds.
    if (text.length + body.length > 50_000) body.updateByLine(text);
    else body.update(text);
    fork.commit();
    const delta: (number | string)[] = [];
    for (const [, change] of fork.diff(from, fork.frontiers(), true)) {
      if (change.type !== "text") continue;
      for (const step of change.diff) {
        if (step.insert !== undefined) delta.push(step.insert);
        else if (step.delete !== undefined) delta.push(-step.delete);
        else if (step.retain !== undefined) delta.push(step.retain);
      }
    }
    return normalize(delta);
  } finally {
    fork.free();
  }
}

/** The entries after a version, or what is needed to know them, or why that cannot be. */
function entriesAfter(
  state: DocumentState,
  base: number,
  answer: DocumentAnswer | undefined,
): JournalEntry[] | DocumentOutcome {
  if (base < 0 || base > state.version) return badBase(state, base);
  const firstRecent = state.version - state.recent.length + 1;
  if (base + 1 >= firstRecent) return state.recent.slice(base + 1 - firstRecent);
  if (state.version - base > limits.rebaseVersionsMax) return tooOld();
  if (answer?.type !== "entries")
    return { type: "needs", need: { type: "entries", afterVersion: base } };
  if (answer.entries === undefined) return tooOld();
  // The journal may lag behind what this turn has accepted already; the recent ones complete it.
  const older = answer.entries.filter((entry) => entry.version < firstRecent);
  return [...older, ...state.recent];
}

function versionOf(
  state: DocumentState,
  operationId: string,
  entries: readonly JournalEntry[],
): number | undefined {
  const recent = state.operations.get(operationId);
  return recent ?? entries.find((entry) => entry.operationId === operationId)?.version;
}

function isSnapshotDue(state: DocumentState): boolean {
  const { tailVersions, tailBytes, snapshotBytes } = state;
  if (tailVersions >= limits.snapshotVersionsMax) return true;
  // A large note is not written whole for every few hundred small edits.
  const enough = Math.max(limits.snapshotTailBytesMin, snapshotBytes / 4);
  return tailVersions >= limits.snapshotEveryVersions && tailBytes >= enough;
}

function takeSnapshot(state: DocumentState): DocumentChange {
  const bytes = state.doc.export({ mode: "snapshot" });
  state.tailVersions = 0;
  state.tailBytes = 0;
  state.snapshotBytes = bytes.length;
  return { type: "snapshot", version: state.version, bytes };
}

function textOf(state: DocumentState): string {
  if (state.textVersion !== state.version) {
    state.text = state.body.toString();
    state.textVersion = state.version;
  }
  return state.text;
}

// ------------------------------------------------------------------------------ being together

function open(
  state: DocumentState,
  operation: Operation<"open">,
  answer: DocumentAnswer | undefined,
): DocumentOutcome {
  const refusal = denied(state, operation, "read");
  if (refusal) return refusal;
  const { version } = operation;
  const opened = {
    type: "opened" as const,
    role: roleOf(state, operation.by, operation.at) ?? "read",
    version: state.version,
    deletedAt: state.deletedAt,
  };
  const isNear =
    version !== undefined &&
    version <= state.version &&
    state.version - version <= limits.catchUpVersionsMax;
  if (!isNear) return done({ ...opened, text: textOf(state), entries: undefined });
  const entries = entriesAfter(state, version, answer);
  if (!Array.isArray(entries)) return entries;
  return done({ ...opened, text: undefined, entries });
}

function moveCaret(state: DocumentState, operation: Operation<"caret">): DocumentOutcome {
  const refusal = denied(state, operation, "read");
  if (refusal) return refusal;
  const missed = state.version - operation.version;
  // A caret is worth no reading from disk: one that is far behind comes again by itself.
  if (missed < 0 || missed > state.recent.length) return done(OK);
  let caret = operation.caret;
  for (const entry of state.recent.slice(state.recent.length - missed)) {
    if (caret) caret = moved(caret, entry.delta);
  }
  const version = state.version;
  caret = caret && clamped(caret, state.length);
  return {
    type: "done",
    reply: OK,
    events: [{ type: "caret", client: operation.client, version, caret }],
  };
}

function moved([anchor, head]: Caret, delta: Delta): Caret {
  return [transformPosition(anchor, delta), transformPosition(head, delta)];
}

function clamped([anchor, head]: Caret, length: number): Caret {
  return [Math.min(anchor, length), Math.min(head, length)];
}

function describe(state: DocumentState, ownerId: string): DocumentReply {
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

// ------------------------------------------------------------------------------------- sharing

function share(state: DocumentState, operation: Operation<"share">): DocumentOutcome {
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
  return changedAccess({ type: "member", userId, role }, [userId]);
}

function addLink(state: DocumentState, operation: Operation<"link">): DocumentOutcome {
  const refusal = denied(state, operation, "owner");
  if (refusal) return refusal;
  if (state.links.size >= limits.linksMax) {
    return refuse("too_large", `Cannot make a link: expected at most ${limits.linksMax}`);
  }
  state.links.set(operation.link.id, operation.link);
  return { type: "done", reply: OK, changes: [{ type: "link", link: operation.link }] };
}

function removeLink(state: DocumentState, operation: Operation<"unlink">): DocumentOutcome {
  const refusal = denied(state, operation, "owner");
  if (refusal) return refusal;
  const { linkId } = operation;
  if (!state.links.delete(linkId)) return done(OK);
  const leaving = [...state.members].filter(([, member]) => member.linkId === linkId);
  for (const [userId] of leaving) state.members.delete(userId);
  return changedAccess(
    { type: "unlink", linkId },
    leaving.map(([userId]) => userId),
  );
}

/** Somebody with an account opened a link: from now on the note is in their list. */
function join(state: DocumentState, operation: Operation<"join">): DocumentOutcome {
  const { userId, linkId, at } = operation;
  const link = state.links.get(linkId);
  if (!link || !isValid(link, at))
    return refuse("not_found", "Cannot open note: the link is no longer valid");
  const own = roleOf(state, { userId, linkId: undefined }, at);
  const gainsNothing = own === "owner" || own === "write" || own === link.role;
  if (gainsNothing) return done(OK);
  if (state.members.size >= limits.membersMax) return done(OK);
  state.members.set(userId, { role: link.role, linkId });
  return changedAccess({ type: "member", userId, role: link.role, linkId }, [userId]);
}

function remove(state: DocumentState, operation: Operation<"delete">): DocumentOutcome {
  const refusal = denied(state, operation, "owner");
  if (refusal) return refusal;
  if (state.deletedAt !== undefined) return done(OK);
  state.deletedAt = operation.at;
  return {
    type: "done",
    reply: OK,
    changes: [{ type: "delete", at: operation.at }],
    events: [{ type: "deleted" }],
  };
}

function restore(state: DocumentState, operation: Operation<"restore">): DocumentOutcome {
  const refusal = denied(state, operation, "owner");
  if (refusal) return refusal;
  if (state.deletedAt === undefined) return done(OK);
  state.deletedAt = undefined;
  return {
    type: "done",
    reply: OK,
    changes: [{ type: "restore" }],
    events: [{ type: "restored" }],
  };
}

/** Deletes a note in the trash for good. */
function purge(state: DocumentState, operation: Operation<"purge">): DocumentOutcome {
  const refusal = denied(state, operation, "owner");
  if (refusal) return refusal;
  if (state.deletedAt === undefined) {
    return refuse("conflict", "Cannot delete note for good: it is not in the trash");
  }
  const userIds = [...state.members.keys()];
  if (state.ownerId !== undefined) userIds.push(state.ownerId);
  state.ownerId = undefined;
  state.members.clear();
  state.links.clear();
  return changedAccess({ type: "purge" }, userIds);
}

function changedAccess(change: DocumentChange, userIds: readonly string[]): DocumentOutcome {
  return { type: "done", reply: OK, changes: [change], events: [{ type: "access", userIds }] };
}

// ------------------------------------------------------------------------------------- answers

function done(reply: DocumentReply): DocumentOutcome {
  return { type: "done", reply };
}

function refuse(code: ErrorCode, message: string): DocumentOutcome {
  return { type: "refused", error: new SuiteError(code, message) };
}

function tooLarge(length: number): DocumentOutcome {
  const max = limits.textUnitsMax.toLocaleString("en");
  return refuse(
    "too_large",
    `Cannot save note: expected at most ${max} characters, received ${length.toLocaleString("en")}`,
  );
}

function tooOld(): DocumentOutcome {
  return refuse("too_old", "Cannot merge edit: the version it was made against is too old");
}

function badBase(state: DocumentState, base: number): DocumentOutcome {
  return refuse(
    "bad_delta",
    `Cannot apply edit: expected a base of at most version ${state.version}, received ${base}`,
  );
}
