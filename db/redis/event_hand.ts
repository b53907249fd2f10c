/**
 * Events that a reader has in hand: in order for each subject, many subjects at the same time. One
 * that fails is tried again later and does not keep the others; when what it needs is broken, they
 * wait for that together.
 */

import { type Clock, type EventHandler, type Log, limits } from "../../actors/mod.ts";
import { isTransient, retryPauseMs } from "../event_failure.ts";
import type { EventEntry } from "./event_log.ts";

/** What becomes of events, and what handling them takes. */
export interface EventHandOptions {
  handler: EventHandler;
  handled(entry: EventEntry): Promise<void>;
  failed(entry: EventEntry): Promise<void>;
  setAside(entry: EventEntry, error: unknown): Promise<void>;
  clock: Clock;
  log: Log;
}

/** The events in hand. */
export class EventHand {
  readonly #options: EventHandOptions;
  /** All events that were taken and are not done, by id. */
  readonly #entries = new Set<string>();
  /** The last step of each subject. */
  readonly #chains = new Map<string, Promise<void>>();
  /** Events that failed, and what ends their pause. */
  readonly #waiting = new Set<() => void>();
  #wake: (() => void)[] = [];
  #isStopped = false;

  constructor(options: EventHandOptions) {
    this.#options = options;
  }

  /** How many more may be taken now. */
  get room(): number {
    if (this.#waiting.size >= limits.eventsWaitingMax) return 0;
    return limits.eventsInHandMax - (this.#entries.size - this.#waiting.size);
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
    let transientFailures = 0;
    while (!this.#isStopped) {
      const outcome = await this.#try(entry);
      if (outcome !== "wait") return this.#done(entry, outcome === "again");
      await this.#pause(++transientFailures, limits.eventOutageMsMax);
    }
    this.#drop(entry);
  }

  async #try(entry: EventEntry): Promise<"done" | "again" | "wait"> {
    const { handler, handled, failed, setAside, log } = this.#options;
    try {
      if (entry.event === undefined) throw new Error("Cannot read the event");
      if (entry.deliveries > limits.eventFailuresMax)
        throw new Error("Handlers did not survive it");
      await handler(entry.event);
      await handled(entry).catch(ignore);
      return "done";
    } catch (error) {
      if (isTransient(error)) return "wait";
      const about = { id: entry.event?.id ?? entry.id, deliveries: entry.deliveries };
      if (entry.event === undefined || entry.deliveries >= limits.eventFailuresMax) {
        log.error("Set an event aside", { ...about, error: String(error) });
        await setAside(entry, error).catch(ignore);
        return "done";
      }
      log.warn("Cannot handle an event", { ...about, error: String(error) });
      entry.deliveries++;
      await failed(entry).catch(ignore);
      return "again";
    }
  }

  #done(entry: EventEntry, isAgain: boolean): void {
    if (!isAgain) {
      this.#drop(entry);
      return;
    }
    // The others of its subject go on; it comes again behind them.
    void this.#pause(entry.deliveries - 1, limits.eventRetryMsMax).then(() => {
      if (this.#isStopped) this.#drop(entry);
      else this.take(entry);
    });
  }

  #drop({ id }: EventEntry): void {
    this.#entries.delete(id);
    const wake = this.#wake;
    this.#wake = [];
    for (const resolve of wake) resolve();
  }

  async #pause(failures: number, maxMs: number): Promise<void> {
    const { clock } = this.#options;
    const { promise, resolve } = Promise.withResolvers<void>();
    const cancel = clock.setTimer(retryPauseMs(failures, { clock, maxMs }), resolve);
    this.#waiting.add(resolve);
    await promise;
    this.#waiting.delete(resolve);
    cancel();
  }
}

/** What could not be written is delivered again, to whoever reads then. */
function ignore(): void {}
