/**
 * All actors of one kind, wherever in the cluster they live. What is owned here is asked here; the rest
 * goes to its owner's node, and again to whoever owns it then, until there is an answer or no time left.
 */

import { SuiteError } from "../errors.ts";
import { type ActorKind, isId } from "../ids.ts";
import { limits } from "../limits.ts";
import type { ActorTypes } from "../runtime/behavior.ts";
import { type Clock, pause } from "../runtime/clock.ts";
import type { DeadLetters } from "../runtime/dead_letters.ts";
import type { Actors, AskOptions, TellOptions, Watch, Watcher } from "../runtime/ref.ts";
import type { Listener } from "../runtime/subscribers.ts";
import type { AskEnd, PendingAsks } from "./asks.ts";
import type { NodeFrame } from "./frames.ts";
import { sharder } from "./placement.ts";
import type { NodeId } from "./ports.ts";
import { type AskFact, redispatch } from "./redispatch.ts";
import { RemoteWatchers } from "./remote_watchers.ts";

/** What routing needs to know of the cluster. */
export interface Routes {
  readonly self: NodeId;
  readonly clock: Clock;
  readonly asks: PendingAsks;
  readonly deadLetters: DeadLetters;
  accepts(shard: number): boolean;
  ownerOf(shard: number): NodeId | undefined;
  /** Sends a frame; rejects when the way is broken. */
  send(node: NodeId, frame: NodeFrame): Promise<"sent" | "unheard">;
  /** Resolves when the shard has another owner, or after so long. */
  moved(shard: number, timeoutMs: number): Promise<void>;
}

/** The watchers of one actor on this node. */
interface LocalWatch<Event> {
  readonly shard: number;
  readonly watchers: Set<Watcher<Event>>;
  presence: unknown;
  /** Who was asked to send events, when that is another node. */
  owner: NodeId | undefined;
  stop(): void;
}

/** The routed actors of one kind. */
export class RoutedActors<T extends ActorTypes> implements Actors<T> {
  readonly #kind: ActorKind;
  readonly #local: Actors<T>;
  readonly #routes: Routes;
  readonly #watches = new Map<string, LocalWatch<T["event"]>>();
  readonly #remote: RemoteWatchers;
  #isStopped = false;
  readonly #peersTimers = new Map<string, () => void>();
  readonly #shardOf: (id: string) => number;

