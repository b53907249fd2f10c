/** One life of one node: a clock that is wrong, a program that can be held up, and what runs in it. */

import type { NodeId } from "../../actors/cluster/ports.ts";
import { SimulatedActors } from "./actors.ts";
import { SimulatedAsks } from "./asks.ts";
import type { Frame, Service } from "./lines.ts";
import { SimulatedMember } from "./member.ts";
import { shardOfNumber, type World } from "./world.ts";

/** A node, until it ends; one that is started again is another. */
export class SimulatedNode {
  readonly id: NodeId;
  isAlive = true;
  slowUntilMs = 0;
  /** How long it is held up when it is about to write; 0 when it is not. */
  stallMs = 0;
  readonly cutUntilMs: Record<Service, number> = { table: 0, register: 0 };
  /** When the last frame to each other node arrives. */
  readonly arrivalsMs = new Map<NodeId, number>();
  readonly member: SimulatedMember;
  readonly actors: SimulatedActors;
  readonly asks: SimulatedAsks;
  readonly #world: World;
  readonly #backlog: (() => void)[] = [];
  #isPaused = false;
  #rate: number;
  /** What the clock showed, and when, when its rate was changed. */
  #shown: { localMs: number; atMs: number };

  constructor(world: World, given: { id: NodeId; rate: number; offsetMs: number }) {
    this.#world = world;
    this.id = given.id;
    this.#rate = given.rate;
    this.#shown = { localMs: given.offsetMs, atMs: world.agenda.nowMs };
    this.actors = new SimulatedActors(world, this);
    this.asks = new SimulatedAsks(world, this);
    this.member = new SimulatedMember(world, this);
  }

  /** The time as this node knows it. */
  get nowMs(): number {
    return this.#shown.localMs + (this.#world.agenda.nowMs - this.#shown.atMs) * this.#rate;
  }

  /** Lets the clock go faster or slower from now on. */
  drift(rate: number): void {
    this.#shown = { localMs: this.nowMs, atMs: this.#world.agenda.nowMs };
    this.#rate = rate;
  }

  /** Runs something here and now, or when the program goes on, or never. */
  deliver(run: () => void): void {
    if (!this.isAlive) return;
    if (this.#isPaused) this.#backlog.push(run);
    else run();
  }

  /** Runs something after a time by this node's clock. */
  timer(delayMs: number, run: () => void): void {
    this.#world.agenda.after(delayMs / this.#rate, () => this.deliver(run));
  }

  /** Holds the program up for so long. */
  pause(forMs: number): void {
    this.stallMs = 0;
    this.#isPaused = true;
    this.#world.witness.note(`${this.id} stands still for ${forMs.toFixed(0)} ms`);
    this.#world.agenda.after(forMs, () => this.resume());
  }

  /** Lets it go on, with everything that it has missed. */
  resume(): void {
    if (!this.#isPaused) return;
    this.#isPaused = false;
    // Timers are late and go first or last, as it happens; all of it belongs to a world that is over.
    for (const run of this.#backlog.splice(0)) this.deliver(run);
  }

  /** Ends at once, without a word. */
  end(): void {
    this.isAlive = false;
    this.#backlog.length = 0;
    this.#world.bury(this);
  }

  /** A frame has come. */
  receive(frame: Frame): void {
    switch (frame.type) {
      case "ask": {
        const { from, ask, operation, address } = frame;
        const answer = (result: Parameters<SimulatedAsks["reply"]>[1]) =>
          this.#world.lines.send(this, from, { frame: { type: "reply", ask, result } });
        if (this.member.accepts(shardOfNumber(address))) {
          this.actors.enter({ operation, address, answer });
        } else answer({ type: "fact", fact: "not_owner" });
        break;
      }
      case "reply":
        this.asks.reply(frame.ask, frame.result);
        break;
      case "shards":
        this.member.hear(frame);
        break;
    }
  }
}
