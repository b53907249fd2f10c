/** One history: nodes work, things go wrong, everything is healed, and it must be as it should be. */

import { place } from "../../actors/cluster/placement.ts";
import { Agenda } from "./agenda.ts";
import { Chance } from "./chance.ts";
import { Client, Mint } from "./clients.ts";
import { SimulatedDatabase } from "./database.ts";
import { driftedRate, heal, strike } from "./faults.ts";
import { LeaseRule } from "./leases.ts";
import { Lines } from "./lines.ts";
import { SimulatedNode } from "./node.ts";
import { SimulatedRegister } from "./register.ts";
import { emptyTally, type Happening, type Tally, type Violation, Witness } from "./witness.ts";
import {
  ADDRESSES,
  SAFEGUARDS,
  type Safeguards,
  SETTLING_MS,
  SHARDS,
  type World,
} from "./world.ts";

/** Nothing goes wrong before: everybody has to come first. */
const PEACE_MS = 1_500;
/** Asks that begin when everything is settled are answered by then. */
const PROBE_MS = 1_000;

/** How to run a history. */
export interface HistoryOptions {
  safeguards?: Partial<Safeguards>;
  /** Where to count; one tally may serve many histories. */
  tally?: Tally;
  isTraced?: boolean;
  /** The one fault there is; when it is left out there are some of all kinds. */
  only?: Happening;
}

/** What became of it. */
export interface HistoryReport {
  violations: readonly { type: Violation; text: string }[];
  /** What happened, when it was asked for. */
  trace: readonly string[];
  /** How long after the healing everything was as it should be; undefined when it never was. */
  settledAfterMs: number | undefined;
}

/** Runs the history of a seed. */
export function runHistory(seed: number, options: HistoryOptions = {}): HistoryReport {
  return new History(seed, options).run();
}

class History implements World {
  readonly safeguards: Safeguards;
  readonly chance: Chance;
  readonly agenda = new Agenda();
  readonly database: SimulatedDatabase;
  readonly register: SimulatedRegister;
  readonly lines: Lines;
  readonly leases: LeaseRule;
  readonly witness: Witness;
  readonly nodes: SimulatedNode[] = [];
  readonly #mint = new Mint();
  readonly #clients: Client[] = [];
  readonly #only: Happening | undefined;
  #lives = 0;

  constructor(seed: number, { safeguards, tally, isTraced, only }: HistoryOptions) {
    const { agenda } = this;
    this.#only = only;
    this.safeguards = { ...SAFEGUARDS, ...safeguards };
    this.chance = new Chance(seed);
    this.witness = new Witness(agenda, tally ?? emptyTally(), isTraced ?? false);
    const { witness } = this;
    const { isFenced } = this.safeguards;
    this.database = new SimulatedDatabase({ agenda, witness, rate: driftedRate(this), isFenced });
    this.register = new SimulatedRegister({ agenda, rate: driftedRate(this) });
    this.lines = new Lines(this);
    this.leases = new LeaseRule(this);
  }

  join(): void {
    const suffix = this.chance.below(1_000_000).toString(36);
    const id = `node-${++this.#lives}-${suffix}`;
    const offsetMs = this.chance.between(0, 1_000_000);
    const node = new SimulatedNode(this, { id, rate: driftedRate(this), offsetMs });
    this.nodes.push(node);
    this.witness.note(`${id} comes`);
    node.member.start();
  }

  bury(node: SimulatedNode): void {
    this.nodes.splice(this.nodes.indexOf(node), 1);
  }

  run(): HistoryReport {
    const { agenda, chance, witness } = this;
    const troubleEndMs = PEACE_MS + chance.between(3_000, 9_000);
    const settledMs = troubleEndMs + SETTLING_MS;
    this.#begin(troubleEndMs);
    agenda.runUntil(troubleEndMs);
    heal(this);
    let settledAfterMs: number | undefined;
    for (let ms = troubleEndMs; ms < settledMs; ms += 500) {
      agenda.runUntil(ms);
      if (this.#unsettled() !== undefined) settledAfterMs = undefined;
      else settledAfterMs ??= ms - troubleEndMs;
    }
    agenda.runUntil(settledMs);
    const unsettled = this.#unsettled();
    if (unsettled !== undefined) witness.violate("settling", unsettled);
    const claims = witness.tally.claim;
    this.#probe();
    agenda.runUntil(settledMs + PROBE_MS);
    if (witness.tally.claim > claims) witness.violate("settling", "shards still move");
    if (this.#clients.some(({ isContent }) => !isContent)) {
      witness.violate("settling", "somebody still waits for an answer");
    }
    witness.checkAcknowledged(this.database.logs);
    return { violations: witness.violations, trace: witness.trace, settledAfterMs };
  }

  #begin(troubleEndMs: number): void {
    const { agenda, chance } = this;
    const nodes = 2 + chance.below(4);
    for (let i = 0; i < nodes; i++) agenda.at(chance.between(0, 400), () => this.join());
    const clients = 2 + chance.below(3);
    for (let i = 0; i < clients; i++) {
      const client = new Client(this, this.#mint);
      this.#clients.push(client);
      agenda.at(chance.between(300, 1_200), () => client.live(troubleEndMs + 3_000));
    }
    const faults = this.#only === undefined ? 1 + chance.below(10) : 1;
    for (let i = 0; i < faults; i++) {
      agenda.at(chance.between(PEACE_MS, troubleEndMs - 1), () => strike(this, this.#only));
    }
  }

  /** Asks every actor for something, each through some node. */
  #probe(): void {
    for (const address of ADDRESSES.keys()) {
      const client = new Client(this, this.#mint);
      this.#clients.push(client);
      client.wish(address, () => undefined);
    }
  }

  /** What is not as it should be: every shard is where it belongs, and everybody knows it. */
  #unsettled(): string | undefined {
    const members = this.nodes.filter(({ member }) => !member.isLeaving);
    if (members.length < this.nodes.length) return "somebody still leaves";
    const placement = place(members.map(({ id }) => id).sort(), SHARDS);
    for (const { shard, epoch, owner } of this.database.rows) {
      const wanted = placement[shard];
      if (owner !== wanted) return `shard ${shard} belongs to ${wanted}, the table has ${owner}`;
      for (const { id, member } of members) {
        const held = member.epochOf(shard);
        const isOwner = id === owner;
        if (held !== (isOwner ? epoch : undefined) || member.accepts(shard) !== isOwner) {
          return `${id} holds shard ${shard} under ${held}, the table has ${owner} and ${epoch}`;
        }
        const known = member.ownerOf(shard);
        if (!isOwner && known !== owner) {
          return `${id} believes that ${known} owns shard ${shard}, the table has ${owner}`;
        }
      }
    }
    return undefined;
  }
}
