/**
 * Events that a reader has in hand: in order for each subject, many subjects at the same time. One that
 * fails is parked and keeps none of the others; where it cannot be parked either, what it needs is away,
 * and all wait for that together.
 */

import { type Clock, type EventConsumer, limits, retryPauseMs } from "../../actors/mod.ts";
import type { EventEntry } from "./event_log.ts";

/** What handles events, and what is told when one is done. */
export interface EventHandOptions {
  consumer: EventConsumer;
  done(entry: EventEntry): Promise<void>;
  clock: Clock;
}

/** The events in hand. */
export class EventHand {
  readonly #options: EventHandOptions;
  /** All events that were taken and are not done, by id. */
  readonly #entries = new Set<string>();
  /** The last step of each subject. */
  readonly #chains = new Map<string, Promise<void>>();
  /** What ends the pauses of those that wait. */
  readonly #waiting = new Set<() => void>();
  #wake: (() => void)[] = [];
  #isStopped = false;

  constructor(options: EventHandOptions) {
    this.#options = options;
  }

  /** How many more may be taken now. */
  get room(): number {
    return limits.eventsInHandMax - this.#entries.size;
  }

  has(id: string): boolean {
    return this.#entries.has(id);
  }

  /** Handles an event after those of the same subject that were taken before. */
  take(entry: EventEntry): void {
    this.#entries.add(entry.id);
    const subject = entry.event?.subjectId ?? entry.id;
    const before = this.#chains.get(subject) ?? Promise.resolve();
    const step = before.then(() => this.#handle(entry));
    this.#chains.set(subject, step);
    void step.then(() => {
      if (this.#chains.get(subject) === step) this.#chains.delete(subject);
    });
  }

  /** Resolves when there may be room again, or after so long. */
  async change(timeoutMs: number): Promise<void> {
    const { promise, resolve } = Promise.withResolvers<void>();
    const cancel = this.#options.clock.setTimer(timeoutMs, resolve);
    this.#wake.push(resolve);
    await promise;
    cancel();
  }

  /** Ends all pauses and waits for the handlers that run; what is left is for somebody else. */
  async stop(): Promise<void> {
    this.#isStopped = true;
    for (const end of this.#waiting) end();
    await Promise.all(this.#chains.values());
  }

  /** Never rejects. */
  async #handle(entry: EventEntry): Promise<void> {
    let failures = 0;
    while (!this.#isStopped) {
      try {
        await this.#try(entry);
        // What could not be written down is delivered again, to the node that reads then.
        await this.#options.done(entry).catch(() => {});
        break;
      } catch {
        await this.#pause(++failures);
      }
    }
    this.#drop(entry);
  }

  async #try({ id, event, text, deliveries }: EventEntry): Promise<void> {
    const { consumer } = this.#options;
    if (event === undefined) {
      await consumer.setAside({ id, text }, "Cannot read the event");
    } else if (deliveries > 1) {
      // Each further delivery is to a process that took over from one that had it in hand.
      await consumer.handleLater(event);
    } else {
      await consumer.handle(event);
    }
  }

  #drop({ id }: EventEntry): void {
    this.#entries.delete(id);
    const wake = this.#wake;
    this.#wake = [];
    for (const resolve of wake) resolve();
  }

  async #pause(failures: number): Promise<void> {
    const { clock } = this.#options;
    const { promise, resolve } = Promise.withResolvers<void>();
    const pauseMs = retryPauseMs(failures, { clock, maxMs: limits.eventOutageMsMax });
    const cancel = clock.setTimer(pauseMs, resolve);
    this.#waiting.add(resolve);
    await promise;
    this.#waiting.delete(resolve);
    cancel();
  }
}
