/** Asks that wait for an answer from another node. Each ends once: with an answer, or with a fact. */

import { SuiteError } from "../errors.ts";
import { limits } from "../limits.ts";
import type { Clock } from "../runtime/clock.ts";
import { type DeadlineEntry, Deadlines } from "../runtime/deadlines.ts";
import type { Failure } from "./frames.ts";
import type { NodeId } from "./ports.ts";
import type { AskFact } from "./redispatch.ts";

/** How one try ended. */
export type AskEnd =
  | { type: "reply"; reply: unknown }
  | { type: "failure"; error: SuiteError }
  | { type: "fact"; fact: AskFact };

class PendingAsk implements DeadlineEntry {
  readonly node: NodeId;
  readonly shard: number;
  tick = -1;
  readonly #end: (end: AskEnd) => void;

  constructor(node: NodeId, shard: number, end: (end: AskEnd) => void) {
    this.node = node;
    this.shard = shard;
    this.#end = end;
  }

  end(end: AskEnd): void {
    this.#end(end);
  }

  expire(): void {
    this.#end({ type: "fact", fact: "timed_out" });
  }
}

/** The asks of one node. */
export class PendingAsks {
  readonly #deadlines: Deadlines;
  readonly #pending = new Map<number, PendingAsk>();
  #last = 0;

  constructor(clock: Clock) {
    this.#deadlines = new Deadlines(clock, {
      tickMs: limits.deadlineTickMs,
      spanMs: limits.askMsMax,
    });
  }

  /** How many wait. */
  get size(): number {
    return this.#pending.size;
  }

  /** Waits for an answer; `send` is given the number of the ask. */
  start(
    given: { node: NodeId; shard: number; timeoutMs: number },
    send: (ask: number) => Promise<"sent" | "unheard">,
  ): Promise<AskEnd> {
    const ask = ++this.#last;
    return new Promise((resolve) => {
      const pending = new PendingAsk(given.node, given.shard, (end) => {
        this.#deadlines.remove(pending);
        this.#pending.delete(ask);
        resolve(end);
      });
      this.#pending.set(ask, pending);
      this.#deadlines.add(pending, given.timeoutMs);
      send(ask).then(
        (sent) => sent === "unheard" && pending.end({ type: "fact", fact: "unheard" }),
        (error) => pending.end(endOf(error)),
      );
    });
  }

  /** An answer has come; one that nobody waits for anymore is dropped. */
  reply(ask: number, reply: unknown): void {
    this.#pending.get(ask)?.end({ type: "reply", reply });
  }

  /** The other node could not do it. */
  fail(ask: number, { code, message, retryAfterSeconds, field }: Failure): void {
    if (code === "not_owner") {
      this.#pending.get(ask)?.end({ type: "fact", fact: "not_owner" });
      return;
    }
    const error = new SuiteError(code, message, {
      ...(retryAfterSeconds == null ? {} : { retryAfterSeconds }),
      ...(field == null ? {} : { field }),
    });
    this.#pending.get(ask)?.end({ type: "failure", error });
  }

  /** The answers to these asks will not come, as far as is known. */
  lose(isLost: (ask: { node: NodeId; shard: number }) => boolean): void {
    for (const pending of [...this.#pending.values()]) {
      if (isLost(pending)) pending.end({ type: "fact", fact: "owner_lost" });
    }
  }
}

function endOf(error: unknown): AskEnd {
  if (error instanceof SuiteError && error.code !== "unreachable") {
    return { type: "failure", error };
  }
  return { type: "fact", fact: "unreachable" };
}
