/**
 * The last step of an operation: its sender gets an answer, exactly one. What finds nobody to answer
 * becomes a dead letter.
 */

import { SuiteError } from "../errors.ts";
import { type ActorKind, formatAddress } from "../ids.ts";
import type { ActorTypes } from "./behavior.ts";
import type { DeadLetters } from "./dead_letters.ts";
import type { Deadlines } from "./deadlines.ts";
import type { Envelope } from "./envelope.ts";

/** Answers the operations for one kind of actors. */
export class Replies<T extends ActorTypes> {
  readonly #kind: ActorKind;
  readonly #deadlines: Deadlines;
  readonly #deadLetters: DeadLetters;

  constructor(kind: ActorKind, options: { deadlines: Deadlines; deadLetters: DeadLetters }) {
    this.#kind = kind;
    this.#deadlines = options.deadlines;
    this.#deadLetters = options.deadLetters;
  }

  /** The operation was done. */
  answer(envelope: Envelope<T>, reply: T["reply"]): void {
    if (this.#settle(envelope)) envelope.sender?.resolve(reply);
  }

  /** The actor said no. */
  refuse(envelope: Envelope<T>, error: Error): void {
    if (!this.#settle(envelope)) return;
    if (envelope.sender !== undefined) envelope.sender.reject(error);
    else this.#bury(envelope, { reason: "refused", message: error.message });
  }

  /** The runtime could not do it. */
  fail(envelope: Envelope<T>, error: SuiteError): void {
    if (!this.#settle(envelope)) return;
    if (envelope.sender !== undefined) envelope.sender.reject(error);
    else this.#bury(envelope, { reason: error.code, message: error.message });
  }

  /** The sender's time is up; `wasStarted` says whether the operation may still take effect. */
  timeOut(envelope: Envelope<T>, { wasStarted }: { wasStarted: boolean }): void {
    if (!this.#settle(envelope)) return;
    const address = formatAddress(this.#kind, envelope.id);
    const message = wasStarted
      ? `Cannot answer in time: "${address}" was still working on it`
      : `Cannot answer in time: "${address}" did not come to it`;
    envelope.sender?.reject(new SuiteError("timed_out", message, { retryAfterSeconds: 1 }));
    if (!wasStarted) this.#bury(envelope, { reason: "timed_out", message });
  }

  /** Marks an operation as answered; false when its sender has been told something before. */
  #settle(envelope: Envelope<T>): boolean {
    if (envelope.state === "settled") {
      this.#bury(envelope, {
        reason: "late_reply",
        message: "Cannot deliver a reply: its sender had given up",
      });
      return false;
    }
    envelope.state = "settled";
    this.#deadlines.remove(envelope);
    return true;
  }

  #bury(
    envelope: Envelope<T>,
    why: { reason: Parameters<DeadLetters["add"]>[2]["reason"]; message: string },
  ): void {
    this.#deadLetters.add(`${this.#kind}:${envelope.id}`, envelope.operation, why);
  }
}
