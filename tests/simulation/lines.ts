/**
 * The lines between nodes, and from nodes to the database and to the register. Everything takes its
 * time, and may fail before it happened or after.
 */

import type { NodeCard, NodeId, ShardClaim } from "../../actors/cluster/ports.ts";
import type { Result } from "./actors.ts";
import type { SimulatedNode } from "./node.ts";
import { CALL_MS_MAX, type Operation, STRAY_MS_MAX, type World } from "./world.ts";

/** What nodes call. */
export type Service = "table" | "register";

/** What a node tells another. */
export type Frame =
  | { type: "ask"; from: NodeId; ask: number; operation: Operation; address: number }
  | { type: "reply"; ask: number; result: Result }
  | {
      type: "shards";
      card: NodeCard;
      claimed: readonly ShardClaim[];
      released: readonly ShardClaim[];
    };

/** How often something goes wrong by itself, as probabilities. */
export interface Noise {
  calls: number;
  frames: number;
}

/** No noise. */
export const SILENCE: Noise = { calls: 0, frames: 0 };

/** All lines. Frames from one node to another come in order, if they come. */
export class Lines {
  noise = SILENCE;
  readonly #world: World;
  /** Pairs of nodes that do not hear each other, and how long. */
  readonly #cutUntilMs = new Map<string, number>();

  constructor(world: World) {
    this.#world = world;
  }

  /** Separates two nodes. */
  cut(a: NodeId, b: NodeId, untilMs: number): void {
    this.#cutUntilMs.set(pairOf(a, b), untilMs);
  }

  /** Makes everything whole. */
  heal(): void {
    this.noise = SILENCE;
    this.#cutUntilMs.clear();
  }

  /** Calls a service: `effect` happens there, and `done` or `failed` here, or neither when this life ends. */
  call<Answer>(
    node: SimulatedNode,
    service: Service,
    given: { effect: () => Answer; done: (answer: Answer) => void; failed: () => void },
  ): void {
    const { agenda, chance, witness } = this.#world;
    let isOver = false;
    const fail = () =>
      node.deliver(() => {
        if (isOver) return;
        isOver = true;
        witness.count("call_failed");
        given.failed();
      });
    const endMs = agenda.nowMs + CALL_MS_MAX;
    const isNoisy = chance.is(this.noise.calls);
    const isLostBefore = isNoisy && chance.is(0.5);
    if (!this.#reaches(node, service)) {
      if (chance.is(0.5)) agenda.after(1, fail);
      else agenda.at(endMs, fail);
      return;
    }
    const thereMs = this.#delay(node);
    const backMs = this.#delay(node);
    if (thereMs + backMs > CALL_MS_MAX) agenda.at(endMs, fail);
    agenda.after(thereMs, () => {
      if (isLostBefore || !this.#reaches(node, service)) {
        agenda.at(endMs, fail);
        return;
      }
      const answer = given.effect();
      if (isNoisy) {
        witness.count("answer_lost");
        agenda.at(endMs, fail);
        return;
      }
      agenda.after(backMs, () => {
        if (!this.#reaches(node, service)) {
          agenda.at(endMs, fail);
          return;
        }
        node.deliver(() => {
          if (isOver) return;
          isOver = true;
          given.done(answer);
        });
      });
    });
  }

  /** Sends a frame. `failed` is told what is known to have gone wrong; a frame may be lost in silence. */
  send(
    from: SimulatedNode,
    to: NodeId,
    { frame, failed }: { frame: Frame; failed?: (fact: "unheard" | "unreachable") => void },
  ): void {
    const { agenda, chance, nodes, witness } = this.#world;
    const delayMs = this.#delay(from);
    const fail = (fact: "unheard" | "unreachable") =>
      agenda.after(delayMs, () => from.deliver(() => failed?.(fact)));
    if (!this.#reaches(from, "register")) {
      fail("unreachable");
      return;
    }
    const target = nodes.find(({ id }) => id === to);
    if (target === undefined || !this.#reaches(target, "register")) {
      fail("unheard");
      return;
    }
    const isCut = this.#isCut(from.id, to);
    if (isCut || chance.is(this.noise.frames)) {
      witness.count("frame_lost");
      if (isCut && chance.is(0.5)) fail("unreachable");
      return;
    }
    this.#carry(from, target, frame, delayMs);
    if (!chance.is(this.noise.frames)) return;
    witness.count("frame_twice");
    this.#carry(from, target, frame, delayMs + this.#delay(from));
  }

  #carry(from: SimulatedNode, to: SimulatedNode, frame: Frame, delayMs: number): void {
    const { agenda } = this.#world;
    const atMs = Math.max(agenda.nowMs + delayMs, from.arrivalsMs.get(to.id) ?? 0);
    from.arrivalsMs.set(to.id, atMs);
    agenda.at(atMs, () => {
      if (!this.#isCut(from.id, to.id)) to.deliver(() => to.receive(frame));
    });
  }

  #isCut(a: NodeId, b: NodeId): boolean {
    if (this.#cutUntilMs.size === 0) return false;
    const untilMs = this.#cutUntilMs.get(pairOf(a, b));
    return untilMs !== undefined && this.#world.agenda.nowMs < untilMs;
  }

  #reaches(node: SimulatedNode, service: Service): boolean {
    const { agenda, database, register } = this.#world;
    const { awayUntilMs } = service === "table" ? database : register;
    return agenda.nowMs >= awayUntilMs && agenda.nowMs >= node.cutUntilMs[service];
  }

  /** Most of the time short, sometimes not, and long where a node is slow: now and then beyond a lease. */
  #delay(node: SimulatedNode): number {
    const { agenda, chance } = this.#world;
    if (agenda.nowMs < node.slowUntilMs) {
      return chance.is(0.15) ? chance.between(CALL_MS_MAX, STRAY_MS_MAX) : chance.between(20, 900);
    }
    return chance.is(0.05) ? chance.between(5, 80) : chance.between(0.3, 3);
  }
}

function pairOf(a: NodeId, b: NodeId): string {
  return a < b ? `${a} ${b}` : `${b} ${a}`;
}
