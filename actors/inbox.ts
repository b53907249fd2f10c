/**
 * What one person is told, in one place: so the count is exact, the same thing is never told twice, and
 * all tabs and devices see the same. All that is told about one thing is one entry, however much it is;
 * something new about it makes it unread again.
 *
 * What is in an inbox stays in the store: in memory there is a number and what the person wants. An
 * operation reads the entry it is about, which is this behavior's `need`.
 */

import { SuiteError } from "./errors.ts";
import { notify } from "./inbox/notify.ts";
import type {
  InboxAnswer,
  InboxChange,
  InboxEntry,
  InboxNeed,
  StoredInbox,
} from "./inbox/ports.ts";
import { isCounted } from "./inbox/rules.ts";
import type {
  InboxEvent,
  InboxOperation,
  InboxOperationOf,
  InboxOutcome,
  InboxState,
  InboxTypes,
} from "./inbox/types.ts";
import { limits } from "./limits.ts";
import type { Behavior, Decision, Tombstone } from "./runtime/behavior.ts";

export * from "./inbox/days.ts";
export * from "./inbox/delivery_rules.ts";
export * from "./inbox/kinds.ts";
export * from "./inbox/ports.ts";
export * from "./inbox/rules.ts";
export * from "./inbox/types.ts";

/** How inboxes behave. */
export const inboxBehavior: Behavior<InboxTypes> = {
  kind: "inbox",
  load(id: string, stored: StoredInbox | undefined): InboxState {
    return { id, unread: stored?.unread ?? 0, preferences: stored?.preferences };
  },
  apply: applyToInbox,
  applyToEnded: applyToPurged,
};

/** A purged inbox takes nothing; a repeated purge is answered as the first. */
function applyToPurged(_: Tombstone, operation: InboxOperation): Decision<InboxTypes> {
  if (operation.type === "purge") return { type: "done", reply: { unread: 0, entries: [] } };
  return refuse("gone", "Cannot reach inbox: its person is gone");
}

function applyToInbox(
  state: InboxState,
  operation: InboxOperation,
  answer?: InboxAnswer,
): InboxOutcome {
  switch (operation.type) {
    case "notify":
      return notify(state, operation, answer);
    case "retitle":
    case "withdraw":
    case "reinstate":
    case "seen":
      return changeSubject(state, operation, answer);
    case "read":
    case "unread":
    case "archive":
    case "unarchive":
    case "snooze":
    case "wake":
      return changeEntries(state, operation, answer);
    case "read_all":
      return readAll(state, operation, answer);
    case "unread_all":
      return unreadAll(state, operation, answer);
    case "mute":
      return mute(state, operation, answer);
    case "unmute":
      return changed(state, [], [{ type: "unmute", subject: operation.subject }]);
    case "forget":
      return forget(state, operation, answer);
    case "erase":
      return erase(state, operation, answer);
    case "prefer":
      state.preferences = operation.preferences;
      return changed(state, [], [{ type: "preferences", preferences: operation.preferences }]);
    case "count":
      return { type: "done", reply: { unread: state.unread, entries: [] } };
    case "purge":
      // Not even a count is left.
      return {
        type: "done",
        reply: { unread: 0, entries: [] },
        changes: [{ type: "purge", at: operation.at }],
        events: [{ type: "changed", unread: 0, entries: "many", isMoved: true }],
        ends: true,
      };
  }
}

// ------------------------------------------------------------------------------------ entries

type EntryChange = InboxOperationOf<
  "read" | "unread" | "archive" | "unarchive" | "snooze" | "wake"
>;

function changeEntries(
  state: InboxState,
  operation: EntryChange,
  answer: InboxAnswer | undefined,
): InboxOutcome {
  if (operation.type === "snooze" && operation.until <= operation.at) {
    return refuse("invalid", "Cannot snooze: expected a time in the future");
  }
  if (operation.ids.length > limits.entriesChangedMax) {
    return refuse(
      "too_large",
      `Cannot change so much: at most ${limits.entriesChangedMax} at once`,
    );
  }
  if (answer?.type !== "entries") return needs({ type: "entries", ids: operation.ids });
  const entries = answer.entries.flatMap((entry) => changedEntry(entry, operation) ?? []);
  return replaced(state, answer.entries, entries);
}

/** The entry after an operation, or undefined when that changes nothing. */
function changedEntry(entry: InboxEntry, operation: EntryChange): InboxEntry | undefined {
  const { at } = operation;
  const { readAt, archivedAt, snoozedUntil } = entry;
  switch (operation.type) {
    case "read":
      return readAt === undefined ? { ...entry, readAt: at, unreadItems: 0 } : undefined;
    case "unread":
      if (readAt === undefined) return undefined;
      return { ...entry, readAt: undefined, unreadItems: Math.max(1, entry.unreadItems) };
    case "archive":
      return archivedAt === undefined ? { ...entry, archivedAt: at } : undefined;
    case "unarchive":
      return archivedAt === undefined ? undefined : { ...entry, archivedAt: undefined };
    case "snooze":
      return { ...entry, snoozedUntil: operation.until };
    case "wake":
      return snoozedUntil === undefined ? undefined : { ...entry, snoozedUntil: undefined };
  }
}

function changeSubject(
  state: InboxState,
  operation: InboxOperationOf<"retitle" | "withdraw" | "reinstate" | "seen">,
  answer: InboxAnswer | undefined,
): InboxOutcome {
  const { subject } = operation;
  if (answer?.type !== "subject") return needs({ type: "subject", subject, eventId: undefined });
  const { entry } = answer;
  const after = entry && changedSubject(entry, operation);
  return replaced(state, entry ? [entry] : [], after ? [after] : []);
}

