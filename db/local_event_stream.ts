/**
 * Events within one process: published means handled. What could not be handled stays in the outbox,
 * which is all the memory there is.
 */

import {
  type DomainEvent,
  type EventHandler,
  type EventStream,
  type Log,
  limits,
} from "../actors/mod.ts";
import { isTransient } from "./event_failure.ts";

/** Hands events to the groups of this process, one after the other within each. */
export class LocalEventStream implements EventStream {
  readonly #groups = new Map<string, EventHandler>();
  /** How often events failed, by group and event. */
  readonly #failures = new Map<string, number>();
  readonly #log: Log | undefined;

  constructor(options: { log?: Log } = {}) {
    this.#log = options.log;
  }

  /** Rejects when a handler did, after the others had their turn. */
  async publish(events: readonly DomainEvent[]): Promise<void> {
    const groups = [...this.#groups].map(([group, handler]) => this.#tell(group, handler, events));
    const failed = (await Promise.allSettled(groups)).find(({ status }) => status === "rejected");
    if (failed?.status === "rejected") throw failed.reason;
  }

  async consume(group: string, handler: EventHandler): Promise<() => Promise<void>> {
    this.#groups.set(group, handler);
    return async () => {
      if (this.#groups.get(group) === handler) this.#groups.delete(group);
    };
  }

  async close(): Promise<void> {
    this.#groups.clear();
  }

  async #tell(group: string, handler: EventHandler, events: readonly DomainEvent[]): Promise<void> {
    let failure: { error: unknown } | undefined;
    for (const event of events) {
      try {
        await handler(event);
        this.#failures.delete(`${group} ${event.id}`);
      } catch (error) {
        // What is broken for this one is broken for those behind it as well.
        if (isTransient(error)) throw error;
        if (!this.#isSetAside(group, event, error)) failure ??= { error };
      }
    }
    if (failure !== undefined) throw failure.error;
  }

  /** An event that fails whatever happens must not keep those behind it in the outbox for ever. */
  #isSetAside(group: string, { id, type }: DomainEvent, error: unknown): boolean {
    const key = `${group} ${id}`;
    const failures = (this.#failures.get(key) ?? 0) + 1;
    if (failures < limits.eventFailuresMax) {
      this.#failures.set(key, failures);
      return false;
    }
    this.#failures.delete(key);
    this.#log?.error("Set an event aside", { group, id, type, failures, error: String(error) });
    return true;
  }
}
