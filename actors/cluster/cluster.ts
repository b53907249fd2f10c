/**
 * One node of a cluster: its membership, its way to the other nodes, and the actors that are routed over
 * it. Frames that come in are handed to whom they are for; nothing is decided here.
 */

import type { ActorKind } from "../ids.ts";
import { limits } from "../limits.ts";
import type { Log } from "../ports.ts";
import type { ActorTypes } from "../runtime/behavior.ts";
import type { Clock } from "../runtime/clock.ts";
import type { DeadLetters } from "../runtime/dead_letters.ts";
import type { Territory } from "../runtime/kind.ts";
import type { Actors } from "../runtime/ref.ts";
import type { ActorSystem } from "../runtime/system.ts";
import { PendingAsks } from "./asks.ts";
import { decodeFrame, encodeFrame, type NodeFrame } from "./frames.ts";
import { Member, type MemberReport } from "./member.ts";
import { shardOf } from "./placement.ts";
import type { NodeId, NodeRegister, ShardClaim, ShardTable, Transport } from "./ports.ts";
import { RoutedActors, type Routes } from "./routed_actors.ts";

/** What a node works with. */
export interface ClusterOptions {
  /** What operators call this node. */
  name: string;
  clock: Clock;
  log: Log;
  register: NodeRegister;
  table: ShardTable;
  transport: Transport;
  /** The names of all nodes there may be; undefined where everybody who comes is one. */
  nodeNames?: readonly string[] | undefined;
}

/** What operators see of a node. */
export interface ClusterReport extends MemberReport {
  /** Asks that wait for another node. */
  asks: number;
  /** Frames of an unknown version or kind. */
  unread: number;
}

/** A node. */
export class Cluster implements Routes {
  readonly self: NodeId;
  readonly clock: Clock;
  readonly asks: PendingAsks;
  readonly #options: ClusterOptions;
  readonly #member: Member;
  readonly #kinds = new Map<ActorKind, RoutedActors<ActorTypes>>();
  /** Who waits for a shard to have an owner. */
  readonly #waiting = new Map<number, Set<() => void>>();
  #system: ActorSystem | undefined;
  #unread = 0;
  #cancelRenewal: (() => void) | undefined;

  constructor(options: ClusterOptions) {
    const { clock, log, register, table, name, nodeNames } = options;
    this.#options = options;
    this.self = clock.mintId();
    this.clock = clock;
    this.asks = new PendingAsks(clock);
    const member = {
      id: this.self,
      name,
      clock,
      log,
      register,
      table,
      nodeNames,
      tell: (news: { claimed: readonly ShardClaim[]; released: readonly ShardClaim[] }) =>
        this.#tellEverybody(news),
      onMoved: (shards: readonly number[]) => this.#moved(shards),
      onLost: (nodes: readonly NodeId[]) => this.#lost(nodes),
      onGone: (nodes: readonly NodeId[]) => this.#gone(nodes),
      onReturned: () => this.#returned(),
    };
    this.#member = new Member(member, () => this.#host());
  }

  /** What an actor system may host here. */
  get territory(): Territory {
    return this.#member;
  }

  get deadLetters(): DeadLetters {
    return this.#running().deadLetters;
  }

  /** Routes the actors of a kind that runs in a system of this node. */
  route<T extends ActorTypes>(kind: ActorKind, local: Actors<T>): Actors<T> {
    const routed = new RoutedActors(kind, local, this);
    this.#kinds.set(kind, routed as unknown as RoutedActors<ActorTypes>);
    return routed;
  }

