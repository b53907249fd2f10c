/**
 * One operation on its way: who sent it, where it waits, when its time is up, and what was decided.
 * It is the only object the runtime makes for an ask besides the promise.
 */

import type { ActorTypes, Decision } from "./behavior.ts";
import type { DeadlineEntry } from "./deadlines.ts";
import type { Lane, MailboxEntry } from "./mailbox.ts";

/** Who waits for the answer; a tell has nobody. */
export interface Sender<T extends ActorTypes> {
  resolve(reply: T["reply"]): void;
  reject(error: Error): void;
}

/** Who is told that an operation ran out of time. */
export interface ExpiryReceiver<T extends ActorTypes> {
  expired(envelope: Envelope<T>): void;
}

/** Where an operation is: in a mailbox, in a turn, or answered. */
export type EnvelopeState = "waiting" | "started" | "settled";

/** An operation for the actor with this id. */
export class Envelope<T extends ActorTypes> implements MailboxEntry<Envelope<T>>, DeadlineEntry {
  readonly id: string;
  /** As it is to be applied next; what is left of it once a part was done. */
  operation: T["operation"];
  readonly lane: Lane;
  readonly from: string;
  round = 0;
  readonly sender: Sender<T> | undefined;
  state: EnvelopeState = "waiting";
  decision: Decision<T> | undefined = undefined;
  ahead: Envelope<T> | undefined = undefined;
  behind: Envelope<T> | undefined = undefined;
  tick = -1;
  readonly #receiver: ExpiryReceiver<T>;

  constructor(
    id: string,
    operation: T["operation"],
    options: {
      lane: Lane;
      from: string;
      sender: Sender<T> | undefined;
      receiver: ExpiryReceiver<T>;
    },
  ) {
    this.id = id;
    this.operation = operation;
    this.lane = options.lane;
    this.from = options.from;
    this.sender = options.sender;
    this.#receiver = options.receiver;
  }

  expire(): void {
    this.#receiver.expired(this);
  }
}
