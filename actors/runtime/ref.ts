/** The typed handle of all actors of one kind: what the rest of the suite sees of the runtime. */

import type { ActorTypes } from "./behavior.ts";
import type { Lane } from "./mailbox.ts";
import type { Listener } from "./subscribers.ts";

/** How to ask. */
export interface AskOptions {
  /** When the sender gives up; at most `limits.askMsMax`, which is also the default. */
  timeoutMs?: number;
  /** `system` goes before what people sent and has room of its own. The default is `user`. */
  lane?: Lane;
  /** Whose operation it is: senders have their turns one after the other. */
  from?: string;
}

/** How to tell. */
export interface TellOptions {
  /** `system` goes before what people sent and has room of its own. The default is `user`. */
  lane?: Lane;
  /** Whose operation it is: senders have their turns one after the other. */
  from?: string;
}

/** Who follows one actor, wherever it lives, with others on other nodes. */
export interface Watcher<Event> {
  /** Hears all events that the actor committed together, in order. */
  hear(events: readonly Event[]): void;
  /** Events may have been missed: the actor moved, or the way to it was broken for a moment. */
  missed(): void;
  /** What the watchers on other nodes announce of themselves, whenever that changes. */
  peers(presences: readonly unknown[]): void;
}

/** A watch that is kept. */
export interface Watch {
  /** Says what the watchers on other nodes shall know of this one; undefined takes it back. */
  announce(presence: unknown): void;
  stop(): void;
}

/** All actors of one kind, in memory or not. */
export interface Actors<T extends ActorTypes> {
  /**
   * Hands an operation to an actor and answers with its reply, once everything it changed is on disk.
   *
   * Rejects with the actor's own error when it refuses, and else with a {@linkcode SuiteError}: `busy`
   * (the mailbox or the memory is full), `crashed` (on this operation), `quarantined`, `draining`,
   * `store_failed` or another code of the store, or `timed_out`. An operation that timed out while it
   * waited is not carried out; one that had been started by then may still take effect, so a sender
   * who tries again sends the same operation id.
   */
  ask(id: string, operation: T["operation"], options?: AskOptions): Promise<T["reply"]>;
  /** Hands an operation to an actor without waiting; a failure becomes a dead letter. */
  tell(id: string, operation: T["operation"], options?: TellOptions): void;
  /**
   * Calls the listener with all events that an actor of this node committed together, in order, until the result is
   * called. The actor need not be in memory, and may leave, crash and come back. Listeners are called
   * before the promises of the senders go on.
   */
  subscribe(id: string, listener: Listener<T["event"]>): () => void;
  /** As `subscribe`, wherever the actor lives, and wherever it moves. */
  watch(id: string, watcher: Watcher<T["event"]>): Watch;
  /** As `subscribe`, for all actors of the kind that run here. */
  observe(listener: Listener<T["event"]>): () => void;
  /** Whether the actor's state is in memory. */
  isActive(id: string): boolean;
}
