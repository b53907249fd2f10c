/**
 * One group's side of any stream of events: calls its handler, and parks what fails, so that nothing
 * waits behind it. What is parked is tried again here too, on whichever node gets to it first.
 */

import type {
  DomainEvent,
  EventHandler,
  ParkedEvent,
  ParkedEvents,
  ParkedOutcome,
  UnreadableEvent,
} from "../events.ts";
import { limits } from "../limits.ts";
import type { Log } from "../ports.ts";
import type { Clock } from "../runtime/clock.ts";
import { isLeaving, isTransient, retryPauseMs } from "./event_failure.ts";

/** What all consumers of a stream work with. */
export interface EventConsumerTools {
  parked: ParkedEvents;
  clock: Clock;
  log: Log;
  /**
   * Whether something is away that all events need. Then they wait where they are, in order, instead of
   * being parked by the thousand, and no failure counts against any of them.
   */
  isImpaired?(): boolean;
}

/** The consumer of one group. */
export class EventConsumer {
  readonly #group: string;
  readonly #handler: EventHandler;
  readonly #tools: EventConsumerTools;
  readonly #inHand = new Set<Promise<void>>();
  #looking: Promise<void> | undefined;
  /** Whether to look once more, because there was a reason to while it was looked. */
  #isAsked = false;
  /** When events are due that failed here. */
  readonly #times = new Set<number>();
  #cancelTimer: (() => void) | undefined;
  #isTroubled = false;
  #isStopped = true;

  constructor(group: string, handler: EventHandler, tools: EventConsumerTools) {
    this.#group = group;
    this.#handler = handler;
    this.#tools = tools;
  }

  /** Begins to try again what is parked. */
  start(): void {
    this.#isStopped = false;
    this.#look();
  }

  /** Waits for the tries that run. */
  async stop(): Promise<void> {
    this.#isStopped = true;
    this.#cancelTimer?.();
    await this.#looking;
    await Promise.all(this.#inHand);
  }

  /** Handles an event or parks it. Rejects when neither can be done now: then it has to come again. */
  async handle(event: DomainEvent): Promise<void> {
    if (await this.#isHeld(event)) {
      await this.#park(event, { error: "Waits behind an earlier event", isHolding: true });
      return;
    }
    try {
      await this.#handler(event);
    } catch (error) {
      if (this.#isNoFault(error)) throw error;
      const isHolding = isTransient(error);
      await this.#park(event, { error: String(error), isHolding, failures: 1 });
      const { id, type } = event;
      this.#warn("Cannot handle an event", { id, type, error: String(error) });
    }
  }

  /**
   * Parks an event that another process may have died of, untried: parked events are counted before they
   * are tried, and one of them is tried alone after a death.
   */
  async handleLater(event: DomainEvent): Promise<void> {
    await this.#park(event, { error: "In hand when a process ended", isHolding: true });
  }

  /** What cannot be handled as it is. */
  async setAside({ id, text }: UnreadableEvent, error: string): Promise<void> {
    const failures = 1;
    const now = this.#tools.clock.now();
    await this.#tools.parked.park({
      ...{ group: this.#group, id, subjectId: id, text, state: "set_aside", isHolding: false },
      ...{ failures, error, since: now, dueAt: now },
    });
    this.#tools.log.error("Set an event aside", { group: this.#group, id, failures, error });
  }

  /** Where that cannot be known, it goes on: the order matters less than that it arrives. */
  async #isHeld({ subjectId }: DomainEvent): Promise<boolean> {
    try {
      return await this.#tools.parked.isHeld(this.#group, subjectId);
    } catch {
      return false;
    }
  }

