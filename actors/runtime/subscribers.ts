/**
 * Who listens to which actor. The table belongs to the kind and not to the actor: a listener stays
 * while its actor leaves memory, crashes and comes back, and an actor nobody listens to has no entry.
 */

import type { Log } from "../ports.ts";

/** Hears all events that one actor committed together, in order. */
export type Listener<Event> = (id: string, events: readonly Event[]) => void;

interface Subscription<Event> {
  readonly listener: Listener<Event>;
  isActive: boolean;
}

/** The listeners of all actors of one kind. */
export class Subscribers<Event> {
  readonly #log: Log;
  /** Lists are replaced and never changed, so that publishing is safe while listeners come and go. */
  readonly #lists = new Map<string, readonly Subscription<Event>[]>();
  /** Those who listen to every actor, such as the projection of a read side. */
  #observers: readonly Subscription<Event>[] = [];

  constructor(log: Log) {
    this.#log = log;
  }

  /** How many actors have listeners of their own. */
  get size(): number {
    return this.#lists.size;
  }

  /** Whether anybody would hear what an actor publishes. */
  has(id: string): boolean {
    return this.#observers.length > 0 || this.#lists.has(id);
  }

  /** Adds a listener to one actor; the result takes it away again, from that moment on. */
  add(id: string, listener: Listener<Event>): () => void {
    const subscription: Subscription<Event> = { listener, isActive: true };
    this.#lists.set(id, [...(this.#lists.get(id) ?? []), subscription]);
    return () => this.#remove(id, subscription);
  }

  /** Adds a listener to all actors; the result takes it away again, from that moment on. */
  addToAll(listener: Listener<Event>): () => void {
    const subscription: Subscription<Event> = { listener, isActive: true };
    this.#observers = [...this.#observers, subscription];
    return () => {
      subscription.isActive = false;
      this.#observers = this.#observers.filter((other) => other !== subscription);
    };
  }

  /** Calls every listener of an actor; one that throws is logged and does not hurt the others. */
  publish(id: string, events: readonly Event[]): void {
    for (const subscription of this.#lists.get(id) ?? []) this.#call(subscription, id, events);
    for (const subscription of this.#observers) this.#call(subscription, id, events);
  }

  #call({ listener, isActive }: Subscription<Event>, id: string, events: readonly Event[]): void {
    if (!isActive) return;
    try {
      listener(id, events);
    } catch (error) {
      this.#log.error("A listener failed", { id, error: String(error) });
    }
  }

  #remove(id: string, subscription: Subscription<Event>): void {
    if (!subscription.isActive) return;
    subscription.isActive = false;
    const rest = (this.#lists.get(id) ?? []).filter((other) => other !== subscription);
    if (rest.length > 0) this.#lists.set(id, rest);
    else this.#lists.delete(id);
  }
}