  /** Joins, with the system whose actors move when shards do. */
  async start(system: ActorSystem): Promise<void> {
    this.#system = system;
    await this.#options.transport.listen(this.self, {
      receive: (bytes) => this.#receive(bytes),
      resumed: () => this.#resumed(),
    });
    await this.#member.start();
    this.#scheduleRenewal();
  }

  /** Hands over what lives here; asks go on, to the others. */
  leave(): Promise<void> {
    return this.#member.leave();
  }

  /** Is gone. The system has to be drained before. */
  async stop(): Promise<void> {
    this.#cancelRenewal?.();
    for (const kind of this.#kinds.values()) kind.stop();
    await this.#member.stop();
    this.asks.lose(() => true);
  }

  /** How it stands. */
  report(): ClusterReport {
    return { ...this.#member.report(), asks: this.asks.size, unread: this.#unread };
  }

  /** The node where an actor lives, or would live. */
  nodeOf(address: string): NodeId | undefined {
    return this.#member.placeOf(shardOf(address));
  }

  /** What operators call that node, and what its balancers know it by. */
  nodeNameOf(address: string): string | undefined {
    const id = this.nodeOf(address);
    return id === undefined ? undefined : this.#member.nameOf(id);
  }

  accepts(shard: number): boolean {
    return this.#member.accepts(shard);
  }

  ownerOf(shard: number): NodeId | undefined {
    return this.#member.ownerOf(shard);
  }

  send(node: NodeId, frame: NodeFrame): Promise<"sent" | "unheard"> {
    return this.#options.transport.send(node, encodeFrame(frame));
  }

  moved(shard: number, timeoutMs: number): Promise<void> {
    return new Promise((resolve) => {
      const waiting = this.#waiting.get(shard) ?? new Set();
      this.#waiting.set(shard, waiting);
      const end = () => {
        cancel();
        waiting.delete(end);
        if (waiting.size === 0 && this.#waiting.get(shard) === waiting) this.#waiting.delete(shard);
        resolve();
      };
      const cancel = this.clock.setTimer(timeoutMs, end);
      waiting.add(end);
    });
  }

  #receive(bytes: Uint8Array): void {
    const frame = decodeFrame(bytes);
    if (frame === undefined) {
      this.#unread++;
      return;
    }
    if (frame.type === "reply") this.asks.reply(frame.ask, frame.reply);
    else if (frame.type === "failure") this.asks.fail(frame.ask, frame.failure);
    else if (frame.type === "shards") this.#member.hear(frame);
    else this.#handIn(frame);
  }

  #handIn(frame: Extract<NodeFrame, { kind: ActorKind }>): void {
    const kind = this.#kinds.get(frame.kind);
    if (kind === undefined) this.#unread++;
    else if (frame.type === "ask") void kind.serve(frame);
    else if (frame.type === "tell") kind.take(frame);
    else if (frame.type === "events") kind.hear(frame);
    else if (frame.type === "peers") kind.hearPeers(frame);
    else if (frame.type === "watch") kind.watched(frame);
    else kind.unwatched(frame);
  }

  #tellEverybody(news: { claimed: readonly ShardClaim[]; released: readonly ShardClaim[] }): void {
    const frame: NodeFrame = {
      type: "shards",
      card: this.#member.card,
      claimed: [...news.claimed],
      released: [...news.released],
    };
    // Whoever does not hear it reads it in the table.
    for (const node of this.#member.listeners) this.send(node, frame).catch(() => {});
  }

  #moved(shards: readonly number[]): void {
    const moved = new Set(shards);
    this.asks.lose(({ node, shard }) => {
      const owner = moved.has(shard) ? this.ownerOf(shard) : undefined;
      return (owner !== undefined && owner !== node) || (moved.has(shard) && this.accepts(shard));
    });
    for (const kind of this.#kinds.values()) kind.moved(moved);
    for (const shard of shards) for (const end of [...(this.#waiting.get(shard) ?? [])]) end();
  }

  #lost(nodes: readonly NodeId[]): void {
    this.asks.lose(({ node }) => nodes.includes(node));
  }

  /** Nobody is connected to them anymore; a node that stands aside still has its sockets. */
  #gone(nodes: readonly NodeId[]): void {
    for (const kind of this.#kinds.values()) kind.gone(nodes);
  }

  /** The others may have forgotten what is watched from here. */
  #returned(): void {
    for (const kind of this.#kinds.values()) kind.resumed();
  }

  /** Frames may have been missed: nobody knows which. */
  #resumed(): void {
    this.asks.lose(() => true);
    this.#returned();
  }

  #host() {
    const system = this.#running();
    return {
      move: (shards: ReadonlySet<number>) => system.move((address) => shards.has(shardOf(address))),
      lose: (shards: ReadonlySet<number>) => system.lose((address) => shards.has(shardOf(address))),
    };
  }

  #running(): ActorSystem {
    if (this.#system === undefined) {
      throw new Error("Cannot route: the node was not started with a system");
    }
    return this.#system;
  }

  #scheduleRenewal(): void {
    this.#cancelRenewal = this.clock.setTimer(limits.watchRenewMs, () => {
      for (const kind of this.#kinds.values()) kind.renew();
      this.#scheduleRenewal();
    });
  }
}
