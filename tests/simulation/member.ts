/**
 * One node's membership: what `actors/cluster/member.ts` does around the decisions of `ownership.ts`,
 * without promises, so that a history is the same each time.
 */

import {
  Ownership,
  type OwnershipEffect,
  type OwnershipEvent,
} from "../../actors/cluster/ownership.ts";
import type { LeasedNode, NodeCard, NodeId, ShardClaim } from "../../actors/cluster/ports.ts";
import { limits } from "../../actors/limits.ts";
import type { SimulatedNode } from "./node.ts";
import { ISOLATION_MS, MOVING_MAX, SHARDS, type World } from "./world.ts";

/** Claims that one node may send between two renewals of its lease. */
const CLAIMS_MAX = 12;

/** Renews leases, looks who else is there, and carries out what is decided. */
export class SimulatedMember {
  readonly #world: World;
  readonly #node: SimulatedNode;
  readonly #ownership: Ownership;
  readonly #effects: OwnershipEffect[] = [];
  #isCarryingOut = false;
  #registered: readonly NodeCard[] | undefined;
  #leased: readonly LeasedNode[] | undefined;
  #others: readonly { id: NodeId; takesShards: boolean }[] = [];
  #isLeaving = false;
  #registerBlindMs: number | undefined;
  #tableBlindMs: number | undefined;
  #isIsolated = false;
  /** What it had is given up before its card says so. */
  #isForsaken = false;
  #tableReadMs = Number.NEGATIVE_INFINITY;
  #mustReadTable = true;
  #unreleased: ShardClaim[] = [];
  #claims = 0;
  /** Until when the lease in the table lasts, as it is counted here. */
  #tableLeaseMs = Number.NEGATIVE_INFINITY;
  /** Until when the card in the register does. */
  #cardLeaseMs = Number.NEGATIVE_INFINITY;

  constructor(world: World, node: SimulatedNode) {
    this.#world = world;
    this.#node = node;
    this.#ownership = new Ownership(node.id, { shards: SHARDS, movingMax: MOVING_MAX });
  }

  /** What this node says of itself. */
  get card(): NodeCard {
    const { id } = this.#node;
    const isForsaken = this.#isForsaken;
    return {
      id,
      name: id,
      takesShards: !this.#isLeaving && !isForsaken && !this.#isIsolated,
      holdsShards: !isForsaken,
      seesTable: this.#leased !== undefined,
    };
  }

  /** Whether it was told to leave. */
  get isLeaving(): boolean {
    return this.#isLeaving;
  }

  /** Whether it counts on its lease in the table. */
  get isLeasedByTable(): boolean {
    return this.#node.nowMs < this.#tableLeaseMs;
  }

  /** Whether it counts on its card in the register. */
  get isLeasedByCard(): boolean {
    return this.#node.nowMs < this.#cardLeaseMs;
  }

  /** Joins. */
  start(): void {
    this.#renewInRegister();
    this.#renewInTable();
  }

  /** Hands over what it has, and ends. */
  leave(): void {
    const { agenda, witness } = this.#world;
    if (this.#isLeaving) return;
    this.#isLeaving = true;
    this.#tell([], []);
    this.#look();
    this.#announce();
    const endMs = agenda.nowMs + limits.handOverMsMax * 2;
    const wait = () => {
      const isWaiting = this.#ownership.held.length > 0 && agenda.nowMs < endMs;
      if (isWaiting && this.#others.some(({ takesShards }) => takesShards)) {
        this.#node.timer(20, wait);
        return;
      }
      witness.count("leave");
      this.#withdraw();
    };
    wait();
  }

  /** The epoch of a shard that is worked on here. */
  epochOf(shard: number): number | undefined {
    return this.#ownership.epochOf(shard, this.#node.nowMs);
  }

  /** Whether operations for a shard are taken here. */
  accepts(shard: number): boolean {
    return this.#ownership.accepts(shard, this.#node.nowMs);
  }

  /** The other node that owns a shard, as far as is known. */
  ownerOf(shard: number): NodeId | undefined {
    return this.#ownership.ownerOf(shard);
  }

  /** A write was refused. */
  fenced(fence: { shard: number; epoch: number }): void {
    this.#mustReadTable = true;
    this.#apply({ type: "fenced", ...fence });
  }

  /** Another node says what it owns. */
  hear(news: {
    card: NodeCard;
    claimed: readonly ShardClaim[];
    released: readonly ShardClaim[];
  }): void {
    const { card, claimed, released } = news;
    const isKnown = this.#others.some(({ id }) => id === card.id);
    if (this.#registered !== undefined) {
      this.#registered = [...this.#registered.filter(({ id }) => id !== card.id), card];
    }
    this.#leased = this.#leased?.map((node) =>
      node.id === card.id ? { ...node, takesShards: card.takesShards } : node,
    );
    if (!isKnown) this.#mustReadTable = true;
    this.#look();
    this.#apply({ type: "told", owner: card.id, claimed, released });
  }

