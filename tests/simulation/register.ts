/** The register of nodes: cards that are gone by its own clock, and all at once when it is wiped. */

import type { NodeCard, NodeId } from "../../actors/cluster/ports.ts";
import type { Agenda } from "./agenda.ts";

/** What the port of the register promises, each call in one moment. */
export class SimulatedRegister {
  awayUntilMs = 0;
  wipedMs = Number.NEGATIVE_INFINITY;
  readonly #cards = new Map<NodeId, { card: NodeCard; untilMs: number }>();
  readonly #agenda: Agenda;
  readonly #rate: number;

  constructor(options: { agenda: Agenda; rate: number }) {
    this.#agenda = options.agenda;
    this.#rate = options.rate;
  }

  /** Writes a card down for so long. */
  announce(card: NodeCard, leaseMs: number): void {
    this.#cards.set(card.id, { card, untilMs: this.#nowMs() + leaseMs });
  }

  /** The cards that are good. */
  nodes(): NodeCard[] {
    const nodes: NodeCard[] = [];
    for (const { card, untilMs } of this.#cards.values()) {
      if (this.#nowMs() < untilMs) nodes.push(card);
    }
    return nodes;
  }

  /** Takes a card away. */
  withdraw(id: NodeId): void {
    this.#cards.delete(id);
  }

  /** Forgets everything, as when it is started again. */
  wipe(): void {
    this.#cards.clear();
    this.wipedMs = this.#agenda.nowMs;
  }

  #nowMs(): number {
    return this.#agenda.nowMs * this.#rate;
  }
}
