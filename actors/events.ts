/**
 * What services tell each other: facts that have become true, written into the service's own outbox in
 * the transaction that made them true, and delivered at least once. An event's id is made of what it
 * is about and when, so that a repeat of the operation has the same one and consumers can tell.
 */

import { type PersonId, parsePersonId, personIdsIn } from "./ids.ts";

/** Something that happened in a service. */
export interface DomainEvent {
  /** The same for every delivery, and for a repeat of the operation that led to it. */
  id: string;
  /** The service and what happened, such as `document.shared`. */
  type: DomainEventType;
  /** The id of what it happened to. */
  subjectId: string;
  /** Milliseconds since 1970. */
  at: number;
  /** Who did it: a user's id, or undefined for somebody who came by a link and for the suite itself. */
  byId: PersonId | undefined;
  /** The people it concerns in particular, such as who was given access. */
  userIds: readonly PersonId[];
  /** More, by type; small, and never what people write. */
  data: Readonly<Record<string, string | number | boolean>>;
}

/** What can happen. */
export type DomainEventType =
  | "document.created"
  /** Somebody was given a role, or another one (`data.role`). */
  | "document.shared"
  /** Somebody's role was taken away. */
  | "document.unshared"
  /** The text was changed and projected (`data.version`); not more often than projections are made. */
  | "document.changed"
  /** The text names somebody whom it did not name before (`data.version`). */
  | "document.mentioned"
  | "document.trashed"
  | "document.restored"
  | "document.purged";

/**
 * The event in a text from an outbox or a stream, or undefined when there is none in it. People whose ids
 * are none are left out: nothing can be told to them.
 */
export function parseEvent(text: string): DomainEvent | undefined {
  let value: unknown;
  try {
    value = JSON.parse(text);
  } catch {
    return undefined;
  }
  if (typeof value !== "object" || value === null) return undefined;
  const { id, type, subjectId, at, byId, userIds, data } = value as Record<string, unknown>;
  const isWhole =
    typeof id === "string" &&
    typeof type === "string" &&
    typeof subjectId === "string" &&
    typeof at === "number" &&
    Array.isArray(userIds);
  if (!isWhole) return undefined;
  return {
    id,
    // One that a newer version tells of is known to no consumer, which is no fault.
    type: type as DomainEventType,
    subjectId,
    at,
    byId: parsePersonId(byId),
    userIds: personIdsIn(userIds),
    data: (typeof data === "object" && data !== null ? data : {}) as DomainEvent["data"],
  };
}

/** Takes one event; when it rejects, the event is delivered again. A repeat must change nothing. */
export type EventHandler = (event: DomainEvent) => Promise<void>;

/** The way of events from the services to whoever consumes them. */
export interface EventStream {
  /** Resolves when the events are safe in the stream. */
  publish(events: readonly DomainEvent[]): Promise<void>;
  /** Delivers every event to one node of a group at a time, at least once. The result stops it. */
  consume(group: string, handler: EventHandler): Promise<() => Promise<void>>;
  close(): Promise<void>;
}

/** What waits in an outbox. */
export interface OutboxBacklog {
  /** When the oldest was written; undefined when none waits. */
  oldestAt: number | undefined;
  /** How many wait; counted up to `limits.backlogCountedMax`. */
  waiting: number;
}

/** What stands in an outbox or a stream and is no event. */
export interface UnreadableEvent {
  /** The id under which it was written. */
  id: string;
  text: string;
}

/** The outbox of one service. */
export interface Outbox {
  /** The service it belongs to. */
  readonly name: string;
  /** Called after events were committed by this process. */
  onWritten(callback: () => void): void;
  /**
   * Hands the oldest events to `publish`, and forgets them once that has resolved. Two nodes never hand
   * out the same ones at the same time. What cannot be read is handed out beside them. Answers how many
   * there were.
   */
  relay(
    limit: number,
    publish: (events: DomainEvent[], unreadable: UnreadableEvent[]) => Promise<void>,
  ): Promise<number>;
  backlog(): Promise<OutboxBacklog>;
}

// -------------------------------------------------------------------------------- parked events

/** An event that a group of consumers could not handle, out of the way of all others. */
export interface ParkedEvent {
  /** Names it among all that are parked; grows. */
  number: number;
  /** Whose handler failed. */
  group: string;
  /** The event's own id. */
  id: string;
  /** Undefined where it cannot be read. */
  event: DomainEvent | undefined;
  /** `waiting` for its next try, or `set_aside` until an administrator decides. */
  state: "waiting" | "set_aside";
  /** How often it was tried in vain; one that waits behind another was not tried at all. */
  failures: number;
  /** How often it was taken by processes that never said what became of it. */
  unsettled: number;
  /** What its handler said last. */
  error: string;
  /** When it was parked. */
  since: number;
  /** When it is tried again, unless it was set aside. */
  dueAt: number;
}

/** An event to be parked. */
export interface NewParkedEvent
  extends Pick<ParkedEvent, "group" | "id" | "state" | "failures" | "error" | "since" | "dueAt"> {
  subjectId: string;
  /** The event as JSON. */
  text: string;
  /**
   * Whether events of the same subject wait behind it, for the sake of their order. Not while another one
   * of that subject waits that does not: then the order is lost already.
   */
  isHolding: boolean;
}

/** What became of a try. */
export type ParkedOutcome =
  | { state: "handled" }
  /** It failed, and is tried again. */
  | { state: "waiting"; error: string; dueAt: number; isHolding: boolean }
  /** It was no try, because something is away that it needs. */
  | { state: "postponed"; dueAt: number }
  | { state: "set_aside"; error: string };

/** How many events are parked. */
export interface ParkedCounts {
  waiting: number;
  setAside: number;
  /** The highest number of those that were set aside. */
  newestSetAside: number | undefined;
}

/**
 * Where events that failed are kept, alone and over restarts: one bad event holds no other. Each is tried
 * again after growing pauses, and set aside for good after `limits.eventFailuresMax`.
 */
export interface ParkedEvents {
  /** A repeat changes nothing. */
  park(event: NewParkedEvent): Promise<void>;
  /** Whether events of a subject have to wait behind one that is parked. */
  isHeld(group: string, subjectId: string): Promise<boolean>;
  /**
   * Takes what is due and hides it from other nodes for so long; each counts as a try, so that one that
   * no process survives comes to an end too. Never more than the oldest of those that hold each other, and
   * never two at the same time of those that were in hand when a process died: one of them may be why.
   */
  take(
    group: string,
    now: number,
    options: { limit: number; hiddenMs: number },
  ): Promise<ParkedEvent[]>;
  settle(number: number, outcome: ParkedOutcome): Promise<void>;

  counts(): Promise<ParkedCounts>;
  /** Those set aside first, the newest before the others. */
  list(limit: number): Promise<ParkedEvent[]>;
  /** Lets one, or all that were set aside, begin anew; answers which ones. */
  replay(which: number | "all", now: number): Promise<ParkedEvent[]>;
  /** Forgets what is parked about something that was purged, but for the event that says so. */
  forgetSubject(subjectId: string): Promise<void>;
  /** Forgets one that was set aside; answers what it was. */
  discard(number: number): Promise<ParkedEvent | undefined>;
}
