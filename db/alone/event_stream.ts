/**
 * Events within one process: published means handled, or parked. What can be neither stays in the outbox
 * and is published again; what each group has done of it by then is not done twice. An event from before this
 * process may be what the last one died of, and is parked first.
 */

import {
  type DomainEvent,
  EventConsumer,
  type EventConsumerTools,
  type EventHandler,
  type EventStream,
  limits,
} from "../../actors/mod.ts";

/** One group, and what it has handled lately. */
interface Group {
  consumer: EventConsumer;
  handled: Set<string>;
}

/** Hands events to the groups of this process: in order for each subject, all subjects together. */
export class LocalEventStream implements EventStream {
  readonly #groups = new Map<string, Group>();
  readonly #tools: EventConsumerTools;
  readonly #startedAt: number;

  constructor(tools: EventConsumerTools) {
    this.#tools = tools;
    this.#startedAt = tools.clock.now();
  }

  /** Rejects when a group could neither handle nor park an event, after the others had their turn. */
  async publish(events: readonly DomainEvent[]): Promise<void> {
    const subjects = [...Map.groupBy(events, ({ subjectId }) => subjectId).values()];
    const told = [...this.#groups.values()].flatMap((group) =>
      subjects.map((inOrder) => this.#tell(group, inOrder)),
    );
    const failed = (await Promise.allSettled(told)).find(({ status }) => status === "rejected");
    if (failed?.status === "rejected") throw failed.reason;
  }

  async consume(group: string, handler: EventHandler): Promise<() => Promise<void>> {
    const consumer = new EventConsumer(group, handler, this.#tools);
    this.#groups.set(group, { consumer, handled: new Set() });
    consumer.start();
    return async () => {
      if (this.#groups.get(group)?.consumer === consumer) this.#groups.delete(group);
      await consumer.stop();
    };
  }

  async close(): Promise<void> {
    const groups = [...this.#groups.values()];
    this.#groups.clear();
    await Promise.all(groups.map(({ consumer }) => consumer.stop()));
  }

  async #tell({ consumer, handled }: Group, events: readonly DomainEvent[]): Promise<void> {
    for (const event of events) {
      if (handled.has(event.id)) continue;
      if (event.at < this.#startedAt) await consumer.handleLater(event);
      else await consumer.handle(event);
      handled.add(event.id);
      const [oldest] = handled;
      if (handled.size > limits.handledEventsKeptMax && oldest) handled.delete(oldest);
    }
  }
}
