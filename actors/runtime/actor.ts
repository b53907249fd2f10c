/**
 * One activation of an actor, from its first operation to its leaving memory. It is in one of these
 * states:
 *
 * - `loading`: its state is being read from the store, and operations wait.
 * - `active`: its state is in memory; it is in a turn, about to be, or idle.
 * - `restarting`: it crashed and lost its memory; operations wait until the back-off is over.
 * - `quarantined`: it crashed too often; operations are refused until somebody releases it.
 * - `leaving`: what it wants to keep is being saved; operations wait and activate it anew.
 *
 * One whose life has ended has no state: what waits is answered by its tombstone, and it is gone.
 */

import { SuiteError } from "../errors.ts";
import { type Address, formatAddress } from "../ids.ts";
import type { Log } from "../ports.ts";
import { type ActorTypes, type BatchResult, type Fence, Tombstone } from "./behavior.ts";
import type { CommitWaiter } from "./committer.ts";
import type { CrashHistory } from "./crash_history.ts";
import type { Envelope } from "./envelope.ts";
import { Mailbox } from "./mailbox.ts";
import type { Population, Resident } from "./population.ts";
import type { Scheduler, Task } from "./scheduler.ts";
import type { StoreLog } from "./store_log.ts";
import { decideAfterCrash } from "./supervisor.ts";
import { storeError, Turn, type TurnEnd, type TurnOwner, type TurnTools } from "./turn.ts";
import type { TurnTimes } from "./turn_times.ts";

/** What an activation is doing. */
export type ActivationState = "loading" | "active" | "restarting" | "quarantined" | "leaving";

/** What all actors of one kind have done since the start. */
export interface KindCounters {
  operations: number;
  restarts: number;
  passivations: number;
  /** Operations refused because a mailbox was full. */
  overloads: number;
}

/** What an actor works with; the same for all actors of one kind. */
export interface ActorTools<T extends ActorTypes> extends TurnTools<T> {
  readonly log: Log;
  readonly scheduler: Scheduler;
  readonly population: Population;
  readonly counters: KindCounters;
  readonly turnTimes: TurnTimes;
  readonly crashes: CrashHistory;
  /** The right to write for an actor; `elsewhere` where this node does not have it. */
  fenceOf(id: string): Fence | undefined | "elsewhere";
  readonly storeLog: StoreLog;
  /** Called when an actor was put out of service. */
  quarantined(actor: Actor<T>): void;
  /** Called when an actor has left memory. */
  gone(actor: Actor<T>): void;
}

/** Why an actor is out of service. */
export interface QuarantineRecord {
  message: string;
  crashes: number;
  /** Milliseconds since 1970. */
  since: number;
}

/** An actor in memory. */
export class Actor<T extends ActorTypes> implements TurnOwner<T>, Task, Resident, CommitWaiter {
  readonly id: string;
  readonly mailbox = new Mailbox<Envelope<T>>();
  idleSinceMs = 0;
  turns = 0;
  lastTurnMs = 0;
  quarantine: QuarantineRecord | undefined = undefined;
  readonly #tools: ActorTools<T>;
  #activation: ActivationState = "loading";
  #state: T["state"] | undefined = undefined;
  /** In a turn, or standing in line for one. */
  #isBusy = false;
  #mustGo = false;
  /** Its shard moves to another node: it leaves as soon as nothing waits. */
  #isMoving = false;
  /** Its shard is another node's already: nothing it has in memory counts anymore. */
  #isLost = false;
  #fence: Fence | undefined = undefined;
  #turnStartedMs = 0;
  #cancelRestart: (() => void) | undefined = undefined;

  constructor(id: string, tools: ActorTools<T>) {
    this.id = id;
    this.#tools = tools;
  }

  get activation(): ActivationState {
    return this.#activation;
  }

