/**
 * Several nodes in one process that share a clock, a store of guest books, a table of shards, a register
 * and a network, each of which a test can take away from one of them.
 */

import {
  ActorSystem,
  type Actors,
  type Batch,
  type BatchResult,
  Cluster,
  type LeasedNode,
  type NodeCard,
  type NodeId,
  type NodeRegister,
  type ShardClaim,
  type ShardRow,
  type ShardTable,
  SuiteError,
  type Transport,
} from "../../actors/mod.ts";
import type { FakeClock } from "./fake_clock.ts";
import {
  type GuestBookChange,
  GuestBookStore,
  type GuestBookTypes,
  guestBooks,
} from "./guest_book.ts";
import { MemoryLog } from "./memory_log.ts";

const SHARDS = 1_024;

/** What can be out of a node's reach. */
export interface Reach {
  register: boolean;
  table: boolean;
  network: boolean;
}

/** What all nodes share. */
export class SharedWorld {
  readonly clock: FakeClock;
  readonly store = new GuestBookStore();
  readonly rows: ShardRow[] = Array.from({ length: SHARDS }, (_, shard) => {
    return { shard, epoch: 0, owner: undefined };
  });
  readonly cards = new Map<NodeId, { card: NodeCard; untilMs: number }>();
  readonly leases = new Map<NodeId, { node: LeasedNode; untilMs: number }>();
  readonly receivers = new Map<
    NodeId,
    { receive(frame: Uint8Array): void; resumed(): void; reach: Reach }
  >();
  /** Frames that were handed over. */
  frames = 0;
  /** Writes that were refused. */
  fenced = 0;

  constructor(clock: FakeClock) {
    this.clock = clock;
  }
}

function assertReach(isReached: boolean, code: "unreachable" | "store_failed"): void {
  if (!isReached) throw new SuiteError(code, "Cannot get through: the cable is out");
}

class SharedRegister implements NodeRegister {
  readonly grantsLeases = true;
  readonly #world: SharedWorld;
  readonly #reach: Reach;

  constructor(world: SharedWorld, reach: Reach) {
    this.#world = world;
    this.#reach = reach;
  }

