/** All actors of one kind: who is in memory, and the way to those who are not. */

import { SuiteError } from "../errors.ts";
import { type Address, isId } from "../ids.ts";
import type { Log } from "../ports.ts";
import { Actor, type ActorTools, type KindCounters } from "./actor.ts";
import type { ActorStore, ActorTypes, Batch, BatchResult, Behavior, Fence } from "./behavior.ts";
import type { Clock } from "./clock.ts";
import { Committer } from "./committer.ts";
import { CrashHistory } from "./crash_history.ts";
import type { DeadLetters } from "./dead_letters.ts";
import type { Deadlines } from "./deadlines.ts";
import { Envelope, type ExpiryReceiver, type Sender } from "./envelope.ts";
import type { Population } from "./population.ts";
import type { Actors, AskOptions, TellOptions, Watch, Watcher } from "./ref.ts";
import { Replies } from "./replies.ts";
import type { QuarantinedActor } from "./report.ts";
import type { RuntimeLimits } from "./runtime_limits.ts";
import type { Scheduler } from "./scheduler.ts";
import { StoreLog } from "./store_log.ts";
import { type Listener, Subscribers } from "./subscribers.ts";
import { TurnTimes } from "./turn_times.ts";

/** What all kinds of one system share. */
export interface SystemTools {
  readonly clock: Clock;
  readonly log: Log;
  readonly limits: RuntimeLimits;
  readonly scheduler: Scheduler;
  readonly population: Population;
  readonly deadlines: Deadlines;
  readonly deadLetters: DeadLetters;
  /** What this node may host; undefined where it is alone and hosts everything. */
  readonly territory: Territory | undefined;
  /** Told of every actor that is put out of service. */
  onQuarantined(actor: QuarantinedActor): void;
}

/** What a node may host. */
export interface Territory {
  /** The right to write for an address now; undefined when it lives elsewhere. */
  fenceOf(address: Address): Fence | undefined;
  /** A write was refused: somebody else has the right now. */
  fenced(fence: Fence): void;
}

/** One kind of actors, running. */
export class Kind<T extends ActorTypes> implements Actors<T>, ActorTools<T>, ExpiryReceiver<T> {
  readonly behavior: Behavior<T>;
  readonly store: ActorStore<T>;
  readonly clock: Clock;
  readonly log: Log;
  readonly limits: RuntimeLimits;
  readonly scheduler: Scheduler;
  readonly population: Population;
  readonly committer: Committer<T["change"]>;
  readonly subscribers: Subscribers<T["event"]>;
  readonly replies: Replies<T>;
  readonly turnTimes: TurnTimes;
  readonly counters: KindCounters = { operations: 0, restarts: 0, passivations: 0, overloads: 0 };
  readonly crashes: CrashHistory;
  readonly storeLog: StoreLog;
  readonly #deadlines: Deadlines;
  readonly #territory: Territory | undefined;
  readonly #onQuarantined: SystemTools["onQuarantined"];
  readonly #actors = new Map<string, Actor<T>>();
  /** Groups of actors that move to another node. */
  readonly #departures = new Set<{ moving: Set<Actor<T>>; gone: () => void }>();