function changedSubject(
  entry: InboxEntry,
  operation: InboxOperationOf<"retitle" | "withdraw" | "reinstate" | "seen">,
): InboxEntry | undefined {
  switch (operation.type) {
    case "retitle":
      return entry.title === operation.title ? undefined : { ...entry, title: operation.title };
    case "withdraw":
      return entry.withdrawnAt === undefined ? { ...entry, withdrawnAt: operation.at } : undefined;
    case "reinstate":
      return entry.withdrawnAt === undefined ? undefined : { ...entry, withdrawnAt: undefined };
    case "seen":
      // What came after the look was not seen by it.
      if (entry.readAt !== undefined || entry.at > operation.at) return undefined;
      return { ...entry, readAt: operation.at, unreadItems: 0 };
  }
}

function mute(
  state: InboxState,
  operation: InboxOperationOf<"mute">,
  answer: InboxAnswer | undefined,
): InboxOutcome {
  const { id, at } = operation;
  if (answer?.type !== "entries") return needs({ type: "entries", ids: [id] });
  const [entry] = answer.entries;
  if (entry === undefined) return refuse("not_found", "Cannot mute: there is no such entry");
  const after = { ...entry, archivedAt: entry.archivedAt ?? at };
  return replaced(state, [entry], [after], [{ type: "mute", subject: entry.subject, at }]);
}

function forget(
  state: InboxState,
  { ids, before }: InboxOperationOf<"forget">,
  answer: InboxAnswer | undefined,
): InboxOutcome {
  if (answer?.type !== "entries") return needs({ type: "entries", ids });
  const entries = answer.entries.filter(
    ({ at, snoozedUntil }) => at < before && snoozedUntil === undefined,
  );
  if (entries.length === 0) return changed(state, [], []);
  state.unread -= entries.filter(isCounted).length;
  return changed(state, "many", [{ type: "forget", ids: entries.map(({ id }) => id) }]);
}

/** Keeps nothing about something, whether it was read, put away, withdrawn or muted. */
function erase(
  state: InboxState,
  { subject }: InboxOperationOf<"erase">,
  answer: InboxAnswer | undefined,
): InboxOutcome {
  if (answer?.type !== "subject") return needs({ type: "subject", subject, eventId: undefined });
  const { entry, isMuted } = answer;
  if (entry === undefined && !isMuted) return changed(state, [], []);
  state.unread -= Number(isCounted(entry));
  const { unread } = state;
  return {
    type: "done",
    reply: { unread, entries: [] },
    changes: [
      { type: "erase", subject },
      { type: "unread", unread },
    ],
    events: [{ type: "erased", unread, entryId: entry?.id }],
  };
}

/** Writes entries in place of what they were, and counts anew. */
function replaced(
  state: InboxState,
  before: readonly InboxEntry[],
  after: readonly InboxEntry[],
  more: readonly InboxChange[] = [],
): InboxOutcome {
  const known = new Map(before.map((entry) => [entry.id, entry]));
  for (const entry of after) {
    state.unread += Number(isCounted(entry)) - Number(isCounted(known.get(entry.id)));
  }
  const changes: InboxChange[] = after.map((entry) => ({ type: "entry", entry }));
  const isMoved = after.some((entry) => placeOf(entry) !== placeOf(known.get(entry.id)));
  return changed(state, after, [...changes, ...more], isMoved);
}

/** What decides in which lists an entry stands, and where. */
function placeOf(entry: InboxEntry | undefined): string {
  if (entry === undefined) return "";
  const { at, readAt, archivedAt, snoozedUntil, withdrawnAt } = entry;
  const flags = [readAt, archivedAt, withdrawnAt].map((time) => time !== undefined);
  return [at, snoozedUntil, ...flags].join(" ");
}

// --------------------------------------------------------------------------------- all at once

function readAll(
  state: InboxState,
  operation: InboxOperationOf<"read_all">,
  answer: InboxAnswer | undefined,
): InboxOutcome {
  const { filter, at } = operation;
  if (answer?.type !== "count") return needs({ type: "count_unread", filter });
  state.unread -= answer.count;
  return changed(state, "many", [{ type: "read_all", at, filter }]);
}

function unreadAll(
  state: InboxState,
  operation: InboxOperationOf<"unread_all">,
  answer: InboxAnswer | undefined,
): InboxOutcome {
  const { readAt } = operation;
  if (answer?.type !== "count") return needs({ type: "count_read_at", readAt });
  state.unread += answer.count;
  return changed(state, "many", [{ type: "unread_all", readAt }]);
}

// ------------------------------------------------------------------------------------ answers

function changed(
  state: InboxState,
  entries: readonly InboxEntry[] | "many",
  changes: readonly InboxChange[],
  isMoved = entries === "many",
): InboxOutcome {
  const { unread } = state;
  const reply = { unread, entries: entries === "many" ? [] : entries };
  if (changes.length === 0) return { type: "done", reply };
  const event: InboxEvent = { type: "changed", unread, entries, isMoved };
  return {
    type: "done",
    reply,
    changes: [...changes, { type: "unread", unread }],
    events: [event],
  };
}

function needs(need: InboxNeed): InboxOutcome {
  return { type: "needs", need };
}

function refuse(
  code: "gone" | "invalid" | "not_found" | "too_large",
  message: string,
): Decision<InboxTypes> {
  return { type: "refused", error: new SuiteError(code, message) };
}
