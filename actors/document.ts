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

import { moveCaret } from "./document/carets.ts";
import { create, edit, save } from "./document/edits.ts";
import { loadSlice } from "./document/loro.ts";
import { done, NOTHING_THERE, OK, refuse } from "./document/outcomes.ts";
import { catchUp, describe, open } from "./document/reading.ts";
import { weightOfAll } from "./document/recent.ts";
import { misnamed, roleEndsAt, roleOf } from "./document/rights.ts";
import { addLink, join, purge, remove, removeLink, restore, share } from "./document/sharing.ts";
import { snapshotOnLeaving } from "./document/snapshots.ts";
import type {
  DocumentOperation,
  DocumentOutcome,
  DocumentState,
  DocumentTypes,
} from "./document/types.ts";
import type { DocumentAnswer, StoredDocument } from "./ports.ts";
import type { Behavior, Decision, Tombstone } from "./runtime/behavior.ts";

export { textAt } from "./document/loro.ts";
export * from "./document/mentions.ts";
export * from "./document/parts.ts";
export { etagOf, type Revision } from "./document/revisions.ts";
export * from "./document/text.ts";
export * from "./document/types.ts";

const CANNOT_LIVE_AGAIN =
  "Cannot create note: the one with this id was deleted for good; start a new note from your list";

/** How documents behave. */
export const documentBehavior: Behavior<DocumentTypes> = {
  kind: "document",
  load: loadDocument,
  apply: applyToDocument,
  applyToEnded: applyToPurged,
  passivate: snapshotOnLeaving,
  dispose(state) {
    state.loaded?.doc.free();
    state.loading?.work.cancel();
  },
};

function loadDocument(id: string, stored: StoredDocument | undefined): DocumentState {
  const updates = stored?.updates.map((update) => update.bytes) ?? [];
  return {
    id,
    ownerId: stored?.ownerId,
    createdAt: stored?.createdAt ?? 0,
    deletedAt: stored?.deletedAt,
    version: stored?.version ?? 0,
    members: new Map(stored?.members.map(({ userId, role, linkId }) => [userId, { role, linkId }])),
    links: new Map(stored?.links.map((link) => [link.id, link])),
    stored: { snapshot: stored?.snapshot?.bytes, updates },
    loading: undefined,
    loaded: undefined,
    recent: stored?.recent ?? [],
    recentUnits: weightOfAll(stored?.recent ?? []),
    operations: new Map(stored?.recent.map((entry) => [entry.operationId, entry.version])),
    tailVersions: updates.length,
    tailBytes: updates.reduce((sum, bytes) => sum + bytes.length, 0),
    snapshotBytes: stored?.snapshot?.bytes.length ?? 0,
    text: "",
    textVersion: stored === undefined ? 0 : -1,
  };
}

/** A purged id never names a note again; its owner may repeat the purge. */
function applyToPurged(
  { ownerId }: Tombstone,
  operation: DocumentOperation,
): Decision<DocumentTypes> {
  if (operation.type === "create") return refuse("gone", CANNOT_LIVE_AGAIN);
  const isRepeat = operation.type === "purge" && operation.by.userId === ownerId;
  return isRepeat && ownerId !== undefined ? done(OK) : refuse("not_found", NOTHING_THERE);
}

/** What looks at the text, and what changes it: a long one is loaded in slices first. */
const USES: { readonly [Type in DocumentOperation["type"]]?: "read" | "edit" } = {
  ...{ create: "read", open: "read", describe: "read", caret: "read" },
  ...{ edit: "edit", save: "edit" },
};

function applyToDocument(
  state: DocumentState,
  operation: DocumentOperation,
  answer?: DocumentAnswer,
): DocumentOutcome {
  const refusal = misnamed(operation);
  if (refusal) return refusal;
  if (state.ownerId === undefined) {
    return operation.type === "create"
      ? create(state, operation)
      : refuse("not_found", NOTHING_THERE);
  }
  const use = USES[operation.type];
  if (use && !loadSlice(state, use)) return { type: "continues", rest: operation };
  switch (operation.type) {
    case "create":
      return create(state, operation);
    case "open":
      return open(state, operation, answer);
    case "roles":
      return done({
        type: "roles",
        roles: operation.by.map((by) => ({
          role: roleOf(state, by, operation.at),
          endsAt: roleEndsAt(state, by, operation.at),
        })),
        deletedAt: state.deletedAt,
      });
    case "describe":
      return done(describe(state, state.ownerId));
    case "catch_up":
      return catchUp(state, operation, answer);
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
