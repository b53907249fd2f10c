/**
 * One turn of one actor: the only place where operations take effect. It takes what waits, applies it
 * one after the other, commits all changes together, and only then answers and publishes, in order.
 *
 * - Without changes nothing is written, but every answer and event keeps its place behind the commit
 *   of what was decided before it.
 * - An operation that needs something from the store is applied again with the answer before the next
 *   one is taken. What the turn decided so far is committed first, so the store answers with all of it.
 * - Whatever was decided on changes that could not be written is void: those senders get the error of
 *   the store and the state is given up. Who came before the first change is answered as decided.
 * - When the behavior throws, the turn ends: what came before is committed and answered, the sender
 *   of that one operation gets `crashed`, and the state is given up.
 * - An operation that continues ends the turn: its part is committed and told, and what is left waits
 *   behind the operations of others.
 * - When an operation ends the actor's life, the turn ends with it: its state is given up behind the
 *   commit and before the answer, and what waits is decided by what is loaded again, a tombstone.
 */

import { SuiteError } from "../errors.ts";
import type { Address } from "../ids.ts";
import type {
  ActorStore,
  ActorTypes,
  Batch,
  BatchResult,
  Behavior,
  Decision,
  Fence,
  Outcome,
} from "./behavior.ts";
import type { Clock } from "./clock.ts";
import type { CommitWaiter } from "./committer.ts";
import type { Envelope } from "./envelope.ts";
import type { Mailbox } from "./mailbox.ts";
import type { Replies } from "./replies.ts";
import type { RuntimeLimits } from "./runtime_limits.ts";
import type { Subscribers } from "./subscribers.ts";

/** How a turn ended: with a good state, or with one that has to be given up. */
export type TurnEnd =
  | { type: "done" }
  /** The actor's life is over. */
  | { type: "ended" }
  | { type: "store_failed" }
  | { type: "crashed"; error: unknown };

/** Whose turn it is. */
export interface TurnOwner<T extends ActorTypes> {
  readonly id: string;
  readonly address: Address;
  readonly mailbox: Mailbox<Envelope<T>>;
  /** Under which the state was loaded. */
  readonly fence: Fence | undefined;
  /** Called behind the commit that ended the actor's life, before its answer. */
  giveUpState(): void;
  /** Called once, when everything that was taken is answered. */
  turnEnded(end: TurnEnd, operations: number): void;
}

/** What a turn works with; the same for all actors of one kind. */
export interface TurnTools<T extends ActorTypes> {
  readonly behavior: Behavior<T>;
  readonly store: ActorStore<T>;
  readonly committer: { submit(batch: Batch<T["change"]>, waiter: CommitWaiter): void };
  readonly subscribers: Subscribers<T["event"]>;
  readonly replies: Replies<T>;
  readonly clock: Clock;
  readonly limits: RuntimeLimits;
}

const DONE: TurnEnd = { type: "done" };
const ENDED: TurnEnd = { type: "ended" };
const STORE_FAILED: TurnEnd = { type: "store_failed" };

/** An operation that waits for the store before it can be decided. */
interface Needing<T extends ActorTypes> {
  envelope: Envelope<T>;
  need: T["need"];
  answers: number;
}

/** An operation of which a part is done. */
interface Continuing<T extends ActorTypes> {
  envelope: Envelope<T>;
  rest: T["operation"];
  events?: readonly T["event"][];
}

/** What a store's failure means for the sender: its own word, or `store_failed`. */
export function storeError(action: string, address: Address, cause: unknown): SuiteError {
  if (cause instanceof SuiteError) return cause;
  const message = `Cannot ${action} "${address}": the store failed`;
  return new SuiteError("store_failed", message, { cause, retryAfterSeconds: 1 });
}

/** A turn, from the first operation it takes to the last answer. */
export class Turn<T extends ActorTypes> implements CommitWaiter {
  readonly #owner: TurnOwner<T>;
  readonly #state: T["state"];
  readonly #tools: TurnTools<T>;
  /** Decided and not yet answered, in order. */
  #decided: Envelope<T>[] = [];
  #changes: T["change"][] = [];
  /** The place in `#decided` of the first operation with changes. */
  #firstChanged = 0;
  #operations = 0;
  #needing: Needing<T> | undefined = undefined;
  /** The last operation that was decided, when only a part of it was. */
  #continuing: Continuing<T> | undefined = undefined;
  /** Whether the last operation that was decided ended the actor's life. */
  #isEnding = false;
  #crash: { envelope: Envelope<T>; error: unknown } | undefined = undefined;

  constructor(owner: TurnOwner<T>, state: T["state"], tools: TurnTools<T>) {
    this.#owner = owner;
    this.#state = state;
    this.#tools = tools;
  }

