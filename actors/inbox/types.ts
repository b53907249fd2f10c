/** What one can ask of an inbox, what it answers and tells, and what it is in memory. */

import type { Outcome } from "../runtime/behavior.ts";
import type {
  EntryFilter,
  InboxAnswer,
  InboxChange,
  InboxEntry,
  InboxNeed,
  InboxPreferences,
  Notification,
  StoredInbox,
} from "./ports.ts";

/** Everything one can ask of an inbox. Times and ids are minted by the sender. */
export type InboxOperation =
  /** Tells the person something; `isLooking` when they see it happen, so that it is read already. */
  | {
      type: "notify";
      notification: Notification;
      entryId: string;
      isLooking: boolean;
      /** Whether a page of theirs is open, as far as is known. */
      isOnline?: boolean;
      /** An IANA name; UTC where it is not known. */
      timeZone?: string | undefined;
      at: number;
    }
  /** What something is called has changed. */
  | { type: "retitle"; subject: string; title: string; at: number }
  /** What it is about is gone for this person, or there again. */
  | { type: "withdraw"; subject: string; at: number }
  | { type: "reinstate"; subject: string; at: number }
  /** The person looks at something now. */
  | { type: "seen"; subject: string; at: number }
  | { type: "read"; ids: readonly string[]; at: number }
  | { type: "unread"; ids: readonly string[]; at: number }
  | { type: "read_all"; filter: EntryFilter; at: number }
  /** Takes a `read_all` back, by its time. */
  | { type: "unread_all"; readAt: number }
  | { type: "archive"; ids: readonly string[]; at: number }
  | { type: "unarchive"; ids: readonly string[]; at: number }
  | { type: "snooze"; ids: readonly string[]; until: number; at: number }
  /** Before its time, because somebody took it back, or at its time. */
  | { type: "wake"; ids: readonly string[]; at: number }
  /** Mutes what an entry is about, and archives the entry. */
  | { type: "mute"; id: string; at: number }
  | { type: "unmute"; subject: string; at: number }
  /** Forgets entries whose newest thing is older and that nobody put off. */
  | { type: "forget"; ids: readonly string[]; before: number }
  /** What it is about was deleted for good: nothing is kept of what was told about it. */
  | { type: "erase"; subject: string }
  | { type: "prefer"; preferences: InboxPreferences }
  | { type: "count" }
  /** The person is gone. */
  | { type: "purge"; at: number };

/** What an inbox answers. */
export interface InboxReply {
  unread: number;
  /** The entries that were changed, as they are now. */
  entries: readonly InboxEntry[];
}

/** What subscribers hear. */
export type InboxEvent =
  /** Entries have changed, or all may have. */
  | {
      type: "changed";
      unread: number;
      entries: readonly InboxEntry[] | "many";
      /** Whether some may stand elsewhere now, or in another list. */
      isMoved: boolean;
    }
  /** Nothing is kept of something, and its entry, if there was one, is gone. */
  | { type: "erased"; unread: number; entryId: string | undefined }
  /** Something new has come in. */
  | {
      type: "notified";
      unread: number;
      entry: InboxEntry;
      notification: Notification;
      /** Whether open pages say it. */
      toast: boolean;
    };

/** The shapes of this kind of actor. */
export interface InboxTypes {
  stored: StoredInbox;
  state: InboxState;
  operation: InboxOperation;
  reply: InboxReply;
  change: InboxChange;
  event: InboxEvent;
  need: InboxNeed;
  answer: InboxAnswer;
}

/** An inbox in memory: there may be very many, so next to nothing. */
export interface InboxState {
  readonly id: string;
  unread: number;
  preferences: InboxPreferences | undefined;
}

/** What an operation on an inbox leads to. */
export type InboxOutcome = Outcome<InboxTypes>;

/** One kind of operation. */
export type InboxOperationOf<Type extends InboxOperation["type"]> = Extract<
  InboxOperation,
  { type: Type }
>;
