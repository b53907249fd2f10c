/** The asks of one node: here, or on the owner's node, and again when what is known allows it. */

import type { NodeId } from "../../actors/cluster/ports.ts";
import { type AskFact, redispatch } from "../../actors/cluster/redispatch.ts";
import { limits } from "../../actors/limits.ts";
import type { Result } from "./actors.ts";
import type { SimulatedNode } from "./node.ts";
import { type Operation, shardOfNumber, type World } from "./world.ts";

/** How an ask ended. */
export type AskResult = { type: "done"; version: number } | { type: "failed" };

interface Ask {
  operation: Operation;
  address: number;
  shard: number;
  attempts: number;
  endMs: number;
  /** Raised by every try; what belongs to an earlier one is not heard. */
  turn: number;
  at: { type: "here" } | { type: "there"; node: NodeId } | { type: "waiting" };
  end(result: AskResult): void;
}

/** Whatever waits for an answer. */
export class SimulatedAsks {
  readonly #world: World;
  readonly #node: SimulatedNode;
  /** By the number that the answer bears. */
  readonly #asks = new Map<number, Ask>();
  #last = 0;

  constructor(world: World, node: SimulatedNode) {
    this.#world = world;
    this.#node = node;
  }

  /** Sends an operation to its actor, wherever it lives. */
  start(
    operation: Operation,
    given: { address: number; timeoutMs: number; end: (result: AskResult) => void },
  ): void {
    const { address, timeoutMs, end } = given;
    const ask: Ask = {
      operation,
      address,
      shard: shardOfNumber(address),
      attempts: 0,
      endMs: this.#node.nowMs + timeoutMs,
      turn: 0,
      at: { type: "waiting" },
      end,
    };
    this.#node.timer(timeoutMs, () => {
      if (this.#asks.get(ask.turn) === ask) this.#fact(ask, "timed_out");
    });
    this.#try(ask);
  }

  /** An answer has come; one that nobody waits for is not heard. */
  reply(number: number, result: Result): void {
    const ask = this.#asks.get(number);
    if (ask === undefined) return;
    if (result.type === "fact") this.#fact(ask, result.fact);
    else this.#end(ask, result);
  }

  /** Looks again at the asks of shards that have moved. */
  moved(shards: readonly number[]): void {
    for (const ask of [...this.#asks.values()]) {
      if (!shards.includes(ask.shard)) continue;
      if (ask.at.type === "waiting") this.#try(ask);
      else if (ask.at.type === "there" && this.#node.member.ownerOf(ask.shard) !== ask.at.node) {
        this.#fact(ask, "owner_lost");
      }
    }
  }

  /** Looks again at the asks that went to nodes which are gone. */
  lost(nodes: readonly NodeId[]): void {
    for (const ask of [...this.#asks.values()]) {
      if (ask.at.type === "there" && nodes.includes(ask.at.node)) this.#fact(ask, "owner_lost");
    }
  }

  #try(ask: Ask): void {
    const { lines, witness } = this.#world;
    const { member, actors, id } = this.#node;
    const { operation, address } = ask;
    this.#renumber(ask);
    ask.attempts++;
    const number = ask.turn;
    if (member.accepts(ask.shard)) {
      ask.at = { type: "here" };
      actors.enter({ operation, address, answer: (result) => this.reply(number, result) });
      return;
    }
    const owner = member.ownerOf(ask.shard);
    if (owner === undefined) {
      this.#fact(ask, "no_owner");
      return;
    }
    ask.at = { type: "there", node: owner };
    witness.count("remote_ask");
    lines.send(this.#node, owner, {
      frame: { type: "ask", from: id, ask: number, operation, address },
      failed: (fact) => {
        if (this.#asks.get(number) === ask) this.#fact(ask, fact);
      },
    });
  }

  #fact(ask: Ask, fact: AskFact): void {
    const { witness } = this.#world;
    witness.count(fact);
    const leftMs = ask.endMs - this.#node.nowMs;
    const decision = redispatch(fact, { attempts: ask.attempts, leftMs, limits });
    if (decision.type === "fail") {
      this.#end(ask, { type: "failed" });
      return;
    }
    witness.count("again");
    this.#renumber(ask);
    ask.at = { type: "waiting" };
    const number = ask.turn;
    this.#node.timer(decision.delayMs, () => {
      if (this.#asks.get(number) === ask) this.#try(ask);
    });
  }

  #renumber(ask: Ask): void {
    this.#asks.delete(ask.turn);
    ask.turn = ++this.#last;
    this.#asks.set(ask.turn, ask);
  }

  #end(ask: Ask, result: AskResult): void {
    this.#asks.delete(ask.turn);
    ask.end(result);
  }
}
