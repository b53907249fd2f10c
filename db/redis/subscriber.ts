/**
 * The channels that are heard over one connection. It keeps the list itself and not the driver, so
 * that it knows when everything is heard again after a connection was lost.
 */

import type { Redis } from "ioredis";
import { limits } from "../../actors/mod.ts";
import { type ChannelEvents, type Channels, parseChannel } from "./channels.ts";

/** One connection that listens. */
export class Subscriber implements Channels {
  readonly #redis: Redis;
  readonly #isSharded: boolean;
  readonly #events: ChannelEvents;
  readonly #wanted = new Set<string>();
  /** Channels that were asked for or given up since the last command. */
  readonly #changed = new Set<string>();
  #isReady = false;
  #settling: Promise<void> | undefined;

  /** Sharded channels (`SSUBSCRIBE`) stay within their part of a cluster. */
  constructor(redis: Redis, options: { isSharded: boolean; events: ChannelEvents }) {
    this.#redis = redis;
    this.#isSharded = options.isSharded;
    this.#events = options.events;
    redis.on("ready", () => void this.#subscribeAll());
    redis.on("close", () => this.#setReady(false));
    redis.on(options.isSharded ? "smessageBuffer" : "messageBuffer", (channel, message) =>
      this.#events.message(channel.toString(), message),
    );
  }

  get isReady(): boolean {
    return this.#isReady;
  }

  hears(channel: string): boolean {
    return this.#isReady && this.#wanted.has(channel);
  }

  /** The channels that were asked for. */
  get channels(): ReadonlySet<string> {
    return this.#wanted;
  }

  subscribe(channel: string): void {
    this.#wanted.add(channel);
    this.#change(channel);
  }

  unsubscribe(channel: string): void {
    this.#wanted.delete(channel);
    this.#change(channel);
  }

  async settle(): Promise<void> {
    while (this.#settling !== undefined) await this.#settling;
  }

  beat(): void {
    if (this.#redis.status === "ready") this.#redis.ping().catch(this.#events.failed);
  }

  close(): void {
    this.#redis.disconnect();
  }

  /** What is asked for in one moment shares a command. */
  #change(channel: string): void {
    this.#changed.add(channel);
    this.#settling ??= this.#applyChanges().finally(() => {
      this.#settling = undefined;
    });
  }

  async #applyChanges(): Promise<void> {
    do {
      await Promise.resolve();
      const changed = [...this.#changed];
      this.#changed.clear();
      // Whoever connects subscribes to everything that is wanted by then.
      if (this.#redis.status !== "ready") return;
      await this.#try(async () => {
        await this.#send(
          true,
          changed.filter((channel) => this.#wanted.has(channel)),
        );
        await this.#send(
          false,
          changed.filter((channel) => !this.#wanted.has(channel)),
        );
      });
    } while (this.#changed.size > 0);
  }

  async #subscribeAll(): Promise<void> {
    const hasMissed = this.#wanted.size > 0;
    const isDone = await this.#try(() => this.#send(true, [...this.#wanted]));
    if (!isDone || this.#redis.status !== "ready") return;
    this.#setReady(true);
    if (hasMissed) this.#events.resumed();
  }

  async #send(isWanted: boolean, channels: readonly string[]): Promise<void> {
    for (const some of this.#batches(channels)) {
      if (this.#isSharded) {
        await (isWanted ? this.#redis.ssubscribe(...some) : this.#redis.sunsubscribe(...some));
      } else {
        await (isWanted ? this.#redis.subscribe(...some) : this.#redis.unsubscribe(...some));
      }
    }
  }

  /** One command takes so many channels, and in a cluster those of one bucket only. */
  *#batches(channels: readonly string[]): Generator<readonly string[]> {
    const groups = this.#isSharded
      ? Map.groupBy(channels, (channel) => parseChannel(channel)?.bucket).values()
      : [channels];
    for (const group of groups) {
      for (let start = 0; start < group.length; start += limits.channelsPerCommandMax) {
        yield group.slice(start, start + limits.channelsPerCommandMax);
      }
    }
  }

  /** What could not be said leaves it open what is heard, so the connection begins anew. */
  async #try(send: () => Promise<void>): Promise<boolean> {
    try {
      await send();
      return true;
    } catch (error) {
      this.#events.failed(error);
      if (this.#redis.status === "ready") this.#redis.disconnect(true);
      return false;
    }
  }

  #setReady(isReady: boolean): void {
    if (this.#isReady === isReady) return;
    this.#isReady = isReady;
    this.#events.changed();
  }
}
