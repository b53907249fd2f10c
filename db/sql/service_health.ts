/** What is known of the database of one service, from what its statements met and what probes found. */

import type { PartState } from "../../actors/mod.ts";

/** What can be wrong with a database. */
export type Ailment = Exclude<PartState, "ok">;

/** When there are several, the one that matters most is told. */
const WORST_FIRST: readonly Ailment[] = ["down", "corrupt", "full", "slow"];

/** A database's ailments: statements bring them at once, and only proof to the contrary takes them away. */
export class ServiceHealth {
  /** How often each was met. */
  readonly #met = new Map<Ailment, number>();
  readonly #present = new Set<Ailment>();
  readonly #observers: ((state: PartState, was: PartState) => void)[] = [];

  /** The worst of what is wrong; answers at once. */
  get state(): PartState {
    return WORST_FIRST.find((ailment) => this.#present.has(ailment)) ?? "ok";
  }

  /** Calls a function whenever the state is another one. */
  observe(observer: (state: PartState, was: PartState) => void): void {
    this.#observers.push(observer);
  }

  has(ailment: Ailment): boolean {
    return this.#present.has(ailment);
  }

  /** How often something was met so far, so that one can tell whether it came again. */
  timesMet(ailment: Ailment): number {
    return this.#met.get(ailment) ?? 0;
  }

  /** Something is wrong; nothing given changes nothing. */
  met(ailment: Ailment | undefined): void {
    if (ailment === undefined) return;
    this.#met.set(ailment, this.timesMet(ailment) + 1);
    this.#change(() => this.#present.add(ailment));
  }

  /** It was shown that these are over. */
  healed(...ailments: readonly Ailment[]): void {
    this.#change(() => {
      for (const ailment of ailments) this.#present.delete(ailment);
    });
  }

  #change(change: () => void): void {
    const was = this.state;
    change();
    const { state } = this;
    if (state !== was) for (const observer of this.#observers) observer(state, was);
  }
}

/** A database whose health can be found out. */
export interface Probed {
  readonly health: ServiceHealth;
  /**
   * Reads and writes for real, as durably as anything else: a little, or as much as shows that a disk is
   * full no more. Answers "busy" when another process writes at this moment, and throws what fails.
   */
  probe(options: { isLarge: boolean }): Promise<"ok" | "busy">;
  /** What an error of `probe` says. */
  ailmentOf(error: unknown): Ailment;
  /** Looks, at no cost, for what shows between probes. */
  poll?(): void;
  /**
   * Whether a database that was found damaged is whole again, looked through from end to end without
   * keeping this thread; where that is not known, it counts as whole when nothing is met for long.
   */
  verify?(signal: AbortSignal): Promise<boolean>;
}
