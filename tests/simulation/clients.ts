/** People who want something done: they ask until it is, and then want the next thing. */

import type { SimulatedNode } from "./node.ts";
import { ADDRESSES, type Operation, type World } from "./world.ts";

/** How long a client lets a node try. */
const ASK_MS = 3_000;
/** And after which it believes that the node is gone. */
const PATIENCE_MS = 3_500;

/** Mints what makes operations unique. */
export class Mint {
  #last = 0;

  /** Another number. */
  next(): number {
    return ++this.#last;
  }
}

/** One client. Between two wishes it rests. */
export class Client {
  readonly #world: World;
  readonly #mint: Mint;
  #home: SimulatedNode | undefined;
  #wishes = 0;
  #isDone = true;

  constructor(world: World, mint: Mint) {
    this.#world = world;
    this.#mint = mint;
  }

  /** Whether nothing is waited for. */
  get isContent(): boolean {
    return this.#isDone;
  }

  /** Wants something, and goes on until a time. */
  live(untilMs: number): void {
    const { agenda, chance } = this.#world;
    if (agenda.nowMs >= untilMs) return;
    this.wish(chance.below(ADDRESSES.length), () => {
      agenda.after(chance.between(20, 700), () => this.live(untilMs));
    });
  }

  /** Wants something to be done at an address. */
  wish(address: number, then: () => void): void {
    const intent = this.#mint.next();
    this.#isDone = false;
    this.#attempt({ id: intent, intent }, address, then);
  }

  #attempt(operation: Operation, address: number, then: () => void): void {
    const { agenda, chance, witness, database, nodes, safeguards } = this.#world;
    const wish = ++this.#wishes;
    const again = () => {
      if (wish !== this.#wishes) return;
      witness.count("retry");
      this.#home = undefined;
      const next = safeguards.keepsIds ? operation : { ...operation, id: this.#mint.next() };
      this.#wishes++;
      agenda.after(chance.between(20, 200), () => this.#attempt(next, address, then));
    };
    this.#home = this.#home?.isAlive ? this.#home : chance.one(nodes);
    const home = this.#home;
    if (home === undefined) {
      again();
      return;
    }
    home.deliver(() =>
      home.asks.start(operation, {
        address,
        timeoutMs: ASK_MS,
        end: (result) => {
          if (wish !== this.#wishes) return;
          if (result.type === "failed") {
            witness.count("failed");
            return again();
          }
          const { version } = result;
          this.#wishes++;
          this.#isDone = true;
          const log = database.logs[address] ?? [];
          witness.acknowledge(operation, { address, version, log });
          then();
        },
      }),
    );
    agenda.after(PATIENCE_MS, again);
  }
}