  constructor(kind: ActorKind, local: Actors<T>, routes: Routes) {
    this.#kind = kind;
    this.#shardOf = sharder(kind);
    this.#local = local;
    this.#routes = routes;
    this.#remote = new RemoteWatchers({
      clock: routes.clock,
      subscribe: (id, hear) => local.subscribe(id, (_, events) => hear(events)),
      sendEvents: (node, id, events) =>
        this.#send(node, { type: "events", kind, id, events: [...events] }),
      peersChanged: (id) => this.#tellPeersSoon(id),
    });
  }

  // ------------------------------------------------------------------------------------ asks

  ask(id: string, operation: T["operation"], options: AskOptions = {}): Promise<T["reply"]> {
    const shard = this.#shardOf(id);
    if (!this.#routes.accepts(shard)) return this.#dispatch({ id, shard, operation, options });
    return this.#local.ask(id, operation, options).catch((error: unknown) => {
      if (!isNotOwner(error)) throw error;
      return this.#dispatch({ id, shard, operation, options });
    });
  }

  tell(id: string, operation: T["operation"], options: TellOptions = {}): void {
    const shard = this.#shardOf(id);
    const { lane = "user", from: sender = "" } = options;
    const owner = this.#routes.ownerOf(shard);
    if (this.#routes.accepts(shard)) this.#local.tell(id, operation, options);
    else if (owner !== undefined) {
      const frame: NodeFrame = { type: "tell", kind: this.#kind, id, operation, lane, sender };
      this.#send(owner, frame, operation);
    } else this.#bury(id, operation, "Cannot deliver: no node owns the address");
  }

  async #dispatch(request: {
    id: string;
    shard: number;
    operation: T["operation"];
    options: AskOptions;
  }): Promise<T["reply"]> {
    const { shard, options } = request;
    const untilMs = this.#routes.clock.monotonic() + (options.timeoutMs ?? limits.askMsMax);
    for (let attempts = 1; ; attempts++) {
      const leftMs = untilMs - this.#routes.clock.monotonic();
      const end = await this.#attempt(request, leftMs);
      if (end.type === "reply") return end.reply as T["reply"];
      if (end.type === "failure") throw end.error;
      const left = untilMs - this.#routes.clock.monotonic();
      const next = redispatch(end.fact, { attempts, leftMs: left, limits });
      if (next.type === "fail") throw this.#failure(request.id, end.fact, next.code);
      await this.#routes.moved(shard, next.delayMs);
    }
  }

  /** One try, at whoever owns the actor now. */
  async #attempt(
    request: { id: string; shard: number; operation: T["operation"]; options: AskOptions },
    leftMs: number,
  ): Promise<AskEnd> {
    const { id, shard, operation, options } = request;
    const { lane = "user", from: sender = "" } = options;
    const timeoutMs = Math.max(0, leftMs);
    if (this.#routes.accepts(shard)) {
      return this.#askHere(id, operation, { timeoutMs, lane, from: sender });
    }
    const owner = this.#routes.ownerOf(shard);
    if (owner === undefined) return { type: "fact", fact: "no_owner" };
    return this.#routes.asks.start({ node: owner, shard, timeoutMs }, (ask) =>
      this.#routes.send(owner, {
        type: "ask",
        from: this.#routes.self,
        ask,
        kind: this.#kind,
        id,
        operation,
        timeoutMs,
        lane,
        sender,
      }),
    );
  }

  async #askHere(id: string, operation: T["operation"], options: AskOptions): Promise<AskEnd> {
    try {
      return { type: "reply", reply: await this.#local.ask(id, operation, options) };
    } catch (error) {
      if (isNotOwner(error)) return { type: "fact", fact: "not_owner" };
      throw error;
    }
  }

  #failure(id: string, fact: AskFact, code: SuiteError["code"]): SuiteError {
    const why: Record<AskFact, string> = {
      no_owner: "no node owns it",
      not_owner: "it moved too often",
      unheard: "its node does not listen",
      owner_lost: "its node was lost",
      unreachable: "other nodes cannot be reached from here",
      timed_out: "its node did not answer in time",
    };
    const message = `Cannot reach "${this.#kind}:${id}": ${why[fact]}`;
    return new SuiteError(code, message, { retryAfterSeconds: 1 });
  }

  /** Answers an ask of another node. */
  async serve(frame: Extract<NodeFrame, { type: "ask" }>): Promise<void> {
    const { from, ask, id, operation, timeoutMs, lane, sender } = frame;
    const untilMs = this.#routes.clock.monotonic() + timeoutMs;
    try {
      if (!isId(id) || !this.#routes.accepts(this.#shardOf(id))) throw notOwner();
      const reply = await this.#local.ask(id, operation, { timeoutMs, lane, from: sender });
      void this.#answer(from, { type: "reply", ask, reply }, untilMs);
    } catch (error) {
      void this.#answer(from, { type: "failure", ask, failure: toFailure(error) }, untilMs);
    }
  }

  /**
   * Whoever asked waits, and does not know that the way back is broken: an answer is sent again until it
   * is too late for it. Of two that arrive the second is dropped.
   */
  async #answer(to: NodeId, frame: NodeFrame, untilMs: number): Promise<void> {
    const { clock } = this.#routes;
    for (let delayMs: number = limits.redispatchMs; ; delayMs *= 2) {
      try {
        await this.#routes.send(to, frame);
        return;
      } catch {
        const waitMs = Math.min(delayMs, limits.redispatchMsMax);
        if (this.#isStopped || clock.monotonic() + waitMs >= untilMs) return;
        await pause(clock, waitMs);
      }
    }
  }

  /** Hands in what another node tells. */
  take({ id, operation, lane, sender }: Extract<NodeFrame, { type: "tell" }>): void {
    if (isId(id) && this.#routes.accepts(this.#shardOf(id))) {
      this.#local.tell(id, operation, { lane, from: sender });
    } else this.#bury(id, operation, "Cannot deliver: the actor lives on another node");
  }

  // --------------------------------------------------------------------------------- watches

  subscribe(id: string, listener: Listener<T["event"]>): () => void {
    return this.#local.subscribe(id, listener);
  }

  observe(listener: Listener<T["event"]>): () => void {
    return this.#local.observe(listener);
  }

  isActive(id: string): boolean {
    return this.#local.isActive(id);
  }

  watch(id: string, watcher: Watcher<T["event"]>): Watch {
    const watch = this.#watches.get(id) ?? this.#startWatch(id);
    watch.watchers.add(watcher);
    return {
      announce: (presence) => {
        watch.presence = presence;
        if (watch.owner !== undefined) this.#sendWatches(watch.owner, [[id, presence]]);
        else this.#tellPeersSoon(id);
      },
      stop: () => {
        watch.watchers.delete(watcher);
        if (watch.watchers.size === 0 && this.#watches.get(id) === watch)
          this.#stopWatch(id, watch);
      },
    };
  }

  #startWatch(id: string): LocalWatch<T["event"]> {
    const shard = this.#shardOf(id);
    const watchers = new Set<Watcher<T["event"]>>();
    // Also where the actor lives elsewhere: it may move here at any moment.
    const stop = this.#local.subscribe(id, (_, events) => {
      for (const watcher of watchers) watcher.hear(events);
    });
    const owner = this.#routes.ownerOf(shard);
    const watch = { shard, watchers, presence: undefined, owner, stop };
    this.#watches.set(id, watch);
    if (owner !== undefined) this.#sendWatches(owner, [[id, undefined]]);
    else this.#tellPeersSoon(id);
    return watch;
  }

  #stopWatch(id: string, watch: LocalWatch<T["event"]>): void {
    watch.stop();
    this.#watches.delete(id);
    if (watch.owner === undefined) this.#tellPeersSoon(id);
    else
      this.#send(watch.owner, {
        type: "unwatch",
        from: this.#routes.self,
        kind: this.#kind,
        ids: [id],
      });
  }

  /** Shards have other owners: what is watched in them is watched there from now on. */
  moved(shards: ReadonlySet<number>): void {
    const byOwner = new Map<NodeId, [string, unknown][]>();
    const affected: LocalWatch<T["event"]>[] = [];
    for (const [id, watch] of this.#watches) {
      if (!shards.has(watch.shard)) continue;
      watch.owner = this.#routes.ownerOf(watch.shard);
      affected.push(watch);
      if (watch.owner === undefined) this.#tellPeersSoon(id);
      else push(byOwner, watch.owner, [id, watch.presence]);
    }
    for (const [owner, watches] of byOwner) this.#sendWatches(owner, watches);
    // Behind the watches, so that what is asked now is answered after they are known there.
    for (const watch of affected) {
      if (watch.owner === undefined && !this.#routes.accepts(watch.shard)) continue;
      for (const watcher of watch.watchers) watcher.missed();
    }
  }

  /** Frames may have been missed, from anybody. */
  resumed(): void {
    this.moved(new Set([...this.#watches.values()].map(({ shard }) => shard)));
  }

  /** Tells again what is watched, and forgets who does not. */
  renew(): void {
    this.#remote.sweep();
    const byOwner = new Map<NodeId, [string, unknown][]>();
    for (const [id, { owner, presence }] of this.#watches) {
      if (owner !== undefined) push(byOwner, owner, [id, presence]);
    }
    for (const [owner, watches] of byOwner) this.#sendWatches(owner, watches);
  }

  /** Another node watches actors of this one. */
  watched({ from, watches }: Extract<NodeFrame, { type: "watch" }>): void {
    for (const [id, presence] of watches) if (isId(id)) this.#remote.add(from, id, presence);
  }

  /** Another node does so no longer. */
  unwatched({ from, ids }: Extract<NodeFrame, { type: "unwatch" }>): void {
    for (const id of ids) this.#remote.remove(from, id);
  }

  /** An actor of another node told something. */
  hear({ id, events }: Extract<NodeFrame, { type: "events" }>): void {
    for (const watcher of this.#watches.get(id)?.watchers ?? []) {
      watcher.hear(events as T["event"][]);
    }
  }

  /** Who watches an actor of another node. */
  hearPeers({ id, peers }: Extract<NodeFrame, { type: "peers" }>): void {
    const watch = this.#watches.get(id);
    if (watch?.owner === undefined) return;
    const presences = peers.flatMap(([node, presence]) =>
      node === this.#routes.self || presence == null ? [] : [presence],
    );
    for (const watcher of watch.watchers) watcher.peers(presences);
  }

  /** Nodes are gone. */
  gone(nodes: readonly NodeId[]): void {
    this.#remote.forget(nodes);
  }

  /** Tells nobody anymore. */
  stop(): void {
    this.#isStopped = true;
    for (const cancel of this.#peersTimers.values()) cancel();
    this.#peersTimers.clear();
  }

  /** Many come at once when an actor moves: they are told of each other once. */
  #tellPeersSoon(id: string): void {
    if (this.#peersTimers.has(id)) return;
    const cancel = this.#routes.clock.setTimer(limits.peersDelayMs, () => {
      this.#peersTimers.delete(id);
      this.#tellPeers(id);
    });
    this.#peersTimers.set(id, cancel);
  }

  #tellPeers(id: string): void {
    const watch = this.#watches.get(id);
    const remote = this.#remote.nodes(id);
    const here: [NodeId, unknown] = [this.#routes.self, watch?.presence];
    for (const [node] of remote) {
      this.#send(node, { type: "peers", kind: this.#kind, id, peers: [here, ...remote] });
    }
    if (watch === undefined || watch.owner !== undefined) return;
    const presences = remote.flatMap(([, presence]) => (presence == null ? [] : [presence]));
    for (const watcher of watch.watchers) watcher.peers(presences);
  }

  #sendWatches(owner: NodeId, watches: readonly [string, unknown][]): void {
    for (let i = 0; i < watches.length; i += limits.watchesPerFrameMax) {
      this.#send(owner, {
        type: "watch",
        from: this.#routes.self,
        kind: this.#kind,
        watches: watches.slice(i, i + limits.watchesPerFrameMax),
      });
    }
  }

  // ------------------------------------------------------------------------------------ ways

  /** Sends without waiting; what is lost is told again, asked again, or a dead letter. */
  #send(node: NodeId, frame: NodeFrame, operation?: T["operation"]): void {
    this.#routes.send(node, frame).catch(() => {
      if (frame.type === "tell") this.#bury(frame.id, operation, "Cannot deliver: no way there");
    });
  }

  #bury(id: string, operation: unknown, message: string): void {
    this.#routes.deadLetters.add(`${this.#kind}:${id}`, operation, {
      reason: "unreachable",
      message,
    });
  }
}

function push<Key, Value>(map: Map<Key, Value[]>, key: Key, value: Value): void {
  const list = map.get(key);
  if (list) list.push(value);
  else map.set(key, [value]);
}

function notOwner(): SuiteError {
  return new SuiteError("not_owner", "Cannot answer: the actor lives on another node");
}

function isNotOwner(error: unknown): boolean {
  return error instanceof SuiteError && error.code === "not_owner";
}

function toFailure(error: unknown) {
  if (error instanceof SuiteError) {
    const { code, message, retryAfterSeconds, field } = error;
    return { code, message, retryAfterSeconds, field };
  }
  const message = error instanceof Error ? error.message : String(error);
  return { code: "crashed" as const, message, retryAfterSeconds: undefined, field: undefined };
}