  async #park(
    event: DomainEvent,
    given: { error: string; isHolding: boolean; failures?: number },
  ): Promise<void> {
    const { parked, clock } = this.#tools;
    const { error, isHolding, failures = 0 } = given;
    const now = clock.now();
    const dueAt = failures === 0 ? now : this.#retryAt(failures);
    await parked.park({
      ...{ group: this.#group, id: event.id, subjectId: event.subjectId },
      ...{ text: JSON.stringify(event), state: "waiting", isHolding },
      ...{ failures, error, since: now, dueAt },
    });
    this.#lookAt(dueAt);
  }

  /** In whole milliseconds, as times are stored. */
  #retryAt(failures: number): number {
    const { clock } = this.#tools;
    return Math.ceil(clock.now() + retryPauseMs(failures, { clock }));
  }

  // -------------------------------------------------------------------------------- tries again

  #look(): void {
    this.#isAsked = true;
    if (this.#isStopped || this.#looking) return;
    this.#isAsked = false;
    this.#looking = this.#takeDue().finally(() => {
      this.#looking = undefined;
      if (this.#isAsked) this.#look();
      else this.#plan();
    });
  }

  /** Timers may be a little early. */
  #lookAt(time: number): void {
    this.#times.add(time + 1);
    this.#plan();
  }

  /** Other nodes park events too, so it is looked from time to time in any case. */
  #plan(): void {
    if (this.#isStopped || this.#looking) return;
    const { clock } = this.#tools;
    const now = clock.now();
    let next = now + limits.parkedEventPollMs;
    for (const time of this.#times) {
      if (time <= now) this.#times.delete(time);
      next = Math.min(next, Math.max(now, time));
    }
    this.#cancelTimer?.();
    this.#cancelTimer = clock.setTimer(next - now, () => this.#look());
  }

  /** Takes what is due as long as something was and there is room. */
  async #takeDue(): Promise<void> {
    const { parked, clock } = this.#tools;
    const hiddenMs = limits.parkedEventHiddenMs;
    while (!this.#isStopped && !this.#isImpaired()) {
      const limit = limits.parkedEventsInHandMax - this.#inHand.size;
      if (limit <= 0) return;
      let taken: ParkedEvent[];
      try {
        taken = await parked.take(this.#group, clock.now(), { limit, hiddenMs });
        this.#isTroubled = false;
      } catch (error) {
        if (!this.#isTroubled) this.#warn("Cannot take parked events", { error: String(error) });
        this.#isTroubled = true;
        return;
      }
      if (taken.length === 0) return;
      for (const event of taken) this.#begin(event);
    }
  }

  #begin(event: ParkedEvent): void {
    const run = this.#tryAgain(event).finally(() => {
      this.#inHand.delete(run);
      // The next of its subject may be due, and there is room again.
      this.#look();
    });
    this.#inHand.add(run);
  }

  /** Never rejects. */
  async #tryAgain(parked: ParkedEvent): Promise<void> {
    const { log } = this.#tools;
    const outcome = await this.#outcomeOf(parked);
    try {
      await this.#tools.parked.settle(parked.number, outcome);
      if (outcome.state === "waiting") this.#lookAt(outcome.dueAt);
      if (outcome.state !== "set_aside") return;
      const { id, failures } = parked;
      const about = { group: this.#group, id, type: parked.event?.type, failures };
      log.error("Set an event aside", { ...about, error: outcome.error });
    } catch (error) {
      // It comes back by itself when it is no longer hidden.
      this.#warn("Cannot settle a parked event", { id: parked.id, error: String(error) });
    }
  }

  async #outcomeOf(parked: ParkedEvent): Promise<ParkedOutcome> {
    const { event, failures, unsettled, error: last } = parked;
    const { clock } = this.#tools;
    if (event === undefined) return { state: "set_aside", error: "Cannot read the event" };
    if (unsettled > limits.eventDeathsMax) {
      return { state: "set_aside", error: "No process survived it" };
    }
    if (failures > limits.eventFailuresMax) return { state: "set_aside", error: last };
    try {
      await this.#handler(event);
      return { state: "handled" };
    } catch (error) {
      if (this.#isNoFault(error)) {
        return { state: "postponed", dueAt: clock.now() + limits.eventOutageMsMax };
      }
      const isHolding = isTransient(error) && failures < limits.eventHoldingFailuresMax;
      if (failures >= limits.eventFailuresMax) return { state: "set_aside", error: String(error) };
      const dueAt = this.#retryAt(failures);
      return { state: "waiting", error: String(error), dueAt, isHolding };
    }
  }

  /** Whether a failure says nothing about its event: it is the same for all of them. */
  #isNoFault(error: unknown): boolean {
    return isLeaving(error) || (isTransient(error) && this.#isImpaired());
  }

  #isImpaired(): boolean {
    return this.#tools.isImpaired?.() ?? false;
  }

  #warn(message: string, fields: Record<string, unknown>): void {
    this.#tools.log.warn(message, { group: this.#group, ...fields });
  }
}