  async announce(card: NodeCard, leaseMs: number): Promise<void> {
    assertReach(this.#reach.register, "unreachable");
    const untilMs = this.#world.clock.monotonic() + leaseMs;
    this.#world.cards.set(card.id, { card, untilMs });
  }

  async nodes(): Promise<NodeCard[]> {
    assertReach(this.#reach.register, "unreachable");
    const now = this.#world.clock.monotonic();
    return [...this.#world.cards.values()].flatMap(({ card, untilMs }) =>
      untilMs > now ? [card] : [],
    );
  }

  async withdraw(id: NodeId): Promise<void> {
    assertReach(this.#reach.register, "unreachable");
    this.#world.cards.delete(id);
  }
}

class SharedTable implements ShardTable {
  readonly #world: SharedWorld;
  readonly #reach: Reach;

  constructor(world: SharedWorld, reach: Reach) {
    this.#world = world;
    this.#reach = reach;
  }

  async renew(node: LeasedNode, leaseMs: number): Promise<LeasedNode[]> {
    assertReach(this.#reach.table, "store_failed");
    const now = this.#world.clock.monotonic();
    this.#world.leases.set(node.id, { node, untilMs: now + leaseMs });
    return [...this.#world.leases.values()].flatMap((lease) =>
      lease.untilMs > now ? [lease.node] : [],
    );
  }

  async withdraw(id: NodeId): Promise<void> {
    assertReach(this.#reach.table, "store_failed");
    this.#world.leases.delete(id);
  }

  async shards(): Promise<ShardRow[]> {
    assertReach(this.#reach.table, "store_failed");
    return this.#world.rows.map((row) => ({ ...row }));
  }

  async claim(
    node: NodeId,
    shards: readonly number[],
    { alive }: { alive: readonly NodeId[] },
  ): Promise<ShardClaim[]> {
    assertReach(this.#reach.table, "store_failed");
    const now = this.#world.clock.monotonic();
    return shards.flatMap((shard) => {
      const row = this.#world.rows[shard];
      if (row === undefined) return [];
      const { owner } = row;
      const isLeased = owner !== undefined && (this.#world.leases.get(owner)?.untilMs ?? 0) > now;
      const isHeld = owner !== undefined && (isLeased || alive.includes(owner));
      if (isHeld && owner !== node) return [];
      row.owner = node;
      row.epoch++;
      return [{ shard, epoch: row.epoch }];
    });
  }

  async release(node: NodeId, shards: readonly ShardClaim[]): Promise<void> {
    assertReach(this.#reach.table, "store_failed");
    for (const { shard, epoch } of shards) {
      const row = this.#world.rows[shard];
      if (row?.owner === node && row.epoch === epoch) row.owner = undefined;
    }
  }
}

class SharedNetwork implements Transport {
  readonly #world: SharedWorld;
  readonly #reach: Reach;

  constructor(world: SharedWorld, reach: Reach) {
    this.#world = world;
    this.#reach = reach;
  }

  async listen(
    node: NodeId,
    receiver: { receive(frame: Uint8Array): void; resumed(): void },
  ): Promise<void> {
    this.#world.receivers.set(node, Object.assign(receiver, { reach: this.#reach }));
  }

  async send(node: NodeId, frame: Uint8Array): Promise<"sent" | "unheard"> {
    assertReach(this.#reach.network, "unreachable");
    const receiver = this.#world.receivers.get(node);
    if (receiver === undefined) return "unheard";
    this.#world.frames++;
    if (receiver.reach.network) queueMicrotask(() => receiver.receive(frame));
    return "sent";
  }

  async close(): Promise<void> {}
}

/** The books of all nodes, behind the fence. */
class FencedStore extends GuestBookStore {
  readonly #world: SharedWorld;
  readonly #reach: Reach;

  constructor(world: SharedWorld, reach: Reach) {
    super();
    this.#world = world;
    this.#reach = reach;
  }

  override async load(id: string) {
    assertReach(this.#reach.table, "store_failed");
    return this.#world.store.load(id);
  }

  override async commit(batches: readonly Batch<GuestBookChange>[]): Promise<BatchResult[]> {
    assertReach(this.#reach.table, "store_failed");
    const results: BatchResult[] = [];
    for (const batch of batches) results.push(await this.#write(batch));
    return results;
  }

  async #write(batch: Batch<GuestBookChange>): Promise<BatchResult> {
    const { fence } = batch;
    if (fence === undefined) throw new Error("Cannot write: expected a fence, received none");
    if (this.#world.rows[fence.shard]?.epoch !== fence.epoch) {
      this.#world.fenced++;
      return { state: "failed", error: new SuiteError("not_owner", "Cannot write: fenced") };
    }
    const [result] = await this.#world.store.commit([batch]);
    return result ?? { state: "failed", error: new Error("Cannot write: no result") };
  }
}

/** One node. */
export interface GuestBookNode {
  cluster: Cluster;
  system: ActorSystem;
  books: Actors<GuestBookTypes>;
  log: MemoryLog;
  reach: Reach;
  /** Takes it away without a word. */
  kill(): void;
  /** Lets it leave politely. */
  leave(): Promise<void>;
}

/** Starts a node. */
export async function startNode(
  world: SharedWorld,
  name: string,
  options: { nodeNames?: readonly string[] } = {},
): Promise<GuestBookNode> {
  const { clock } = world;
  const log = new MemoryLog();
  const reach: Reach = { register: true, table: true, network: true };
  const transport = new SharedNetwork(world, reach);
  const register = new SharedRegister(world, reach);
  const table = new SharedTable(world, reach);
  const cluster = new Cluster({ name, clock, log, register, table, transport, ...options });
  const system = new ActorSystem({
    clock,
    log,
    territory: cluster.territory,
    limits: { commitGatherMs: 0 },
  });
  const { behavior } = guestBooks();
  const local = system.register(behavior, new FencedStore(world, reach));
  const books = cluster.route("room", local);
  await cluster.start(system);
  return {
    cluster,
    system,
    books,
    log,
    reach,
    kill() {
      Object.assign(reach, { register: false, table: false, network: false });
      world.receivers.delete(cluster.self);
    },
    async leave() {
      await cluster.leave();
      await system.drain();
      await cluster.stop();
      world.receivers.delete(cluster.self);
    },
  };
}
