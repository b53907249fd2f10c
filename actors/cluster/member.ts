/**
 * Keeps this node a member of the cluster: renews its lease in Redis and in Postgres, looks who else is
 * there, and carries out what `ownership.ts` decides.
 *
 * Two witnesses say that a node lives: its card in the register, and its lease in the table. Either is
 * enough, so that the loss of one takes nothing from anybody. A node that alone does not see what the
 * others see is useless as an owner, and stands aside: without the register nobody can reach it, so it
 * hands over what it has; without the table it cannot write, so it gives everything up at once.
 */

import { SuiteError } from "../errors.ts";
import type { Address } from "../ids.ts";
import { limits } from "../limits.ts";
import type { Log } from "../ports.ts";
import type { Fence } from "../runtime/behavior.ts";
import { type Clock, pause } from "../runtime/clock.ts";
import type { Territory } from "../runtime/kind.ts";
import { Ownership, type OwnershipEffect, type OwnershipEvent } from "./ownership.ts";
import { shardOf } from "./placement.ts";
import type {
  LeasedNode,
  NodeCard,
  NodeId,
  NodeRegister,
  ShardClaim,
  ShardTable,
} from "./ports.ts";

/** What becomes of the actors of shards that come and go. */
export interface Host {
  /** Lets the actors of shards finish and leave. */
  move(shards: ReadonlySet<number>): Promise<void>;
  /** Throws them out. */
  lose(shards: ReadonlySet<number>): void;
}

/** What a member works with. */
export interface MemberOptions {
  id: NodeId;
  name: string;
  clock: Clock;
  log: Log;
  register: NodeRegister;
  table: ShardTable;
  /** The names of all nodes there may be; undefined where everybody who comes is one. */
  nodeNames?: readonly string[] | undefined;
  /** Tells every other node what is owned here now. */
  tell(news: { claimed: readonly ShardClaim[]; released: readonly ShardClaim[] }): void;
  /** Whoever asks for these shards should look again. */
  onMoved(shards: readonly number[]): void;
  /** Nodes that were there own nothing anymore. */
  onLost(nodes: readonly NodeId[]): void;
  /** Nodes that were there are gone; one that stands aside is not. */
  onGone(nodes: readonly NodeId[]): void;
  /** Others may have taken this node for gone, and it is there again. */
  onReturned(): void;
}

/** What operators see of a member. */
export interface MemberReport {
  id: NodeId;
  name: string;
  /** `aside` when it sees less than the others and therefore owns nothing. */
  standing: "member" | "leaving" | "aside";
  seesRegister: boolean;
  seesTable: boolean;
  shards: number;
  nodes: { id: NodeId; name: string; takesShards: boolean }[];
}

/** One node's membership. */
export class Member implements Territory {
  readonly #options: MemberOptions;
  readonly #ownership: Ownership;
  readonly #host: () => Host;
  #registered: NodeCard[] | undefined;
  #leased: LeasedNode[] | undefined;
  #others: { id: NodeId; name: string; takesShards: boolean }[] = [];
  /** Everybody who was there when it was looked last, whether it owns something or not. */
  #seen: ReadonlySet<NodeId> = new Set();
  #isLeaving = false;
  #isStopped = false;
  /** Since when others see the register, or the table, and this node does not. */
  #registerBlindMs: number | undefined;
  #tableBlindMs: number | undefined;
  /** It has given everything up, because the others can reach the table and it cannot. */
  #isForsaken = false;
  #tableReadMs = Number.NEGATIVE_INFINITY;
  #mustReadTable = true;
  /** Shards that are given up here and not yet in the table. */
  #unreleased: ShardClaim[] = [];
  readonly #cancels = new Map<string, () => void>();