  // ------------------------------------------------------------------------------- witnesses

  #renewInRegister(): void {
    this.#claims = 0;
    this.#announce();
    this.#node.timer(limits.leaseRenewMs, () => this.#renewInRegister());
  }

  #announce(): void {
    const { lines, register } = this.#world;
    const sentMs = this.#node.nowMs;
    const card = this.card;
    lines.call(this.#node, "register", {
      effect: () => {
        register.announce(card, limits.leaseMs);
        return register.nodes();
      },
      done: (cards) => {
        this.#registered = cards;
        this.#cardLeaseMs = Math.max(this.#cardLeaseMs, this.#renewed(sentMs));
        this.#look();
      },
      failed: () => {
        this.#registered = undefined;
        this.#look();
      },
    });
  }

  #renewInTable(): void {
    const { lines, database } = this.#world;
    const { id, name, takesShards } = this.card;
    const sentMs = this.#node.nowMs;
    const seesRegister = this.#registered !== undefined;
    const goOn = () => {
      this.#look();
      this.#releaseInTable();
      const isDue = this.#node.nowMs - this.#tableReadMs >= limits.shardTableReadMs;
      if (this.#mustReadTable || isDue || this.#ownership.misses) this.#readTable();
      this.#node.timer(limits.leaseRenewMs, () => this.#renewInTable());
    };
    lines.call(this.#node, "table", {
      effect: () => database.renew({ id, name, takesShards, seesRegister }, limits.leaseMs),
      done: (nodes) => {
        this.#leased = nodes;
        this.#tableBlindMs = undefined;
        this.#isForsaken = false;
        this.#tableLeaseMs = Math.max(this.#tableLeaseMs, this.#renewed(sentMs));
        goOn();
      },
      failed: () => {
        this.#leased = undefined;
        goOn();
      },
    });
  }

  #renewed(sentMs: number): number {
    const untilMs = sentMs + limits.leaseMs - limits.leaseMarginMs;
    if (this.#isForsaken) return Number.NEGATIVE_INFINITY;
    const { keepsToLease } = this.#world.safeguards;
    this.#apply({ type: "renewed", untilMs: keepsToLease ? untilMs : Number.POSITIVE_INFINITY });
    return untilMs;
  }

  #readTable(): void {
    if (this.#leased === undefined) return;
    this.#mustReadTable = false;
    this.#tableReadMs = this.#node.nowMs;
    this.#world.lines.call(this.#node, "table", {
      effect: () => this.#world.database.shards(),
      done: (rows) => this.#apply({ type: "rows", rows }),
      failed: () => {
        this.#mustReadTable = true;
      },
    });
  }

  /** Puts together what both witnesses say. */
  #look(): void {
    const { id } = this.#node;
    this.#noticeBlindness();
    if (this.#registered === undefined && this.#leased === undefined) {
      this.#apply({ type: "tick" });
      return;
    }
    const nodes = new Map<NodeId, boolean>();
    for (const node of this.#leased ?? []) nodes.set(node.id, node.takesShards);
    for (const node of this.#registered ?? []) {
      if (node.holdsShards) nodes.set(node.id, node.takesShards);
      else nodes.delete(node.id);
    }
    nodes.delete(id);
    const lost: NodeId[] = [];
    for (const node of this.#others) if (!nodes.has(node.id)) lost.push(node.id);
    if (lost.length > 0 || nodes.size !== this.#others.length) this.#mustReadTable = true;
    this.#others = [...nodes].map(([id, takesShards]) => ({ id, takesShards }));
    this.#apply({ type: "nodes", nodes: [this.card, ...this.#others] });
    if (lost.length > 0) this.#node.asks.lost(lost);
  }

  #noticeBlindness(): void {
    const { id, nowMs } = this.#node;
    const othersSeeRegister = this.#leased?.some((node) => node.id !== id && node.seesRegister);
    const othersSeeTable = this.#registered?.some((node) => node.id !== id && node.seesTable);
    const isRegisterBlind = this.#registered === undefined && othersSeeRegister === true;
    const isTableBlind = this.#leased === undefined && othersSeeTable === true;
    this.#registerBlindMs = isRegisterBlind ? (this.#registerBlindMs ?? nowMs) : undefined;
    this.#tableBlindMs = isTableBlind ? (this.#tableBlindMs ?? nowMs) : undefined;
    const wasIsolated = this.#isIsolated;
    this.#isIsolated = this.#isBlindSince(this.#registerBlindMs);
    if (this.#isIsolated && !wasIsolated) this.#world.witness.count("isolation");
    const wasForsaken = this.#isForsaken;
    this.#isForsaken = this.#isBlindSince(this.#tableBlindMs);
    if (wasForsaken || !this.#isForsaken) return;
    this.#world.witness.count("forsake");
    this.#note("forsakes what it has");
    this.#apply({ type: "forsake" });
    this.#announce();
  }

  #isBlindSince(sinceMs: number | undefined): boolean {
    return sinceMs !== undefined && this.#node.nowMs - sinceMs >= ISOLATION_MS;
  }

  // --------------------------------------------------------------------------------- effects

  /** What follows from an event is carried out in its order, also when it leads to another event. */
  #apply(event: OwnershipEvent): void {
    this.#effects.push(...this.#ownership.apply(event, this.#node.nowMs));
    if (this.#isCarryingOut) return;
    this.#isCarryingOut = true;
    for (let next = this.#effects.shift(); next !== undefined; next = this.#effects.shift()) {
      if (this.#world.witness.isTraced) this.#note(JSON.stringify(next));
      this.#carryOut(next);
    }
    this.#isCarryingOut = false;
  }

  #carryOut(effect: OwnershipEffect): void {
    const { witness } = this.#world;
    switch (effect.type) {
      case "claim":
        this.#claim(effect.shards);
        break;
      case "hand_over":
        witness.count("hand_over", effect.shards.length);
        this.#handOver(effect.shards);
        break;
      case "release":
        witness.count("release", effect.claims.length);
        this.#unreleased.push(...effect.claims);
        this.#releaseInTable();
        break;
      case "drop":
        witness.count("drop", effect.shards.length);
        this.#mustReadTable = true;
        this.#node.actors.lose(effect.shards);
        break;
      case "tell":
        this.#world.leases.held(this.#node, effect.claims);
        this.#tell(effect.claims, []);
        break;
      case "moved":
        this.#node.asks.moved(effect.shards);
        break;
    }
  }

  #claim(shards: readonly number[]): void {
    const { lines, database, leases, witness } = this.#world;
    const { id } = this.#node;
    const alive = (this.#registered ?? []).flatMap((node) =>
      node.holdsShards && node.id !== id ? [node.id] : [],
    );
    if (++this.#claims === CLAIMS_MAX) {
      witness.violate("storm", `${id} claims again and again: ${shards.join(", ")}`);
    }
    if (this.#claims >= CLAIMS_MAX) return;
    lines.call(this.#node, "table", {
      effect: () => {
        const owners = database.rows.map(({ owner }) => owner);
        const claims = database.claim(id, shards, alive);
        leases.taken(this.#node, { claims, owners });
        return claims;
      },
      done: (claims) => {
        if (claims.length < shards.length) this.#mustReadTable = true;
        this.#apply({ type: "claimed", wanted: shards, claims });
      },
      failed: () => {
        this.#mustReadTable = true;
        this.#apply({ type: "claim_failed", wanted: shards });
      },
    });
  }

  #handOver(shards: readonly number[]): void {
    const endMs = this.#node.nowMs + limits.handOverMsMax;
    const look = () => {
      if (this.#node.actors.isBusy(shards) && this.#node.nowMs < endMs) {
        this.#node.timer(10, look);
        return;
      }
      this.#node.actors.lose(shards);
      this.#apply({ type: "handed_over", shards });
    };
    this.#node.timer(this.#world.chance.between(1, 150), look);
  }

  #releaseInTable(): void {
    const released = this.#unreleased;
    if (released.length === 0) return;
    this.#unreleased = [];
    const { lines, database } = this.#world;
    lines.call(this.#node, "table", {
      effect: () => database.release(this.#node.id, released),
      done: () => this.#tell([], released),
      failed: () => {
        this.#unreleased.push(...released);
      },
    });
  }

  #withdraw(): void {
    const { lines, database, register } = this.#world;
    const { id } = this.#node;
    const held = this.#ownership.held;
    this.#apply({ type: "forsake" });
    this.#tell([], held);
    const done = () => undefined;
    const failed = done;
    lines.call(this.#node, "table", {
      effect: () => {
        database.release(id, held);
        database.withdraw(id);
      },
      done,
      failed,
    });
    lines.call(this.#node, "register", { effect: () => register.withdraw(id), done, failed });
    this.#node.end();
  }

  #tell(claimed: readonly ShardClaim[], released: readonly ShardClaim[]): void {
    const frame = { type: "shards", card: this.card, claimed, released } as const;
    const known = [...(this.#registered ?? []), ...(this.#leased ?? []), ...this.#others];
    const ids = new Set(known.map(({ id }) => id));
    ids.delete(this.#node.id);
    for (const id of ids) this.#world.lines.send(this.#node, id, { frame });
  }

  #note(text: string): void {
    this.#world.witness.note(`${this.#node.id}: ${text}`);
  }
}
