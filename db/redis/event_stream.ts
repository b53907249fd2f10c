/**
 * Events of all services in one stream of Redis. Of each group one node reads at a time, which it
 * holds a lease for, so that the events of a subject are handled in order; when that node is gone,
 * another takes over what it had in hand and goes on.
 */

import type {
  DomainEvent,
  EventConsumerTools,
  EventHandler,
  EventStream,
  NodeId,
} from "../../actors/mod.ts";
import { append } from "./event_log.ts";
import { EventReader } from "./event_reader.ts";
import type { RedisConnection } from "./open.ts";

/** What reading takes. */
export interface RedisEventStreamOptions extends EventConsumerTools {
  /** Names this process among those that read. */
  consumer: NodeId;
}

/** Events over Redis. */
export class RedisEventStream implements EventStream {
  readonly #redis: RedisConnection;
  readonly #options: RedisEventStreamOptions;
  readonly #readers = new Set<EventReader>();

  constructor(redis: RedisConnection, options: RedisEventStreamOptions) {
    this.#redis = redis;
    this.#options = options;
  }

  async publish(events: readonly DomainEvent[]): Promise<void> {
    if (events.length > 0) await append(this.#redis, events);
  }

  /** Goes on without Redis: events come when it is there. */
  async consume(group: string, handler: EventHandler): Promise<() => Promise<void>> {
    const reader = new EventReader(this.#redis, { ...this.#options, group, handler });
    this.#readers.add(reader);
    reader.start();
    return async () => {
      this.#readers.delete(reader);
      await reader.stop();
    };
  }

  async close(): Promise<void> {
    const readers = [...this.#readers];
    this.#readers.clear();
    await Promise.all(readers.map((reader) => reader.stop()));
  }
}
