/**
 * Which shards a node owns, and what it does about it: a state that moves only by events, and effects
 * for somebody else to carry out. No I/O and no clock; times are monotonic and arrive in the events.
 *
 * - A shard is **held** from the moment its claim is answered until it is given up or lost. Only what
 *   is held, under a lease that is good, is worked on here.
 * - Every node computes the same placement from the same nodes. Whoever should own a shard claims it
 *   when nobody does; whoever holds one that should be elsewhere hands it over: its actors finish and
 *   leave, and only then it is released. So a shard that moves has an owner but for a moment.
 * - The lease is shorter here than elsewhere. When it cannot be renewed everything is dropped before
 *   others may take it; should a node be stopped in between, the epoch in the table refuses its writes.
 */

import { place } from "./placement.ts";
import type { NodeCard, NodeId, ShardClaim, ShardRow } from "./ports.ts";

/** A node as it is placed on. */
export type PlacedNode = Pick<NodeCard, "id" | "takesShards">;

/** What can happen. */
export type OwnershipEvent =
  /** The lease was renewed; it is good until then. */
  | { type: "renewed"; untilMs: number }
  /** Who is alive: those whose shards nobody may take. */
  | { type: "nodes"; nodes: readonly PlacedNode[] }
  /** The table as it was read. */
  | { type: "rows"; rows: readonly ShardRow[] }
  /** Another node says what it has claimed and released. */
  | { type: "told"; owner: NodeId; claimed: readonly ShardClaim[]; released: readonly ShardClaim[] }
  /** The table answered a claim. */
  | { type: "claimed"; wanted: readonly number[]; claims: readonly ShardClaim[] }
  /** The table did not answer; it may have claimed all the same. */
  | { type: "claim_failed"; wanted: readonly number[] }
  /** The actors of these shards are gone from here. */
  | { type: "handed_over"; shards: readonly number[] }
  /** A write was refused: somebody else has a newer epoch. */
  | { type: "fenced"; shard: number; epoch: number }
  /** Time has passed. */
  | { type: "tick" }
  /** The node is cut off in a way that makes it useless as an owner: it gives up what it has at once. */
  | { type: "forsake" };

/** What follows. */
export type OwnershipEffect =
  /** Ask the table for shards. */
  | { type: "claim"; shards: readonly number[] }
  /** Let the actors of these shards finish and leave, then say `handed_over`. */
  | { type: "hand_over"; shards: readonly number[] }
  /** Give shards up in the table and tell the others. */
  | { type: "release"; claims: readonly ShardClaim[] }
  /** Throw the actors of these shards out at once: they are somebody else's, or may be. */
  | { type: "drop"; shards: readonly number[] }
  /** Tell the others what is held here now. */
  | { type: "tell"; claims: readonly ShardClaim[] }
  /** Whoever asks for these shards should look again. */
  | { type: "moved"; shards: readonly number[] };

interface Held {
  epoch: number;
  isLeaving: boolean;
}

/** What one node knows about shards. */
export class Ownership {
  readonly #self: NodeId;
  readonly #shards: number;
  readonly #movingMax: number;
  readonly #held = new Map<number, Held>();
  /** What the table is being asked for; `void` when the lease ended meanwhile: the answer is too old. */
  readonly #claiming = new Map<number, "good" | "void">();
  /** What was asked for in vain; it is not asked for again before something new is known of it. */
  readonly #refused = new Set<number>();
  /** The newest epoch that was heard of, and whose it is; every shard once something is known. */
  readonly #known = new Map<number, { owner: NodeId | undefined; epoch: number }>();
  #nodes: readonly PlacedNode[] = [];
  #alive: ReadonlySet<NodeId> = new Set();
  #placement: readonly (NodeId | undefined)[] = [];
  #placedOn = "";
  #leaseUntilMs = Number.NEGATIVE_INFINITY;
  /**
   * Nothing is claimed before the table was read: it says who is at home already. What was read under
   * a lease that is over is out of date.
   */
  #hasRead = false;

  /** Of so many shards in all, hands over at most `movingMax` at a time. */
  constructor(self: NodeId, options: { shards: number; movingMax: number }) {
    this.#self = self;
    this.#shards = options.shards;
    this.#movingMax = options.movingMax;
  }

  /** The epoch under which a shard is worked on here, or undefined when it is not. */
  epochOf(shard: number, nowMs: number): number | undefined {
    return nowMs < this.#leaseUntilMs ? this.#held.get(shard)?.epoch : undefined;
  }