  /** `host` is asked for when it is needed: it needs the member itself. */
  constructor(options: MemberOptions, host: () => Host) {
    this.#options = options;
    this.#host = host;
    this.#ownership = new Ownership(options.id, {
      shards: limits.shardsMax,
      movingMax: limits.shardsMovingMax,
    });
  }

  /** What this node says of itself. */
  get card(): NodeCard {
    const { id, name } = this.#options;
    return {
      id,
      name,
      takesShards: !this.#isLeaving && !this.#isForsaken && !this.#isIsolated(),
      holdsShards: !this.#isForsaken,
      seesTable: this.#leased !== undefined,
    };
  }

  /** How it stands. */
  report(): MemberReport {
    const { id, name, takesShards } = this.card;
    return {
      id,
      name,
      standing: this.#isLeaving ? "leaving" : takesShards ? "member" : "aside",
      seesRegister: this.#registered !== undefined,
      seesTable: this.#leased !== undefined,
      shards: this.#ownership.held.length,
      nodes: [{ id, name, takesShards }, ...this.#others],
    };
  }

  /** What operators call a node that is there. */
  nameOf(id: NodeId): string | undefined {
    if (id === this.#options.id) return this.#options.name;
    return this.#others.find((node) => node.id === id)?.name;
  }

  /** The other nodes that can be told something; also those that stand aside. */
  get listeners(): Iterable<NodeId> {
    const known = [...(this.#registered ?? []), ...(this.#leased ?? []), ...this.#others];
    const ids = new Set(known.map(({ id }) => id));
    ids.delete(this.#options.id);
    return ids;
  }

  fenceOf(address: Address): Fence | undefined {
    const shard = shardOf(address);
    const epoch = this.#ownership.epochOf(shard, this.#now());
    return epoch === undefined ? undefined : { shard, epoch };
  }

  fenced({ shard, epoch }: Fence): void {
    this.#mustReadTable = true;
    this.#apply({ type: "fenced", shard, epoch });
  }

  /** Whether operations for a shard are taken here. */
  accepts(shard: number): boolean {
    return this.#ownership.accepts(shard, this.#now());
  }

  /** The other node that owns a shard, as far as is known. */
  ownerOf(shard: number): NodeId | undefined {
    return this.#ownership.ownerOf(shard);
  }

  /** The node that owns a shard or should. */
  placeOf(shard: number): NodeId | undefined {
    if (this.accepts(shard)) return this.#options.id;
    return this.ownerOf(shard) ?? this.#ownership.placeOf(shard);
  }

  /** Joins; resolves when the first look around is over and the first claims are on their way. */
  async start(): Promise<void> {
    await Promise.all([this.#renewInTable(), this.#renewInRegister()]);
    this.#look();
    await this.#readTable();
    this.#repeat("register", limits.leaseRenewMs, () => this.#renewInRegister());
    this.#repeat("table", limits.leaseRenewMs, () => this.#renewInTable());
  }

  /**
   * Takes no more shards and hands over what it has; resolves when all is handed over, or at once when
   * there is nobody to take it, or when it takes too long.
   */
  async leave(): Promise<void> {
    this.#isLeaving = true;
    this.#options.tell({ claimed: [], released: [] });
    this.#look();
    await Promise.all([this.#renewInRegister(), this.#renewInTable()]);
    const untilMs = this.#now() + limits.handOverMsMax * 2;
    while (this.#ownership.held.length > 0 && this.#hasTaker() && this.#now() < untilMs) {
      await pause(this.#options.clock, limits.redispatchMs);
    }
    await this.#releaseInTable();
  }

  /** Gives up everything and is gone. */
  async stop(): Promise<void> {
    this.#isStopped = true;
    for (const cancel of this.#cancels.values()) cancel();
    const { id, register, table } = this.#options;
    const held = this.#ownership.held;
    this.#unreleased.push(...held);
    this.#apply({ type: "forsake" });
    await this.#releaseInTable();
    if (held.length > 0) this.#options.tell({ claimed: [], released: held });
    await Promise.allSettled([register.withdraw(id), table.withdraw(id)]);
  }

  /** Another node says what it owns, and whether it takes more. */
  hear(news: { card: NodeCard; claimed: ShardClaim[]; released: ShardClaim[] }): void {
    const { card, claimed, released } = news;
    const isKnown = this.#others.some(({ id }) => id === card.id);
    this.#registered = replaced(this.#registered, card);
    this.#leased = this.#leased?.map((node) =>
      node.id === card.id ? { ...node, takesShards: card.takesShards } : node,
    );
    if (!isKnown) this.#mustReadTable = true;
    this.#look();
    this.#apply({ type: "told", owner: card.id, claimed, released });
  }

  // ------------------------------------------------------------------------------- witnesses

  async #renewInRegister(): Promise<void> {
    const { register, log } = this.#options;
    const sentMs = this.#now();
    const saw = this.#registered !== undefined;
    try {
      await this.#inTime(register.announce(this.card, limits.leaseMs));
      const nodes = await this.#inTime(register.nodes());
      this.#registered = nodes.filter(({ name }) => this.#isExpected(name));
      if (register.grantsLeases) this.#renewed(sentMs);
    } catch (error) {
      this.#registered = undefined;
      if (saw) log.warn("cannot reach the register of nodes", { error: String(error) });
    }
    this.#look();
  }

  async #renewInTable(): Promise<void> {
    const { table, log } = this.#options;
    const { id, name, takesShards } = this.card;
    const sentMs = this.#now();
    const saw = this.#leased !== undefined;
    const seesRegister = this.#registered !== undefined;
    try {
      const renewal = table.renew({ id, name, takesShards, seesRegister }, limits.leaseMs);
      const nodes = await this.#inTime(renewal);
      this.#leased = nodes.filter((node) => this.#isExpected(node.name));
      this.#isForsaken = false;
      this.#renewed(sentMs);
    } catch (error) {
      this.#leased = undefined;
      if (saw) log.warn("cannot reach the table of shards", { error: String(error) });
    }
    this.#look();
    await this.#releaseInTable();
    const isDue = this.#now() - this.#tableReadMs >= limits.shardTableReadMs;
    if (this.#mustReadTable || isDue || this.#ownership.misses) await this.#readTable();
  }

  #isExpected(name: string): boolean {
    const { nodeNames } = this.#options;
    return nodeNames === undefined || nodeNames.includes(name);
  }

  #renewed(sentMs: number): void {
    if (this.#isForsaken || this.#isStopped) return;
    const wasAway = !this.#ownership.isLeased(this.#now());
    this.#apply({ type: "renewed", untilMs: sentMs + limits.leaseMs - limits.leaseMarginMs });
    if (wasAway) this.#options.onReturned();
  }

  async #readTable(): Promise<void> {
    if (this.#leased === undefined || this.#isStopped) return;
    this.#mustReadTable = false;
    this.#tableReadMs = this.#now();
    try {
      const rows = await this.#inTime(this.#options.table.shards());
      this.#apply({ type: "rows", rows });
    } catch {
      // The next renewal says what is wrong, and this is tried again.
      this.#mustReadTable = true;
    }
  }

  /** Puts together what both witnesses say. */
  #look(): void {
    const { id } = this.#options;
    this.#noticeBlindness();
    // Who can ask neither keeps what was seen last: there is nothing it could do about it anyway.
    if (this.#registered === undefined && this.#leased === undefined) {
      this.#apply({ type: "tick" });
      return;
    }
    const nodes = new Map<NodeId, { id: NodeId; name: string; takesShards: boolean }>();
    for (const node of this.#leased ?? []) nodes.set(node.id, node);
    for (const node of this.#registered ?? []) {
      if (node.holdsShards) nodes.set(node.id, node);
      else nodes.delete(node.id);
    }
    nodes.delete(id);
    const lost = this.#others.filter((node) => !nodes.has(node.id)).map((node) => node.id);
    const isChanged = lost.length > 0 || nodes.size !== this.#others.length;
    if (isChanged) this.#mustReadTable = true;
    this.#others = [...nodes.values()].map(({ id, name, takesShards }) => ({
      id,
      name,
      takesShards,
    }));
    this.#apply({ type: "nodes", nodes: [this.card, ...this.#others] });
    if (lost.length > 0) this.#options.onLost(lost);
    this.#noticeGone();
  }

  #noticeGone(): void {
    const seen = [...(this.#registered ?? []), ...(this.#leased ?? [])].map((node) => node.id);
    const gone = [...this.#seen].filter((id) => !seen.includes(id));
    this.#seen = new Set(seen);
    if (gone.length > 0) this.#options.onGone(gone);
  }

  /** Others may be a moment behind or ahead: only what stays so is taken for the truth. */
  #noticeBlindness(): void {
    const { id, log } = this.#options;
    const othersSeeRegister = this.#leased?.some((node) => node.id !== id && node.seesRegister);
    const othersSeeTable = this.#registered?.some((node) => node.id !== id && node.seesTable);
    const isRegisterBlind = this.#registered === undefined && othersSeeRegister === true;
    const isTableBlind = this.#leased === undefined && othersSeeTable === true;
    this.#registerBlindMs = isRegisterBlind ? (this.#registerBlindMs ?? this.#now()) : undefined;
    this.#tableBlindMs = isTableBlind ? (this.#tableBlindMs ?? this.#now()) : undefined;
    if (this.#isForsaken || !this.#isBlindSince(this.#tableBlindMs)) return;
    log.warn("stands aside: only this node does not reach the database");
    this.#isForsaken = true;
    this.#apply({ type: "forsake" });
    void this.#renewInRegister();
  }

  #isIsolated(): boolean {
    return this.#isBlindSince(this.#registerBlindMs);
  }

  #isBlindSince(sinceMs: number | undefined): boolean {
    return sinceMs !== undefined && this.#now() - sinceMs >= limits.isolationMs;
  }

  #hasTaker(): boolean {
    return this.#others.some(({ takesShards }) => takesShards);
  }

  // --------------------------------------------------------------------------------- effects

  #apply(event: OwnershipEvent): void {
    for (const effect of this.#ownership.apply(event, this.#now())) this.#carryOut(effect);
  }

  #carryOut(effect: OwnershipEffect): void {
    switch (effect.type) {
      case "claim":
        void this.#claim(effect.shards);
        break;
      case "hand_over":
        void this.#handOver(effect.shards);
        break;
      case "release":
        this.#unreleased.push(...effect.claims);
        void this.#releaseInTable();
        break;
      case "drop":
        this.#mustReadTable = true;
        this.#host().lose(new Set(effect.shards));
        break;
      case "tell":
        this.#options.tell({ claimed: effect.claims, released: [] });
        break;
      case "moved":
        this.#options.onMoved(effect.shards);
        break;
    }
  }

  async #claim(shards: readonly number[]): Promise<void> {
    const { id, table } = this.#options;
    const alive = (this.#registered ?? []).flatMap((node) =>
      node.holdsShards && node.id !== id ? [node.id] : [],
    );
    try {
      const claims = await this.#inTime(table.claim(id, shards, { alive }));
      if (claims.length < shards.length) this.#mustReadTable = true;
      this.#apply({ type: "claimed", wanted: shards, claims });
    } catch {
      // Whether it was claimed is in the table; the next look will tell.
      this.#mustReadTable = true;
      this.#apply({ type: "claim_failed", wanted: shards });
    }
  }

  async #handOver(shards: readonly number[]): Promise<void> {
    const moving = new Set(shards);
    const host = this.#host();
    const { promise: isLate, resolve } = Promise.withResolvers<void>();
    const cancel = this.#options.clock.setTimer(limits.handOverMsMax, resolve);
    await Promise.race([host.move(moving), isLate]);
    cancel();
    // Whatever is still at work is thrown out: its writes may come through, but no later ones.
    host.lose(moving);
    this.#apply({ type: "handed_over", shards });
  }

  async #releaseInTable(): Promise<void> {
    const released = this.#unreleased;
    if (released.length === 0) return;
    this.#unreleased = [];
    try {
      await this.#inTime(this.#options.table.release(this.#options.id, released));
      this.#options.tell({ claimed: [], released });
    } catch {
      this.#unreleased.push(...released);
    }
  }

  // ------------------------------------------------------------------------------------ time

  #repeat(name: string, everyMs: number, run: () => Promise<void>): void {
    if (this.#isStopped) return;
    const cancel = this.#options.clock.setTimer(everyMs, () => {
      void run().finally(() => this.#repeat(name, everyMs, run));
    });
    this.#cancels.set(name, cancel);
  }

  /** A call that hangs is one that failed: whatever it did shows in what is read next. */
  #inTime<Value>(call: Promise<Value>): Promise<Value> {
    const { promise, resolve, reject } = Promise.withResolvers<Value>();
    const cancel = this.#options.clock.setTimer(limits.leaseCallMsMax, () => {
      reject(new SuiteError("unreachable", "Cannot wait: the answer took too long"));
    });
    call.then(resolve, reject).finally(cancel);
    return promise;
  }

  #now(): number {
    return this.#options.clock.monotonic();
  }
}

function replaced(cards: NodeCard[] | undefined, card: NodeCard): NodeCard[] | undefined {
  if (cards === undefined) return undefined;
  return [...cards.filter(({ id }) => id !== card.id), card];
}
