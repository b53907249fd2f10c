/** What one can ask of a document, what it answers and tells, and what it is in memory. */

import type { Delta } from "../delta.ts";
import type { PersonId } from "../ids.ts";
import type {
  DocumentAnswer,
  DocumentChange,
  DocumentLink,
  DocumentNeed,
  DocumentRole,
  JournalEntry,
  SharedRole,
  StoredDocument,
} from "../ports.ts";
import type { Outcome } from "../runtime/behavior.ts";
import type { LoadedText, StoredText, TextLoading } from "./loading.ts";

/** Who does something: a person, somebody who came by a link, or both. */
export interface Principal {
  userId: PersonId | undefined;
  linkId: string | undefined;
}

/** Names somebody who does something: a person, or else the link that they came by. */
export function principalKey({ userId, linkId }: Principal): string {
  return userId ?? `link:${linkId}`;
}

/** A caret or selection, in UTF-16 units; the head is where typing goes on. */
export type Caret = readonly [anchor: number, head: number];

/** Everything one can ask of a document. Times and ids are minted by the sender. */
export type DocumentOperation =
  | { type: "create"; userId: PersonId; at: number; operationId: string; text: string }
  /** With the etag of the version, as below, it is checked to be one of this history. */
  | {
      type: "open";
      by: Principal;
      at: number;
      version: number | undefined;
      etag?: string | undefined;
    }
  /** What each of many may do now; at most `limits.rolesAskedMax`. */
  | { type: "roles"; by: readonly Principal[]; at: number }
  | { type: "describe" }
  /** For a node whose readers have seen everything up to a version, and may have missed the rest. */
  | { type: "catch_up"; version: number; etag?: string | undefined }
  | {
      type: "edit";
      by: Principal;
      at: number;
      operationId: string;
      client: string;
      base: number;
      etag?: string | undefined;
      delta: Delta;
      caret: Caret | undefined;
    }
  | {
      type: "save";
      by: Principal;
      at: number;
      operationId: string;
      /** What the ids of all saves of one page begin with: each may replace what the others saved. */
      form?: string;
      base: number;
      etag?: string | undefined;
      /** What makes the new text of the base, as far as it is not done. */
      delta: Delta;
      /** How many parts of it are done: 0 for who sends it. */
      part: number;
    }
  | {
      type: "caret";
      by: Principal;
      at: number;
      client: string;
      version: number;
      etag?: string | undefined;
      caret: Caret | undefined;
    }
  | { type: "share"; by: Principal; at: number; userId: PersonId; role: SharedRole | undefined }
  | { type: "link"; by: Principal; at: number; link: DocumentLink }
  | { type: "unlink"; by: Principal; at: number; linkId: string }
  | { type: "join"; userId: PersonId; linkId: string; at: number }
  | { type: "delete"; by: Principal; at: number }
  | { type: "restore"; by: Principal; at: number }
  | { type: "purge"; by: Principal; at: number };

/** What somebody may do now. */
export interface RoleNow {
  /** Undefined for nothing at all. */
  role: DocumentRole | undefined;
  /** When it ends or becomes less by itself, and has to be asked for again. */
  endsAt?: number | undefined;
}

/** What a document answers. */
export type DocumentReply =
  | { type: "ok" }
  /** In the order in which they were asked for. */
  | { type: "roles"; roles: readonly RoleNow[]; deletedAt: number | undefined }
  | { type: "edited"; version: number; repeated: boolean }
  /** Another save of the same page was accepted, as these versions: it is to be saved against the last. */
  | { type: "superseded"; first: number; version: number; etag: string }
  | {
      type: "caught_up";
      version: number;
      etag: string | undefined;
      deletedAt: number | undefined;
      /** Undefined when they are too many, or the version is none of this history: readers begin anew. */
      entries: readonly JournalEntry[] | undefined;
    }
  | {
      type: "opened";
      role: DocumentRole;
      endsAt?: number | undefined;
      version: number;
      /** Of the newest version; see `revisions.ts`. */
      etag: string | undefined;
      /** This history does not have the version that one has. */
      diverged: boolean;
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
      members: readonly { userId: PersonId; role: SharedRole }[];
      links: readonly DocumentLink[];
      ownerId: PersonId;
      createdAt: number;
      deletedAt: number | undefined;
    };

/** What subscribers hear. */
export type DocumentEvent =
  | {
      type: "edited";
      entry: JournalEntry;
      client: string;
      caret: Caret | undefined;
      /** The etag of the version before, empty for version 0; undefined where it is told again. */
      previous?: string | undefined;
    }
  | { type: "caret"; client: string; version: number; caret: Caret | undefined }
  | { type: "created"; userIds: readonly PersonId[] }
  /** Rights have changed, for these people in particular. */
  | { type: "access"; userIds: readonly PersonId[] }
  | { type: "deleted" }
  | { type: "restored" }
  /** The document was deleted for good. */
  | { type: "purged" };

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
  ownerId: PersonId | undefined;
  createdAt: number;
  deletedAt: number | undefined;
  version: number;
  members: Map<PersonId, { role: SharedRole; linkId: string | undefined }>;
  links: Map<string, DocumentLink>;
  /** Loro's bytes, as long as they are not loaded. */
  stored: StoredText;
  /** The text, once somebody needs it; see `loro.ts`. */
  loaded: LoadedText | undefined;
  /** A text that is being loaded in slices. */
  loading: { work: TextLoading; isKept: boolean } | undefined;
  /** The newest entries, oldest first, without gaps up to `version`. */
  recent: JournalEntry[];
  /** What they weigh; see `recent.ts`. */
  recentUnits: number;
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

/** What an operation on a document leads to. */
export type DocumentOutcome = Outcome<DocumentTypes>;

/** One kind of operation. */
export type OperationOf<Type extends DocumentOperation["type"]> = Extract<
  DocumentOperation,
  { type: Type }
>;