  /** Takes what waits, up to the limit, and decides about it. */
  run(): void {
    const { mailbox } = this.#owner;
    const { clock, limits } = this.#tools;
    const untilMs = clock.monotonic() + limits.sliceMsMax;
    while (this.#operations < limits.turnOperationsMax) {
      const envelope = mailbox.take();
      if (envelope === undefined) break;
      // One that continues may have run out of time; it goes on, for its sender will ask again.
      if (envelope.state === "waiting") envelope.state = "started";
      this.#operations++;
      if (!this.#decide(envelope, undefined, 0)) break;
      // Slow operations end a turn early, so that the other actors have theirs.
      if (mailbox.size > 0 && clock.monotonic() >= untilMs) break;
    }
    this.#commit();
  }

  committed(result: BatchResult): void {
    if (result.state === "failed") this.#abandon(result.error);
    else this.#conclude();
  }

  /** Applies one operation; false when no other may be taken before something else has happened. */
  #decide(envelope: Envelope<T>, answer: T["answer"] | undefined, answers: number): boolean {
    try {
      const outcome = this.#tools.behavior.apply(this.#state, envelope.operation, answer);
      if (outcome.type === "continues") {
        this.#gatherPart(envelope, outcome);
        return false;
      }
      if (outcome.type !== "needs") {
        this.#gather(envelope, outcome);
        this.#isEnding = outcome.type === "done" && outcome.ends === true;
        return !this.#isEnding;
      }
      if (answers >= this.#tools.limits.needsPerOperationMax) {
        throw new Error(
          `Cannot decide: wanted a decision after ${answers} answers, received a need`,
        );
      }
      this.#needing = { envelope, need: outcome.need, answers };
    } catch (error) {
      this.#crash = { envelope, error };
    }
    return false;
  }

  #gatherPart(envelope: Envelope<T>, part: Extract<Outcome<T>, { type: "continues" }>): void {
    envelope.decision = undefined;
    this.#continuing = { envelope, ...part };
    this.#add(envelope, part.changes);
  }

  #gather(envelope: Envelope<T>, decision: Decision<T>): void {
    envelope.decision = decision;
    this.#add(envelope, decision.type === "done" ? decision.changes : undefined);
  }

  #add(envelope: Envelope<T>, changes: readonly T["change"][] | undefined): void {
    if (changes !== undefined && changes.length > 0) {
      if (this.#changes.length === 0) this.#firstChanged = this.#decided.length;
      this.#changes.push(...changes);
    }
    this.#decided.push(envelope);
  }

  #commit(): void {
    if (this.#changes.length === 0) this.#conclude();
    else {
      const { id, fence } = this.#owner;
      this.#tools.committer.submit({ id, changes: this.#changes, fence }, this);
    }
  }

  /** What was decided holds. */
  #conclude(): void {
    if (this.#isEnding) this.#owner.giveUpState();
    this.#settle(this.#decided.length);
  }

  /** Answers and publishes the first so many of the decided operations, and goes on. */
  #settle(count: number): void {
    const { replies, subscribers } = this.#tools;
    const events: T["event"][] | undefined = subscribers.has(this.#owner.id) ? [] : undefined;
    for (const [index, envelope] of this.#decided.entries()) {
      if (index >= count) break;
      const { decision } = envelope;
      if (decision?.type === "refused") replies.refuse(envelope, decision.error);
      if (decision?.type === "done") replies.answer(envelope, decision.reply);
      const told = decision?.type === "done" ? decision.events : this.#partOf(envelope)?.events;
      if (events !== undefined && told !== undefined) events.push(...told);
    }
    if (events !== undefined && events.length > 0) subscribers.publish(this.#owner.id, events);
    if (count === this.#decided.length) this.#goOn();
  }

  #partOf(envelope: Envelope<T>): Continuing<T> | undefined {
    return this.#continuing?.envelope === envelope ? this.#continuing : undefined;
  }

  #goOn(): void {
    if (this.#continuing !== undefined) this.#continue(this.#continuing);
    if (this.#crash !== undefined) this.#endCrashed(this.#crash);
    else if (this.#isEnding) this.#owner.turnEnded(ENDED, this.#operations);
    else if (this.#needing === undefined) this.#owner.turnEnded(DONE, this.#operations);
    else void this.#fetch(this.#needing);
  }

  #continue({ envelope, rest }: Continuing<T>): void {
    this.#continuing = undefined;
    envelope.operation = rest;
    this.#owner.mailbox.putRest(envelope);
  }

  async #fetch({ envelope, need, answers }: Needing<T>): Promise<void> {
    this.#needing = undefined;
    this.#decided = [];
    this.#changes = [];
    let answer: T["answer"];
    try {
      answer = await this.#tools.store.fetch(this.#owner.id, need);
    } catch (cause) {
      this.#tools.replies.fail(envelope, storeError("read", this.#owner.address, cause));
      this.run();
      return;
    }
    if (this.#decide(envelope, answer, answers + 1)) this.run();
    else this.#commit();
  }

  /** The changes were not written: nothing that was decided on them holds. */
  #abandon(cause: Error): void {
    const error = storeError("write", this.#owner.address, cause);
    this.#settle(this.#firstChanged);
    for (const envelope of this.#decided.slice(this.#firstChanged)) {
      this.#tools.replies.fail(envelope, error);
    }
    if (this.#crash !== undefined) {
      this.#endCrashed(this.#crash);
      return;
    }
    this.#continuing = undefined;
    if (this.#needing !== undefined) this.#putBack(this.#needing.envelope);
    this.#owner.turnEnded(STORE_FAILED, this.#operations);
  }

  /** Lets an operation about which nothing was decided wait for the state that is loaded again. */
  #putBack(envelope: Envelope<T>): void {
    if (envelope.state !== "started") return;
    envelope.state = "waiting";
    this.#owner.mailbox.putBack(envelope);
  }

  #endCrashed({ envelope, error }: { envelope: Envelope<T>; error: unknown }): void {
    const message = `Cannot go on: "${this.#owner.address}" crashed on this operation`;
    this.#tools.replies.fail(envelope, new SuiteError("crashed", message, { cause: error }));
    this.#owner.turnEnded({ type: "crashed", error }, this.#operations);
  }
}
