/**
 * What a kind of actor has to be, so that the runtime can run it without knowing it. A behavior
 * decides and never acts: no I/O, clock or randomness; ids and times arrive inside the operation.
 *
 * - **Stored** what the store knows about one actor.
 * - **State** what it has in memory, made from that; it may be mutable, and is thrown away and loaded
 *   again after a failed write or a crash, never rolled back.
 * - **Change** what the store has to write for an operation, in the same transaction.
 * - **Event** what subscribers hear, after the write.
 * - **Need** what the behavior has to read before it can decide, as data; the runtime fetches it and
 *   applies the same operation again with the answer as the third argument. What was decided before
 *   it is committed by then, so the store answers with all of it; no other operation comes between.
 */

import type { ActorKind } from "../ids.ts";

/** The shapes that one kind of actor deals in. */
export interface ActorTypes {
  stored: unknown;
  state: unknown;
  operation: unknown;
  reply: unknown;
  change: unknown;
  event: unknown;
  need: unknown;
  answer: unknown;
}

/** What an operation leads to. */
export type Outcome<T extends ActorTypes> =
  | {
      type: "done";
      reply: T["reply"];
      /** Written before anyone hears of it; without any, nothing is written. */
      changes?: readonly T["change"][];
      events?: readonly T["event"][];
      /** The actor's life ends with these changes: its store answers with a `Tombstone` from then on. */
      ends?: true;
    }
  | {
      /** Refused: nothing changed. The error reaches the sender only. */
      type: "refused";
      error: Error;
    }
  | { type: "needs"; need: T["need"] }
  | {
      /**
       * Done in part, so that no turn takes long. The part is written and told like any other; then, after
       * the operations of others, what is left is applied, and so on until it is done. When the process
       * dies in between, the parts stay: a repeat of the operation must find them and go on from there.
       */
      type: "continues";
      /** The operation as it is to be applied next: against what is true once the part is done. */
      rest: T["operation"];
      changes?: readonly T["change"][];
      events?: readonly T["event"][];
    };

/** An outcome that needs nothing more from the store. */
export type Decision<T extends ActorTypes> = Exclude<
  Outcome<T>,
  { type: "needs" } | { type: "continues" }
>;

/** What a store keeps of an actor whose life has ended, so that its id never lives again. */
export class Tombstone {
  /** When it ended, in milliseconds since 1970. */
  readonly at: number;
  /** The id of its owner, where it had one: the owner may ask for its end again. */
  readonly ownerId: string | undefined;

  constructor(at: number, ownerId: string | undefined) {
    this.at = at;
    this.ownerId = ownerId;
  }
}

/** One kind of actor. */
export interface Behavior<T extends ActorTypes> {
  readonly kind: ActorKind;
  /** The state of an actor; `stored` is undefined when the store has never heard of it. */
  load(id: string, stored: T["stored"] | undefined): T["state"];
  /** Decides about one operation; may change `state` in place only where it answers "done". */
  apply(state: T["state"], operation: T["operation"], answer?: T["answer"]): Outcome<T>;
  /**
   * What to write before an idle actor leaves memory, such as a snapshot. When the write
   * fails, the actor stays, so that it can still be read while the store is away, or leaves all the
   * same when its place is needed; so the state must be good, and nothing may depend on the write.
   */
  passivate?(state: T["state"]): readonly T["change"][];
  /**
   * Answers for an actor whose life has ended; there is no state, and changes and events are ignored.
   * Without it, every operation is refused with `not_found`.
   */
  applyToEnded?(tombstone: Tombstone, operation: T["operation"]): Decision<T>;
  /** Frees what the garbage collector does not know of. */
  dispose?(state: T["state"]): void;
}

/**
 * The right to write for the actors of one shard. Every claim of a shard raises its epoch, so a write
 * under an older one comes from a node that has lost the shard, whether it knows that or not.
 */
export interface Fence {
  shard: number;
  epoch: number;
}

/** One actor's changes of one turn, to be written together or not at all. */
export interface Batch<Change> {
  id: string;
  changes: readonly Change[];
  /** The fence under which the actor was loaded; undefined where one process is alone. */
  fence?: Fence | undefined;
}

/** Whether one batch was written. */
export type BatchResult = { state: "ok" } | { state: "failed"; error: Error };

/** Where one kind of actor lives when it is not in memory. */
export interface ActorStore<T extends ActorTypes> {
  /** What is stored of an actor: undefined when there never was one, its tombstone when it has ended. */
  load(id: string): Promise<T["stored"] | Tombstone | undefined>;
  /** Answers a behavior's need. */
  fetch(id: string, need: T["need"]): Promise<T["answer"]>;
  /**
   * Writes all batches in one durable transaction. A batch that cannot be written fails alone where
   * the database allows it; results come in the order of the batches. Rejects when none was written.
   * A batch whose fence is not the current one is refused with `not_owner`, in the same transaction.
   */
  commit(batches: readonly Batch<T["change"]>[]): Promise<BatchResult[]>;
}
