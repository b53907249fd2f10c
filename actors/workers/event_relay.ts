/**
 * Brings events from the outboxes to the stream: as soon as some were written, and every now and then
 * besides, for those of a process that died in between.
 */

import type { DomainEvent, EventStream, Outbox } from "../events.ts";
import { limits } from "../limits.ts";
import { EventConsumer, type EventConsumerTools } from "./event_consumer.ts";
import { retryPauseMs } from "./event_failure.ts";

/** The group under which what stands in an outbox and is no event is set aside. */
const OUTBOX_GROUP = "outbox";

/** What a relay works with. */
export interface EventRelayOptions extends EventConsumerTools {
  outboxes: readonly Outbox[];
  stream: EventStream;
}

/** The same, with what is done about events that cannot be read. */
interface RelayTools extends Omit<EventRelayOptions, "outboxes"> {
  consumer: EventConsumer;
}

type Publish = Parameters<Outbox["relay"]>[1];

/** Relays all outboxes, each in order and never twice at the same time. */
export class EventRelay {
  readonly #relays: readonly OutboxRelay[];
  readonly #consumer: EventConsumer;

  constructor({ outboxes, ...tools }: EventRelayOptions) {
    // One that a newer version can read is published when an administrator replays it.
    const publish = (event: DomainEvent) => tools.stream.publish([event]);
    this.#consumer = new EventConsumer(OUTBOX_GROUP, publish, tools);
    const consumer = this.#consumer;
    this.#relays = outboxes.map((outbox) => new OutboxRelay(outbox, { ...tools, consumer }));
  }

  start(): void {
    this.#consumer.start();
    for (const relay of this.#relays) relay.start();
  }

  /** Tries now, and resolves when everything was relayed or could not be. */
  async flush(): Promise<void> {
    await Promise.all(this.#relays.map((relay) => relay.flush()));
  }

  /** Waits for what is on its way. */
  async stop(): Promise<void> {
    await Promise.all([...this.#relays, this.#consumer].map((part) => part.stop()));
  }
}

class OutboxRelay {
  readonly #outbox: Outbox;
  readonly #tools: RelayTools;
  #state: "new" | "started" | "stopped" = "new";
  #running: Promise<void> | undefined;
  /** Whether to look again, because something may have been written since the last look. */
  #isAsked = false;
  #failures = 0;
  #cancelTimer: (() => void) | undefined;

  constructor(outbox: Outbox, tools: RelayTools) {
    this.#outbox = outbox;
    this.#tools = tools;
  }

  start(): void {
    if (this.#state !== "new") return;
    this.#state = "started";
    this.#outbox.onWritten(() => {
      // After a failure the timer decides: the stream is not to be hurried.
      if (this.#state === "started" && this.#failures === 0) void this.flush();
    });
    void this.flush();
  }

  flush(): Promise<void> {
    this.#isAsked = true;
    this.#running ??= this.#run().finally(() => {
      this.#running = undefined;
      if (this.#isAsked && this.#failures === 0 && this.#state === "started") void this.flush();
      else this.#plan();
    });
    return this.#running;
  }

  async stop(): Promise<void> {
    this.#state = "stopped";
    this.#cancelTimer?.();
    await this.#running;
  }

  async #run(): Promise<void> {
    while (this.#isAsked) {
      this.#isAsked = false;
      try {
        await this.#relayAll();
      } catch (error) {
        this.#failures++;
        if (this.#failures === 1) {
          this.#tools.log.warn("Cannot relay events", { error: String(error) });
        }
        return;
      }
      if (this.#failures > 0) this.#tools.log.info("Events are relayed again");
      this.#failures = 0;
    }
  }

  async #relayAll(): Promise<void> {
    const limit = limits.relayedEventsMax;
    const publish: Publish = (events, unreadable) => this.#publish(events, unreadable);
    while ((await this.#outbox.relay(limit, publish)) === limit) {
      if (this.#state === "stopped") return;
    }
  }

  async #publish(...[events, unreadable]: Parameters<Publish>): Promise<void> {
    const { stream, consumer } = this.#tools;
    for (const one of unreadable) {
      await consumer.setAside(one, "Cannot read the event");
    }
    await stream.publish(events);
  }

  #plan(): void {
    this.#cancelTimer?.();
    if (this.#state !== "started") return;
    const { clock } = this.#tools;
    const { relayMs, relayRetryMs: firstMs, relayRetryMsMax: maxMs } = limits;
    const failures = this.#failures;
    const delayMs = failures === 0 ? relayMs : retryPauseMs(failures, { clock, firstMs, maxMs });
    this.#cancelTimer = clock.setTimer(delayMs, () => void this.flush());
  }
}
