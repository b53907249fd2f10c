/**
 * What services tell each other: facts that have become true, written into the service's own outbox in
 * the transaction that made them true, and delivered at least once. An event's id is made of what it
 * is about and when, so that a repeat of the operation has the same one and consumers can tell.
 */

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
  byId: string | undefined;
  /** The people it concerns in particular, such as who was given access. */
  userIds: readonly string[];
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

/** The outbox of one service. */
export interface Outbox {
  /** Called after events were committed by this process. */
  onWritten(callback: () => void): void;
  /**
   * Hands the oldest events to `publish`, and forgets them once that has resolved. Two nodes never hand
   * out the same ones at the same time. Answers how many there were.
   */
  relay(limit: number, publish: (events: DomainEvent[]) => Promise<void>): Promise<number>;
}
