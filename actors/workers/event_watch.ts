/**
 * Watches the ways of events: how old the oldest in each outbox is, and what was set aside. Administrators
 * are told when something has to be done, and it goes from their inboxes by itself when it is over; so does
 * what they were told of actors out of service.
 *
 * Every node looks and every node may tell: an inbox tells the same thing once.
 */

import type { Outbox, ParkedCounts, ParkedEvent, ParkedEvents } from "../events.ts";
import { type Address, parseAddress } from "../ids.ts";
import { limits } from "../limits.ts";
import type { Log } from "../ports.ts";
import type { Clock } from "../runtime/clock.ts";
import type { QuarantinedActor } from "../runtime/report.ts";
import { type Alarm, type Notifier, OPS_SUBJECT } from "./inbox_notifier.ts";
import { repeat } from "./repeat.ts";
import type { SweepReport, Swept } from "./sweep.ts";

/** What the watch works with. */
export interface EventWatchOptions {
  outboxes: readonly Outbox[];
  parked: ParkedEvents;
  /** The chores of this node. */
  sweeps: readonly Swept[];
  notifier: Pick<Notifier, "raise" | "settle" | "raised">;
  /** The actors of this node that are out of service, and whether one with an address would live here. */
  quarantined(): readonly QuarantinedActor[];
  isHere(address: Address): boolean;
  clock: Clock;
  log: Log;
}

/** How the outboxes and the parked events are. */
export interface EventCounts {
  outboxes: { name: string; oldestAt: number | undefined; waiting: number }[];
  parked: ParkedCounts;
}

/** The same with what administrators can do something about. */
export interface EventReport extends EventCounts {
  events: ParkedEvent[];
  sweeps: SweepReport[];
}

/** What `/healthz` says. */
export interface EventHealth {
  /** The age of the oldest event in any outbox. */
  oldestSeconds: number;
  /** Events in outboxes, parked for another try, and set aside. */
  waiting: number;
  parked: number;
  setAside: number;
}

const SET_ASIDE_SUBJECT = `${OPS_SUBJECT}events`;

/** The watch of one node. */
export class EventWatch {
  readonly #options: EventWatchOptions;
  /** What was seen last; undefined until it could be seen. */
  #last: EventCounts | undefined;
  /** The alarm that was told of each subject; undefined where all is well. */
  readonly #told = new Map<string, string | undefined>();
  #looking: Promise<void> | undefined;
  #stopRepeating: (() => void) | undefined;

  constructor(options: EventWatchOptions) {
    this.#options = options;
  }

  /** Looks now and again and again. */
  start(): void {
    const { clock, log } = this.#options;
    this.#stopRepeating = repeat(() => this.look(), {
      everyMs: limits.eventWatchMs,
      clock,
      failed: (error) => log.warn("cannot watch the events", { error: String(error) }),
    });
  }

  /** Looks no more, and waits for the look that runs. */
  async stop(): Promise<void> {
    this.#stopRepeating?.();
    await this.#looking;
  }

  /** Looks once and tells what has changed. Never rejects. */
  look(): Promise<void> {
    this.#looking ??= this.#look().finally(() => {
      this.#looking = undefined;
    });
    return this.#looking;
  }

  /** What was seen last; answers at once. */
  get health(): EventHealth | undefined {
    if (this.#last === undefined) return undefined;
    const { outboxes, parked } = this.#last;
    const now = this.#options.clock.now();
    const ages = outboxes.map(({ oldestAt = now }) => Math.max(0, now - oldestAt));
    return {
      oldestSeconds: Math.round(Math.max(0, ...ages) / 1_000),
      waiting: outboxes.reduce((sum, { waiting }) => sum + waiting, 0),
      parked: parked.waiting,
      setAside: parked.setAside,
    };
  }

  /** Everything, as it is now. */
  async report(): Promise<EventReport> {
    const { parked, sweeps } = this.#options;
    const [counts, events] = await Promise.all([
      this.#count(),
      parked.list(limits.parkedEventsShownMax),
    ]);
    return { ...counts, events, sweeps: sweeps.map((sweep) => sweep.report()) };
  }

  /** Lets one event, or all that were set aside, be tried anew; answers which ones. */
  async replay(which: number | "all"): Promise<ParkedEvent[]> {
    const { parked, clock } = this.#options;
    const replayed = await parked.replay(which, clock.now());
    await this.look();
    return replayed;
  }

  /** Forgets an event that was set aside; answers what it was. */
  async discard(number: number): Promise<ParkedEvent | undefined> {
    const discarded = await this.#options.parked.discard(number);
    await this.look();
    return discarded;
  }

  async #count(): Promise<EventCounts> {
    const { outboxes, parked } = this.#options;
    const [counts, ...backlogs] = await Promise.all([
      parked.counts(),
      ...outboxes.map(async (outbox) => ({ name: outbox.name, ...(await outbox.backlog()) })),
    ]);
    return { outboxes: backlogs, parked: counts };
  }

  async #look(): Promise<void> {
    const { log } = this.#options;
    try {
      this.#last = await this.#count();
      const { outboxes, parked } = this.#last;
      for (const { name, oldestAt } of outboxes) {
        await this.#tell(`${OPS_SUBJECT}outbox:${name}`, this.#outboxAlarm(name, oldestAt));
      }
      await this.#tell(SET_ASIDE_SUBJECT, this.#setAsideAlarm(parked));
      await this.#settleQuarantines();
    } catch (error) {
      // The next look tells it.
      log.warn("cannot watch events", { error: String(error) });
    }
  }

  /** An actor may be back because it was released, its process started anew, or its shard moved. */
  async #settleQuarantines(): Promise<void> {
    const { notifier, quarantined, isHere } = this.#options;
    for (const subject of await notifier.raised("ops.quarantined")) {
      const address = parseAddress(subject.slice(OPS_SUBJECT.length));
      if (address === undefined) continue;
      const text: Address = `${address.kind}:${address.id}`;
      const isOut = quarantined().some((actor) => actor.address === text);
      if (isHere(text) && !isOut) await notifier.settle(subject);
    }
  }

  #outboxAlarm(name: string, oldestAt: number | undefined): Alarm | undefined {
    const now = this.#options.clock.now();
    if (oldestAt === undefined || now - oldestAt <= limits.outboxAgeMsMax) return undefined;
    const kind = "ops.outbox_stuck";
    // The same for every node and look, as long as the same event is the oldest.
    return { id: `${kind}:${name}:${oldestAt}`, kind, title: `Outbox “${name}”`, at: now };
  }

  #setAsideAlarm({ setAside, newestSetAside }: ParkedCounts): Alarm | undefined {
    if (setAside === 0) return undefined;
    const kind = "ops.events_set_aside";
    const at = this.#options.clock.now();
    return { id: `${kind}:${newestSetAside}:${setAside}`, kind, title: "Events", at };
  }

  async #tell(subject: string, alarm: Alarm | undefined): Promise<void> {
    const { notifier } = this.#options;
    if (this.#told.has(subject) && this.#told.get(subject) === alarm?.id) return;
    if (alarm === undefined) await notifier.settle(subject);
    else await notifier.raise(subject, alarm);
    this.#told.set(subject, alarm?.id);
  }
}
