/**
 * The actors of one node. Each holds the list of what was done at its address, does one thing at a
 * time, answers after the write only, and is thrown away when a write was refused or failed.
 */

import { limits } from "../../actors/limits.ts";
import type { SimulatedNode } from "./node.ts";
import { ADDRESSES, type Operation, shardOfNumber, type World } from "./world.ts";

/** How an operation ended. */
export type Result =
  | { type: "done"; version: number }
  /** Nothing ran. */
  | { type: "fact"; fact: "not_owner" }
  /** The write failed, or did not; nobody knows. */
  | { type: "failed" };

/** An operation, and who waits for it. */
export interface Task {
  operation: Operation;
  address: number;
  answer(result: Result): void;
}

interface Actor {
  address: number;
  shard: number;
  /** The epoch under which it was loaded. */
  epoch: number;
  ids: number[];
  isBusy: boolean;
  isGone: boolean;
  tasks: Task[];
}

/** Whatever lives in one node's memory. */
export class SimulatedActors {
  readonly #world: World;
  readonly #node: SimulatedNode;
  readonly #actors = new Map<number, Actor>();

  constructor(world: World, node: SimulatedNode) {
    this.#world = world;
    this.#node = node;
  }

  /** Hands a task to its actor, which is loaded when it is not there. */
  enter(task: Task): void {
    const { address } = task;
    const shard = shardOfNumber(address);
    const epoch = this.#node.member.epochOf(shard);
    let actor = this.#actors.get(address);
    if (epoch === undefined) {
      task.answer({ type: "fact", fact: "not_owner" });
      return;
    }
    if (actor === undefined) {
      actor = { address, shard, epoch, ids: [], isBusy: true, isGone: false, tasks: [] };
      this.#actors.set(address, actor);
      this.#load(actor);
    }
    actor.tasks.push(task);
    this.#next(actor);
  }

  /** Whether one of these shards is at work. */
  isBusy(shards: readonly number[]): boolean {
    for (const { shard, isBusy } of this.#actors.values()) {
      if (isBusy && shards.includes(shard)) return true;
    }
    return false;
  }

  /** Throws out what belongs to these shards. A write that is on its way still says how it ended. */
  lose(shards: readonly number[]): void {
    for (const actor of [...this.#actors.values()]) {
      if (shards.includes(actor.shard)) this.#remove(actor, { type: "fact", fact: "not_owner" });
    }
  }

  #load(actor: Actor): void {
    const { lines, database } = this.#world;
    lines.call(this.#node, "table", {
      effect: () => database.read(actor.address),
      done: (ids) => {
        if (actor.isGone) return;
        actor.ids = ids;
        actor.isBusy = false;
        this.#next(actor);
      },
      failed: () => this.#remove(actor, { type: "failed" }),
    });
  }

  #next(actor: Actor): void {
    while (!actor.isBusy && !actor.isGone) {
      const task = actor.tasks.shift();
      if (task === undefined) return;
      this.#run(actor, task);
    }
  }

  #run(actor: Actor, task: Task): void {
    const { witness, safeguards } = this.#world;
    const { id } = task.operation;
    const index = safeguards.knowsRepeats ? actor.ids.indexOf(id) : -1;
    if (index >= 0) {
      witness.count("repeat");
      task.answer({ type: "done", version: index + 1 });
      return;
    }
    actor.ids.push(id);
    actor.isBusy = true;
    const version = actor.ids.length;
    // A program that is held up here writes when it goes on, whatever has become of its lease.
    this.#node.timer(limits.commitGatherMs, () => this.#write(actor, task, version));
    if (this.#node.stallMs > 0) this.#node.pause(this.#node.stallMs);
  }

  #write(actor: Actor, task: Task, version: number): void {
    const { lines, database } = this.#world;
    const { address, shard, epoch } = actor;
    const fence = { shard, epoch };
    lines.call(this.#node, "table", {
      effect: () => database.commit(task.operation, { address, version, fence }),
      done: (written) => {
        this.#noteWrite(actor, task, `version ${version}: ${written}`);
        actor.isBusy = false;
        if (written === "ok") {
          task.answer({ type: "done", version });
          this.#next(actor);
          return;
        }
        this.#remove(actor, { type: "fact", fact: "not_owner" });
        if (written === "conflict") task.answer({ type: "failed" });
        else {
          task.answer({ type: "fact", fact: "not_owner" });
          this.#node.member.fenced(fence);
        }
      },
      failed: () => {
        this.#noteWrite(actor, task, `version ${version}: no answer`);
        actor.isBusy = false;
        this.#remove(actor, { type: "fact", fact: "not_owner" });
        task.answer({ type: "failed" });
      },
    });
  }

  #noteWrite({ address, epoch }: Actor, { operation }: Task, end: string): void {
    const { witness } = this.#world;
    if (!witness.isTraced) return;
    const what = `operation ${operation.id} at "${ADDRESSES[address]}" under ${epoch}`;
    witness.note(`${this.#node.id}: ${what} as ${end}`);
  }

  #remove(actor: Actor, result: Result): void {
    if (actor.isGone) return;
    actor.isGone = true;
    if (this.#actors.get(actor.address) === actor) this.#actors.delete(actor.address);
    for (const task of actor.tasks.splice(0)) task.answer(result);
  }
}