  constructor(behavior: Behavior<T>, store: ActorStore<T>, tools: SystemTools) {
    this.behavior = behavior;
    this.store = store;
    this.clock = tools.clock;
    this.log = tools.log;
    this.limits = tools.limits;
    this.scheduler = tools.scheduler;
    this.population = tools.population;
    this.#deadlines = tools.deadlines;
    this.#territory = tools.territory;
    this.#onQuarantined = tools.onQuarantined;
    this.storeLog = new StoreLog({
      log: tools.log,
      clock: tools.clock,
      everyMs: tools.limits.storeFailureLogMs,
    });
    this.committer = new Committer((batches) => this.#write(batches), {
      batchesMax: tools.limits.commitBatchesMax,
      defer: (callback) => tools.clock.setTimer(tools.limits.commitGatherMs, callback),
    });
    this.subscribers = new Subscribers(tools.log);
    this.replies = new Replies(behavior.kind, tools);
    this.crashes = new CrashHistory(tools.limits.restartWindowMs);
    this.turnTimes = new TurnTimes(tools.limits.turnTimesKeptMax);
  }

  ask(id: string, operation: T["operation"], options: AskOptions = {}): Promise<T["reply"]> {
    return new Promise((resolve, reject) => {
      const envelope = this.#wrap(id, operation, options, { resolve, reject });
      this.#deadlines.add(envelope, options.timeoutMs ?? this.limits.askMsMax);
      this.#post(envelope);
    });
  }

  tell(id: string, operation: T["operation"], options: TellOptions = {}): void {
    this.#post(this.#wrap(id, operation, options, undefined));
  }

  subscribe(id: string, listener: Listener<T["event"]>): () => void {
    return this.subscribers.add(id, listener);
  }

  observe(listener: Listener<T["event"]>): () => void {
    return this.subscribers.addToAll(listener);
  }

  watch(id: string, watcher: Watcher<T["event"]>): Watch {
    const stop = this.subscribe(id, (_, events) => watcher.hear(events));
    // Everybody is on this node: there are no others to tell, or to hear of.
    return { announce() {}, stop };
  }

  fenceOf(id: string): Fence | undefined | "elsewhere" {
    if (this.#territory === undefined) return undefined;
    return this.#territory.fenceOf(this.#name(id)) ?? "elsewhere";
  }

  /** Lets these actors finish, save and leave; calls back once they are gone. */
  move(isMoving: (id: string) => boolean, gone: () => void): void {
    const moving = new Set<Actor<T>>();
    for (const actor of this.#actors.values()) if (isMoving(actor.id)) moving.add(actor);
    if (moving.size === 0) {
      gone();
      return;
    }
    const departure = { moving, gone };
    this.#departures.add(departure);
    for (const actor of moving) actor.move();
  }

  /** Throws these actors out: what they have in memory is void. */
  lose(isLost: (id: string) => boolean): void {
    for (const actor of [...this.#actors.values()]) if (isLost(actor.id)) actor.lose();
  }

  isActive(id: string): boolean {
    return this.#actors.get(id)?.activation === "active";
  }

  /** The actors in memory, those in quarantine included. */
  get actors(): Iterable<Actor<T>> {
    return this.#actors.values();
  }

  /** Lets a quarantined actor start again, with its crashes forgotten; false when it is not one. */
  release(id: string): boolean {
    if (this.#actors.get(id)?.activation !== "quarantined") return false;
    this.#actors.delete(id);
    this.crashes.forget(id);
    return true;
  }

  /** Lets actors that wait to restart do so at once. */
  hurry(): void {
    for (const actor of this.#actors.values()) actor.hurry();
  }

  /** Answers everything that waits with an error. */
  failWaiting(error: SuiteError): void {
    for (const actor of this.#actors.values()) actor.failWaiting(error);
  }

  expired(envelope: Envelope<T>): void {
    const wasStarted = envelope.state === "started";
    if (!wasStarted) this.#actors.get(envelope.id)?.mailbox.remove(envelope);
    this.replies.timeOut(envelope, { wasStarted });
  }

  quarantined({ address, quarantine }: Actor<T>): void {
    if (quarantine !== undefined) this.#onQuarantined({ address, ...quarantine });
  }

  gone(actor: Actor<T>): void {
    this.#actors.delete(actor.id);
    // One in quarantine takes up no place.
    if (actor.quarantine === undefined) this.population.part();
    this.crashes.forgetOld(this.clock.monotonic());
    for (const departure of this.#departures) {
      if (!departure.moving.delete(actor) || departure.moving.size > 0) continue;
      this.#departures.delete(departure);
      departure.gone();
    }
  }

  #wrap(
    id: string,
    operation: T["operation"],
    { lane = "user", from = "" }: TellOptions,
    sender: Sender<T> | undefined,
  ): Envelope<T> {
    return new Envelope(id, operation, { lane, from, sender, receiver: this });
  }

  #post(envelope: Envelope<T>): void {
    if (this.population.isDraining) {
      const message = `Cannot reach "${this.#name(envelope.id)}": this node is leaving`;
      const error = new SuiteError("draining", message, { retryAfterSeconds: 1 });
      this.replies.fail(envelope, error);
      return;
    }
    const actor = this.#actors.get(envelope.id);
    if (actor !== undefined) actor.accept(envelope);
    else this.#activate(envelope);
  }

  #activate(envelope: Envelope<T>): void {
    const { id } = envelope;
    if (!isId(id)) {
      const message = `Cannot reach an actor of kind "${this.behavior.kind}": expected an id`;
      this.replies.fail(envelope, new SuiteError("not_found", message));
      return;
    }
    if (!this.population.join()) {
      const message = `Cannot reach "${this.#name(id)}": all places in memory are taken`;
      this.replies.fail(envelope, new SuiteError("busy", message, { retryAfterSeconds: 1 }));
      return;
    }
    const actor = new Actor(id, this);
    this.#actors.set(id, actor);
    actor.accept(envelope);
    actor.start();
  }

  async #write(batches: readonly Batch<T["change"]>[]): Promise<BatchResult[]> {
    try {
      const results = await this.store.commit(batches);
      for (const [index, result] of results.entries()) this.#logFailure(batches[index], result);
      return results;
    } catch (cause) {
      const { kind } = this.behavior;
      this.storeLog.add("Cannot commit", cause, { kind, batches: batches.length });
      throw cause;
    }
  }

  #logFailure(batch: Batch<T["change"]> | undefined, result: BatchResult): void {
    if (batch === undefined || result.state === "ok") return;
    const isFenced = result.error instanceof SuiteError && result.error.code === "not_owner";
    if (isFenced && batch.fence !== undefined) this.#territory?.fenced(batch.fence);
    this.storeLog.add("Cannot write a batch", result.error, { address: this.#name(batch.id) });
  }

  #name(id: string): Address {
    return `${this.behavior.kind}:${id}`;
  }
}
