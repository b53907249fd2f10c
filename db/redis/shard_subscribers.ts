/**
 * Channels in a cluster: each lives on the server that has its slot, so there is one listening
 * connection for every master, and channels follow their slots when those move.
 */

import { type Cluster, Command } from "ioredis";
import { limits } from "../../actors/mod.ts";
import { type ChannelEvents, type Channels, parseChannel } from "./channels.ts";
import type { Subscriber } from "./subscriber.ts";

/** Opens a listening connection to one master; `host` is its "host:port". */
export type OpenSubscriber = (host: string, events: ChannelEvents) => Subscriber;

/** The listening connections to a cluster. */
export class ShardSubscribers implements Channels {
  readonly #cluster: Cluster;
  readonly #open: OpenSubscriber;
  readonly #events: ChannelEvents;
  readonly #subscribers = new Map<string, Subscriber>();
  readonly #wanted = new Set<string>();
  /** Which master has a slot; empty until a master was asked. */
  #masters: (string | undefined)[] = [];
  #lastReply = "";
  #isReady = false;
  #isStale = false;
  #refreshing: Promise<void> | undefined;
  readonly #timer: Timer;

  constructor(cluster: Cluster, options: { open: OpenSubscriber; events: ChannelEvents }) {
    this.#cluster = cluster;
    this.#open = options.open;
    this.#events = options.events;
    cluster.on("ready", () => void this.refresh());
    cluster.on("+node", () => void this.refresh());
    this.#timer = setInterval(() => void this.refresh(), limits.redisHeartbeatMs);
    this.#timer.unref();
  }

  get isReady(): boolean {
    return this.#isReady;
  }

  hears(channel: string): boolean {
    return this.#subscriberOf(channel)?.hears(channel) ?? false;
  }

  subscribe(channel: string): void {
    this.#wanted.add(channel);
    this.#subscriberOf(channel)?.subscribe(channel);
  }

  unsubscribe(channel: string): void {
    this.#wanted.delete(channel);
    this.#subscriberOf(channel)?.unsubscribe(channel);
  }

  async settle(): Promise<void> {
    await this.#refreshing;
    await this.#settleAll();
  }

  beat(): void {
    for (const subscriber of this.#subscribers.values()) subscriber.beat();
  }

  close(): void {
    clearInterval(this.#timer);
    this.#masters = [];
    for (const subscriber of this.#subscribers.values()) subscriber.close();
    this.#subscribers.clear();
    this.#isReady = false;
  }

  /** Asks who has which slot, and lets the channels of slots that have moved follow. */
  refresh(): Promise<void> {
    this.#isStale = true;
    this.#refreshing ??= this.#refreshAll().finally(() => {
      this.#refreshing = undefined;
    });
    return this.#refreshing;
  }

  /** Again when it was asked for meanwhile: the answer may be from before. */
  async #refreshAll(): Promise<void> {
    while (this.#isStale) {
      this.#isStale = false;
      await this.#refresh();
    }
  }

  async #refresh(): Promise<void> {
    if (this.#cluster.status !== "ready") return;
    try {
      const reply = await this.#cluster.cluster("SLOTS");
      const text = JSON.stringify(reply);
      if (text === this.#lastReply) return;
      this.#lastReply = text;
      this.#masters = readSlots(reply);
    } catch (error) {
      this.#events.failed(error);
      return;
    }
    this.#connectAll(new Set(this.#masters.filter((host) => host !== undefined)));
    this.#update();
    if (this.#wanted.size === 0) return;
    this.#follow();
    await this.#settleAll();
    this.#events.resumed();
  }

  #connectAll(hosts: ReadonlySet<string>): void {
    for (const [host, subscriber] of this.#subscribers) {
      if (hosts.has(host)) continue;
      subscriber.close();
      this.#subscribers.delete(host);
    }
    for (const host of hosts) {
      if (!this.#subscribers.has(host)) this.#subscribers.set(host, this.#connect(host));
    }
  }

  #connect(host: string): Subscriber {
    return this.#open(host, {
      ...this.#events,
      changed: () => this.#update(),
      failed: (error) => {
        this.#events.failed(error);
        if (String(error).includes("MOVED")) void this.refresh();
      },
    });
  }

  /** Brings every channel to the master that has it now. */
  #follow(): void {
    for (const channel of this.#wanted) {
      const subscriber = this.#subscriberOf(channel);
      for (const other of this.#subscribers.values()) {
        // The server ends subscriptions to what it gave away; saying so as well does no harm.
        if (other !== subscriber && other.channels.has(channel)) other.unsubscribe(channel);
      }
      if (!subscriber?.channels.has(channel)) subscriber?.subscribe(channel);
    }
  }

  async #settleAll(): Promise<void> {
    await Promise.all([...this.#subscribers.values()].map((subscriber) => subscriber.settle()));
  }

  #subscriberOf(channel: string): Subscriber | undefined {
    const host = this.#masters[slotOf(channel)];
    return host === undefined ? undefined : this.#subscribers.get(host);
  }

  #update(): void {
    const subscribers = [...this.#subscribers.values()];
    const isReady = subscribers.length > 0 && subscribers.every(({ isReady }) => isReady);
    if (isReady === this.#isReady) return;
    this.#isReady = isReady;
    this.#events.changed();
  }
}

const slots = new Map<string, number>();

/** All channels of a bucket share a slot. */
function slotOf(channel: string): number {
  const key = parseChannel(channel)?.bucket ?? channel;
  let slot = slots.get(key);
  if (slot === undefined) {
    slot = new Command("get", [key]).getSlot();
    slots.set(key, slot);
  }
  return slot;
}

/** `CLUSTER SLOTS`: ranges, each with its master first: `[first, last, [host, port, …], …]`. */
function readSlots(reply: unknown): (string | undefined)[] {
  const masters: (string | undefined)[] = [];
  for (const range of reply as [number, number, [string, number]][]) {
    const [first, last, [host, port]] = range;
    masters.length = Math.max(masters.length, last + 1);
    masters.fill(`${host}:${port}`, first, last + 1);
  }
  return masters;
}
