/**
 * The actor runtime: it runs any kind of actor and knows none.
 *
 * An actor is a state in memory that answers operations one at a time. What one kind is, is said by a
 * `Behavior` (pure decisions) and an `ActorStore` (where state lives when nobody needs it); everything
 * between the two happens here, and a sender sees only `Actors` (in `ref.ts`).
 *
 * **The way of an operation.** `ask` wraps it into an `Envelope` with a deadline (`deadlines.ts`) and
 * looks for the actor in its `Kind`; when it is not in memory, an `Actor` is made, which loads itself
 * while operations wait. The envelope goes into the actor's bounded `Mailbox`, or is answered `busy`
 * at once. The actor stands in line at the `Scheduler`, which runs all who are ready in one microtask.
 * When it is its turn, a `Turn` takes what waits, lets the behavior decide, hands the changes to the
 * kind's `Committer`, which writes them together with those of other actors, and then, only then,
 * `Replies` answers the senders and `Subscribers` hear the events.
 *
 * **What holds**, and the tests beside this file try to break:
 * - One at a time: the next turn of an actor begins when the last one is committed and answered.
 * - Durable before visible: no reply and no event before its changes, and all changes before it, are
 *   on disk.
 * - Applied once: an accepted operation takes effect at most once. It is applied again only after it
 *   said that it needs something, that is, before it had an effect. What was undone by a failed write
 *   is not tried again here: its sender is told and decides.
 * - Let it crash: a behavior that throws loses its state and comes back after a pause (`supervisor.ts`),
 *   or is quarantined. State is never repaired or rolled back, only loaded.
 * - Bounded: mailboxes, places in memory (`population.ts`), deadlines, kept dead letters. What cannot
 *   be delivered is counted and logged (`dead_letters.ts`).
 * - Leave politely: `drain` finishes what waits, lets every actor save, and cuts off what takes too
 *   long.
 *
 * All time comes from the `Clock`, so a test can run an hour of back-offs in a moment.
 */

import { SuiteError } from "../errors.ts";
import { type ActorKind, type Address, parseAddress } from "../ids.ts";
import { limits as suiteLimits } from "../limits.ts";
import type { Log } from "../ports.ts";
import type { ActorStore, ActorTypes, Behavior } from "./behavior.ts";
import type { Clock } from "./clock.ts";
import { DeadLetters } from "./dead_letters.ts";
import { Deadlines } from "./deadlines.ts";
import { Kind, type SystemTools, type Territory } from "./kind.ts";
import { Population } from "./population.ts";
import type { Actors } from "./ref.ts";
import {
  type QuarantinedActor,
  type ReportedKind,
  reportBusiest,
  reportKind,
  reportQuarantined,
  type SystemReport,
} from "./report.ts";
import type { RuntimeLimits } from "./runtime_limits.ts";
import { Scheduler } from "./scheduler.ts";

/** What a system needs. */
export interface SystemOptions {
  clock: Clock;
  log: Log;
  /** Other limits than the suite's, for tests. */
  limits?: Partial<RuntimeLimits>;
  /** Resident memory of the process; without it memory pressure is never seen. */
  residentBytes?: () => number;
  /** What this node may host; without it, everything. */
  territory?: Territory;
}

/** What the system does with a kind, whatever its types. */
interface RunningKind extends ReportedKind {
  release(id: string): boolean;
  hurry(): void;
  move(isMoving: (id: string) => boolean, gone: () => void): void;
  lose(isLost: (id: string) => boolean): void;
  failWaiting(error: SuiteError): void;
}

/** All kinds of actors of one process. */
export class ActorSystem {
  readonly #tools: SystemTools;
  readonly #residentBytes: () => number;
  readonly #startedMs: number;
  readonly #kinds = new Map<ActorKind, RunningKind>();
  readonly #quarantineObservers: ((actor: QuarantinedActor) => void)[] = [];
  #drained: Promise<void> | undefined;