  /** As `epochOf`, but not for shards that are being handed over: they take nothing new. */
  accepts(shard: number, nowMs: number): boolean {
    const held = this.#held.get(shard);
    return held !== undefined && !held.isLeaving && nowMs < this.#leaseUntilMs;
  }

  /** Whether the lease is good. */
  isLeased(nowMs: number): boolean {
    return nowMs < this.#leaseUntilMs;
  }

  /** The other node that owns a shard, as far as is known; undefined when it is not alive. */
  ownerOf(shard: number): NodeId | undefined {
    const owner = this.#known.get(shard)?.owner;
    return owner !== undefined && owner !== this.#self && this.#alive.has(owner)
      ? owner
      : undefined;
  }

  /** The node that should own a shard. */
  placeOf(shard: number): NodeId | undefined {
    return this.#placement[shard];
  }

  /** The shards that are held, with their epochs. */
  get held(): ShardClaim[] {
    return [...this.#held].map(([shard, { epoch }]) => ({ shard, epoch }));
  }

  /** Whether there are shards that this node should own and does not. */
  get misses(): boolean {
    if (!this.#isMember()) return false;
    return this.#placement.some((owner, shard) => owner === this.#self && !this.#held.has(shard));
  }

  /** Moves the state, and says what follows. */
  apply(event: OwnershipEvent, nowMs: number): OwnershipEffect[] {
    const effects: OwnershipEffect[] = [];
    if (nowMs >= this.#leaseUntilMs) this.#lapse(effects);
    this.#take(event, nowMs, effects);
    if (nowMs < this.#leaseUntilMs) this.#settle(effects);
    return effects;
  }

  #take(event: OwnershipEvent, nowMs: number, effects: OwnershipEffect[]): void {
    switch (event.type) {
      case "renewed":
        this.#leaseUntilMs = Math.max(this.#leaseUntilMs, event.untilMs);
        break;
      case "nodes":
        this.#see(event.nodes, effects);
        break;
      case "rows":
        this.#hasRead = true;
        this.#refused.clear();
        this.#learn(event.rows, effects);
        break;
      case "told": {
        const { owner, claimed, released } = event;
        this.#learn(
          [
            ...claimed.map((claim) => ({ ...claim, owner })),
            ...released.map((claim) => ({ ...claim, owner: undefined })),
          ],
          effects,
        );
        break;
      }
      case "claimed":
        this.#hold(event, nowMs, effects);
        break;
      case "claim_failed":
        this.#hold({ wanted: event.wanted, claims: [] }, nowMs, effects);
        break;
      case "handed_over":
        this.#release(event.shards, effects);
        break;
      case "fenced":
        if (this.#held.get(event.shard)?.epoch === event.epoch) this.#drop([event.shard], effects);
        break;
      case "forsake":
        this.#leaseUntilMs = Number.NEGATIVE_INFINITY;
        this.#lapse(effects);
        break;
      case "tick":
        break;
    }
  }

  #see(nodes: readonly PlacedNode[], effects: OwnershipEffect[]): void {
    const alive = new Set(nodes.map(({ id }) => id));
    const lost = [...this.#alive].filter((id) => !alive.has(id));
    this.#nodes = nodes;
    this.#alive = alive;
    const takers = nodes.flatMap(({ id, takesShards }) => (takesShards ? [id] : [])).sort();
    const key = takers.join();
    if (key !== this.#placedOn) {
      this.#placedOn = key;
      this.#placement = place(takers, this.#shards);
    }
    const orphans: number[] = [];
    for (const [shard, { owner }] of this.#known) {
      if (owner !== undefined && lost.includes(owner)) orphans.push(shard);
    }
    if (orphans.length > 0) effects.push({ type: "moved", shards: orphans });
  }

  /** Takes what is newer than what is known; what is as old confirms it, or says that it was released. */
  #learn(rows: readonly ShardRow[], effects: OwnershipEffect[]): void {
    const moved: number[] = [];
    const lost: number[] = [];
    for (const { shard, epoch, owner } of rows) {
      const known = this.#known.get(shard);
      if (known !== undefined && epoch < known.epoch) continue;
      // What was released stays so, unless it is ours: then the release may have failed.
      const isRelic = owner === this.#self && !this.#held.has(shard);
      if (known?.epoch === epoch && known.owner === undefined && !isRelic) continue;
      if (known?.epoch === epoch && known.owner === owner) continue;
      const held = this.#held.get(shard);
      if (held !== undefined && held.epoch === epoch) continue;
      this.#known.set(shard, { owner, epoch });
      this.#refused.delete(shard);
      if (held !== undefined) lost.push(shard);
      else moved.push(shard);
    }
    if (moved.length > 0) effects.push({ type: "moved", shards: moved });
    this.#drop(lost, effects);
  }

  #hold(
    { wanted, claims }: { wanted: readonly number[]; claims: readonly ShardClaim[] },
    nowMs: number,
    effects: OwnershipEffect[],
  ): void {
    const isVoid = new Set(wanted.filter((shard) => this.#claiming.get(shard) === "void"));
    for (const shard of wanted) {
      this.#claiming.delete(shard);
      this.#refused.add(shard);
    }
    const held: ShardClaim[] = [];
    for (const { shard, epoch } of claims) {
      this.#refused.delete(shard);
      const known = this.#known.get(shard);
      if (known !== undefined && epoch < known.epoch) continue;
      this.#known.set(shard, { owner: this.#self, epoch });
      // An answer that comes after the lease is void: others may have it by now.
      if (isVoid.has(shard) || nowMs >= this.#leaseUntilMs) continue;
      this.#held.set(shard, { epoch, isLeaving: false });
      held.push({ shard, epoch });
    }
    if (held.length === 0) return;
    effects.push({ type: "tell", claims: held });
    effects.push({ type: "moved", shards: held.map(({ shard }) => shard) });
  }

  #release(shards: readonly number[], effects: OwnershipEffect[]): void {
    const claims: ShardClaim[] = [];
    for (const shard of shards) {
      const held = this.#held.get(shard);
      if (!held?.isLeaving) continue;
      this.#held.delete(shard);
      this.#known.set(shard, { owner: undefined, epoch: held.epoch });
      claims.push({ shard, epoch: held.epoch });
    }
    if (claims.length > 0) effects.push({ type: "release", claims });
  }

  /** The lease is over: others may have by now what is held here, and what is being claimed. */
  #lapse(effects: OwnershipEffect[]): void {
    this.#hasRead = false;
    this.#drop([...this.#held.keys()], effects);
    for (const shard of this.#claiming.keys()) this.#claiming.set(shard, "void");
  }

  /** Loses shards without a word to the table: it knows already, or will when the lease is over. */
  #drop(shards: readonly number[], effects: OwnershipEffect[]): void {
    if (shards.length === 0) return;
    for (const shard of shards) this.#held.delete(shard);
    effects.push({ type: "drop", shards });
    effects.push({ type: "moved", shards });
  }

  /** Claims what should be here and is nobody's, and hands over what should be elsewhere. */
  #settle(effects: OwnershipEffect[]): void {
    const claim: number[] = [];
    const leave: number[] = [];
    const relics: ShardClaim[] = [];
    let moving = 0;
    for (const { isLeaving } of this.#held.values()) if (isLeaving) moving++;
    for (const [shard, owner] of this.#placement.entries()) {
      const held = this.#held.get(shard);
      if (held !== undefined) {
        const belongsElsewhere = owner !== undefined && owner !== this.#self;
        if (!belongsElsewhere || held.isLeaving || moving >= this.#movingMax) continue;
        held.isLeaving = true;
        moving++;
        leave.push(shard);
      } else if (owner === this.#self && this.#mayClaim(shard)) {
        this.#claiming.set(shard, "good");
        claim.push(shard);
      } else if (owner !== undefined && owner !== this.#self) this.#forget(shard, relics);
    }
    if (relics.length > 0) effects.push({ type: "release", claims: relics });
    if (leave.length > 0) effects.push({ type: "hand_over", shards: leave });
    if (claim.length > 0) effects.push({ type: "claim", shards: claim });
  }

  /**
   * A shard that is this node's in the table and is not held: its claim was never answered, or it was
   * lost with the lease. As long as this node lives nobody else can claim it, so it is given up.
   */
  #forget(shard: number, relics: ShardClaim[]): void {
    const known = this.#known.get(shard);
    if (known?.owner !== this.#self || this.#claiming.has(shard)) return;
    this.#known.set(shard, { owner: undefined, epoch: known.epoch });
    relics.push({ shard, epoch: known.epoch });
  }

  #mayClaim(shard: number): boolean {
    if (!this.#hasRead || this.#claiming.has(shard) || this.#refused.has(shard)) return false;
    return this.ownerOf(shard) === undefined;
  }

  #isMember(): boolean {
    return this.#nodes.some(({ id, takesShards }) => id === this.#self && takesShards);
  }
}