  get address(): Address {
    return formatAddress(this.#tools.behavior.kind, this.id);
  }

  /** How long it has had nothing to do; 0 while it has. */
  idleMs(nowMs: number): number {
    return this.#isBusy || this.#activation !== "active" ? 0 : nowMs - this.idleSinceMs;
  }

  /** Takes an operation in, or answers at once that it cannot. */
  accept(envelope: Envelope<T>): void {
    const { limits, replies, counters } = this.#tools;
    if (this.quarantine !== undefined) {
      replies.fail(envelope, this.#quarantined(this.quarantine));
      return;
    }
    const isSystem = envelope.lane === "system";
    const sizeMax = isSystem ? limits.mailboxSystemOperationsMax : limits.mailboxOperationsMax;
    if (!this.mailbox.put(envelope, sizeMax, limits.mailboxOperationsPerSenderMax)) {
      counters.overloads++;
      const message = `Cannot take an operation: "${this.address}" has too many waiting`;
      replies.fail(envelope, new SuiteError("busy", message, { retryAfterSeconds: 1 }));
      return;
    }
    if (this.#activation !== "active" || this.#isBusy) return;
    this.#tools.population.wake(this);
    this.#standInLine();
  }

  /** Begins the activation, once the operation that is the reason for it waits. */
  start(): void {
    void this.#load();
  }

  /** Comes back at once instead of after the back-off, because time is short. */
  hurry(): void {
    if (this.#activation !== "restarting") return;
    this.#cancelRestart?.();
    this.#startAnew();
  }

  /** Finishes what waits, saves and leaves, because its shard moves to another node. */
  move(): void {
    this.#isMoving = true;
    if (this.#activation === "restarting") this.hurry();
    else if (this.#activation === "quarantined") this.#tools.gone(this);
    else if (this.#activation === "active" && !this.#isBusy) {
      this.#tools.population.wake(this);
      this.leave(true);
    }
  }

  /** Leaves without saving, because its shard is another node's; what waits has to go there. */
  lose(): void {
    this.#isLost = true;
    this.failWaiting(this.#elsewhere());
    if (this.#activation === "restarting") this.hurry();
    else if (this.#activation === "quarantined") this.#tools.gone(this);
    else if (this.#activation === "active" && !this.#isBusy) {
      this.#tools.population.wake(this);
      this.#startAnew();
    }
  }

  /** Does what it stood in line for: a turn, or leaving. */
  run(): void {
    if (this.#isLost) {
      this.#endLost();
      return;
    }
    if (this.#activation === "leaving") {
      this.#save();
      return;
    }
    this.#turnStartedMs = this.#tools.clock.monotonic();
    new Turn(this, this.#state, this.#tools).run();
  }

  get fence(): Fence | undefined {
    return this.#fence;
  }

  turnEnded(end: TurnEnd, operations: number): void {
    this.turns++;
    this.#tools.counters.operations += operations;
    const now = this.#tools.clock.monotonic();
    this.lastTurnMs = now - this.#turnStartedMs;
    this.#tools.turnTimes.add(this.lastTurnMs);
    if (this.#isLost) this.#endLost();
    else if (end.type === "crashed") this.#crash(end.error);
    else if (end.type !== "done") this.#startAnew();
    else if (this.mailbox.size > 0) this.#standInLine();
    else this.#rest(now);
  }

  giveUpState(): void {
    const state = this.#state;
    this.#state = undefined;
    if (state === undefined) return;
    try {
      this.#tools.behavior.dispose?.(state);
    } catch (error) {
      this.#logError("Cannot dispose of an actor's state", error);
    }
  }

  /** Called by the population, for an idle actor. */
  leave(mustGo: boolean): void {
    this.#activation = "leaving";
    this.#mustGo = mustGo;
    this.#tools.population.startLeaving();
    // In line with the turns, so that a crowd that leaves does not hold up the others.
    this.#standInLine();
  }

  /** What it wanted to save before leaving is written, or not. */
  committed(result: BatchResult): void {
    if (result.state === "failed") {
      const { storeLog } = this.#tools;
      storeLog.add("Cannot save an idle actor", result.error, { address: this.address });
    }
    // What was acknowledged is on disk already, so an actor may go without what it wanted to save.
    const isSentAway = this.#mustGo || this.#isMoving || this.#isLost;
    if (result.state === "ok" || isSentAway || this.#tools.population.isDraining) {
      this.#left();
      return;
    }
    // Nobody needs its place, so it stays: while the store is away, it can still be read.
    this.#tools.population.endLeaving();
    this.#activation = "active";
    if (this.mailbox.size > 0) this.#standInLine();
    else this.#rest(this.#tools.clock.monotonic());
  }

  /** Answers everything that waits with an error; the mailbox is empty after. */
  failWaiting(error: SuiteError): void {
    for (let next = this.mailbox.take(); next !== undefined; next = this.mailbox.take()) {
      this.#tools.replies.fail(next, error);
    }
  }

  #standInLine(): void {
    this.#isBusy = true;
    this.#tools.scheduler.add(this);
  }

  #rest(nowMs: number): void {
    this.#isBusy = false;
    this.idleSinceMs = nowMs;
    if (this.#isMoving) this.leave(true);
    else this.#tools.population.rest(this);
  }

  /** What was in memory is void; so is what it was about to save. */
  #endLost(): void {
    if (this.#activation === "leaving") this.#tools.population.endLeaving();
    this.failWaiting(this.#elsewhere());
    this.#startAnew();
  }

  async #load(): Promise<void> {
    const { behavior, store } = this.#tools;
    this.#activation = "loading";
    // The right to write is looked at before the state is read: whoever has it later has read it later.
    const fence = this.#tools.fenceOf(this.id);
    if (fence === "elsewhere") {
      this.failWaiting(this.#elsewhere());
      this.#tools.gone(this);
      return;
    }
    this.#fence = fence;
    let stored: T["stored"] | Tombstone | undefined;
    try {
      stored = await store.load(this.id);
    } catch (cause) {
      this.#tools.storeLog.add("Cannot load an actor", cause, { address: this.address });
      this.failWaiting(storeError("load", this.address, cause));
      this.#tools.gone(this);
      return;
    }
    if (stored instanceof Tombstone) {
      this.#answerEnded(stored);
      return;
    }
    try {
      this.#state = behavior.load(this.id, stored);
    } catch (error) {
      this.#crash(error);
      return;
    }
    this.#activation = "active";
    if (this.#isLost) this.#endLost();
    else if (this.mailbox.size > 0) this.#standInLine();
    else this.#rest(this.#tools.clock.monotonic());
  }

  /** There is nothing to activate: the tombstone answers everything that waits. */
  #answerEnded(tombstone: Tombstone): void {
    if (this.#isLost) {
      this.#endLost();
      return;
    }
    for (let next = this.mailbox.take(); next !== undefined; next = this.mailbox.take()) {
      this.#answerEndedOne(next, tombstone);
    }
    this.#tools.gone(this);
  }

  #answerEndedOne(envelope: Envelope<T>, tombstone: Tombstone): void {
    const { behavior, replies, counters } = this.#tools;
    counters.operations++;
    try {
      const decision = behavior.applyToEnded?.(tombstone, envelope.operation);
      if (decision?.type === "done") replies.answer(envelope, decision.reply);
      else replies.refuse(envelope, decision?.error ?? this.#notFound());
    } catch (error) {
      this.#logError("An actor that has ended cannot answer", error);
      const message = `Cannot go on: "${this.address}" crashed on this operation`;
      replies.fail(envelope, new SuiteError("crashed", message, { cause: error }));
    }
  }

  #save(): void {
    const { behavior, committer } = this.#tools;
    let changes: readonly T["change"][];
    try {
      changes = behavior.passivate?.(this.#state) ?? [];
    } catch (error) {
      this.#tools.population.endLeaving();
      this.#crash(error);
      return;
    }
    if (changes.length === 0) this.#left();
    else committer.submit({ id: this.id, changes, fence: this.#fence }, this);
  }

  #left(): void {
    this.#tools.counters.passivations++;
    this.#tools.population.endLeaving();
    this.#startAnew();
  }

  /** Gives the state up; what waits, or comes, finds one that is loaded again. */
  #startAnew(): void {
    this.#cancelRestart = undefined;
    this.#discard();
    if (this.mailbox.size > 0) void this.#load();
    else this.#tools.gone(this);
  }

  #discard(): void {
    this.giveUpState();
    this.#isBusy = false;
  }

  #crash(error: unknown): void {
    const { clock, crashes, limits } = this.#tools;
    this.#logError("An actor crashed", error);
    this.#discard();
    const circumstances = { nowMs: clock.monotonic(), random: clock.random() };
    const verdict = decideAfterCrash(crashes.get(this.id), circumstances, limits);
    crashes.set(this.id, verdict.crashes);
    if (verdict.type === "restart") this.#restartAfter(verdict.delayMs);
    else this.#enterQuarantine(error, verdict.crashes.length);
  }

  #restartAfter(delayMs: number): void {
    this.#activation = "restarting";
    this.#tools.counters.restarts++;
    this.#cancelRestart = this.#tools.clock.setTimer(delayMs, () => this.#startAnew());
    if (this.#tools.population.isDraining) this.hurry();
  }

  #enterQuarantine(error: unknown, crashes: number): void {
    this.#activation = "quarantined";
    const message = error instanceof Error ? error.message : String(error);
    this.quarantine = { message, crashes, since: this.#tools.clock.now() };
    this.#tools.log.error("Quarantined an actor", { address: this.address, crashes });
    this.failWaiting(this.#quarantined(this.quarantine));
    this.#tools.population.part();
    this.#tools.quarantined(this);
  }

  #quarantined({ crashes }: QuarantineRecord): SuiteError {
    const message = `Cannot reach "${this.address}": it crashed ${crashes} times and waits for an administrator`;
    return new SuiteError("quarantined", message);
  }

  #notFound(): SuiteError {
    return new SuiteError("not_found", `Cannot reach "${this.address}": its life has ended`);
  }

  #elsewhere(): SuiteError {
    const message = `Cannot reach "${this.address}" here: it lives on another node`;
    return new SuiteError("not_owner", message, { retryAfterSeconds: 1 });
  }

  #logError(message: string, cause: unknown): void {
    const error = cause instanceof Error ? (cause.stack ?? cause.message) : String(cause);
    this.#tools.log.error(message, { address: this.address, error });
  }
}