  constructor(options: SystemOptions) {
    const { clock, log } = options;
    const limits: RuntimeLimits = { ...suiteLimits, ...options.limits };
    this.#residentBytes = options.residentBytes ?? (() => 0);
    this.#startedMs = clock.monotonic();
    this.#tools = {
      clock,
      log,
      limits,
      scheduler: new Scheduler(clock, { log, sliceMsMax: limits.sliceMsMax }),
      population: new Population(clock, { limits, residentBytes: this.#residentBytes }),
      deadlines: new Deadlines(clock, { tickMs: limits.deadlineTickMs, spanMs: limits.askMsMax }),
      deadLetters: new DeadLetters(clock, {
        log,
        keptMax: limits.deadLettersKeptMax,
        logMs: limits.deadLetterLogMs,
      }),
      territory: options.territory,
      onQuarantined: (actor) => {
        for (const observer of this.#quarantineObservers) observer(actor);
      },
    };
  }

  /** The limits that hold here. */
  get limits(): RuntimeLimits {
    return this.#tools.limits;
  }

  /** Calls a function for every actor that is put out of service. */
  observeQuarantines(observer: (actor: QuarantinedActor) => void): void {
    this.#quarantineObservers.push(observer);
  }

  /** What could not be delivered. */
  get deadLetters(): DeadLetters {
    return this.#tools.deadLetters;
  }

  /** Makes a kind of actors known. Throws a RangeError when the kind is known already. */
  register<T extends ActorTypes>(behavior: Behavior<T>, store: ActorStore<T>): Actors<T> {
    if (this.#kinds.has(behavior.kind)) {
      throw new RangeError(`Cannot register "${behavior.kind}": it is registered already`);
    }
    const kind = new Kind(behavior, store, this.#tools);
    this.#kinds.set(behavior.kind, kind);
    return kind;
  }

  /** How everything is, at this moment. */
  report(): SystemReport {
    const { clock, limits, population, deadLetters } = this.#tools;
    const kinds = [...this.#kinds.values()];
    const nowMs = clock.monotonic();
    return {
      uptimeMs: nowMs - this.#startedMs,
      residentBytes: this.#residentBytes(),
      isDraining: population.isDraining,
      kinds: kinds.map(reportKind),
      quarantined: kinds.flatMap(reportQuarantined),
      busiest: reportBusiest(kinds, { nowMs, countMax: limits.busiestActorsMax }),
      deadLetters: { counts: deadLetters.counts, recent: deadLetters.recent },
    };
  }

  /** Lets a quarantined actor start again with its next operation; false when it is not one. */
  release(address: string): boolean {
    const parts = parseAddress(address);
    if (parts === undefined) return false;
    return this.#kinds.get(parts.kind)?.release(parts.id) ?? false;
  }

  /** Lets the actors at these addresses finish, save and leave; resolves when they are gone. */
  async move(isMoving: (address: Address) => boolean): Promise<void> {
    const leaving = [...this.#kinds].map(([kind, running]) => {
      const { promise, resolve } = Promise.withResolvers<void>();
      running.move((id) => isMoving(`${kind}:${id}`), resolve);
      return promise;
    });
    await Promise.all(leaving);
  }

  /** Throws the actors at these addresses out of memory, unsaved; what waits fails with `not_owner`. */
  lose(isLost: (address: Address) => boolean): void {
    for (const [kind, running] of this.#kinds) running.lose((id) => isLost(`${kind}:${id}`));
  }

  /**
   * Refuses new operations with `draining`, finishes those that wait, and lets every actor save and
   * leave. Resolves when all have left, or after `limits.drainMsMax` when some take too long; who
   * still waits then is told `draining`, or `timed_out` where the operation had been started. A second
   * call answers the same.
   */
  drain(): Promise<void> {
    this.#drained ??= this.#drain();
    return this.#drained;
  }

  async #drain(): Promise<void> {
    const { clock, limits, population } = this.#tools;
    const { promise, resolve } = Promise.withResolvers<void>();
    const cancel = clock.setTimer(limits.drainMsMax, () => {
      this.#cutOff();
      resolve();
    });
    population.drain(resolve);
    for (const kind of this.#kinds.values()) kind.hurry();
    await promise;
    cancel();
  }

  #cutOff(): void {
    const { deadlines, log, population } = this.#tools;
    log.warn("Cut off a drain", { actors: population.live, asks: deadlines.size });
    const error = new SuiteError("draining", "Cannot finish in time: this node is leaving");
    for (const kind of this.#kinds.values()) kind.failWaiting(error);
    deadlines.expireAll();
  }
}
