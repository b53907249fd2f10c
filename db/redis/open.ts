/**
 * Opens Redis: one connection for commands and one that listens (in a cluster, one to each master).
 * Both connect again by themselves; meanwhile every call fails at once instead of waiting.
 */

import { BrokenCircuitError, ConsecutiveBreaker, circuitBreaker, handleWhen } from "cockatiel";
import { type Cluster, Command, type Redis } from "ioredis";
import { type Log, limits, SuiteError } from "../../actors/mod.ts";
import { parseRedisAddress, type RedisAddress } from "./address.ts";
import {
  type ChannelEvents,
  type ChannelNoun,
  type ChannelReceiver,
  type Channels,
  parseChannel,
} from "./channels.ts";
import { connect, connectToMaster, isConnected, isReply } from "./connect.ts";
import { ShardSubscribers } from "./shard_subscribers.ts";
import { Subscriber } from "./subscriber.ts";

/** What takes commands: one server, or a cluster. */
export type RedisCommands = Redis | Cluster;

/** Whether Redis can be used now. */
export type RedisState = "ok" | "down";

/** What opening Redis takes. */
export interface OpenRedisOptions {
  log: Log;
}

/**
 * Opens Redis at an address such as `redis://localhost:6379`; see `parseRedisAddress()`. Waits a
 * moment for it to answer, and goes on without when it does not: it heals later.
 */
export async function openRedis(url: string, options: OpenRedisOptions): Promise<RedisConnection> {
  const connection = new RedisConnection(parseRedisAddress(url), options);
  await connection.ready(limits.redisReadyMsMax);
  return connection;
}

/** The connections of this process to Redis. */
export class RedisConnection {
  readonly isCluster: boolean;
  readonly commands: RedisCommands;
  readonly channels: Channels;
  readonly #address: RedisAddress;
  readonly #log: Log;
  readonly #breaker = circuitBreaker(
    handleWhen((error) => !isReply(error)),
    {
      halfOpenAfter: limits.redisBreakMs,
      breaker: new ConsecutiveBreaker(limits.redisFailuresMax),
    },
  );
  readonly #receivers = new Map<ChannelNoun, ChannelReceiver>();
  readonly #whenUp: (() => void)[] = [];
  readonly #heartbeat: Timer;
  #lastError: unknown = "it closed the connection";
  #state: RedisState | undefined;
  #isClosed = false;

  constructor(address: RedisAddress, { log }: OpenRedisOptions) {
    this.#address = address;
    this.#log = log;
    this.isCluster = address.kind === "cluster";
    this.commands = connect(address, {
      use: "commands",
      failed: (error) => this.#failed(error),
      changed: () => this.#changed(),
    });
    this.channels = this.#openChannels();
    this.#heartbeat = setInterval(() => this.#beat(), limits.redisHeartbeatMs);
    this.#heartbeat.unref();
  }

  /** Whether commands reach Redis and messages arrive. */
  state(): RedisState {
    const isWhole = this.isUp && isConnected(this.commands) && this.channels.isReady;
    return isWhole ? "ok" : "down";
  }

  /** Whether commands are worth a try. */
  get isUp(): boolean {
    return !this.#isClosed && this.commands.status === "ready";
  }

  /** Resolves when Redis can be used, or after so long. */
  ready(timeoutMs: number): Promise<void> {
    if (this.state() === "ok") return Promise.resolve();
    const { promise, resolve } = Promise.withResolvers<void>();
    const timer = setTimeout(() => {
      this.#state ??= "ok";
      this.#changed();
      resolve();
    }, timeoutMs);
    this.onUp(() => {
      clearTimeout(timer);
      resolve();
    });
    return promise;
  }

  /** Calls back whenever Redis can be used again. */
  onUp(callback: () => void): void {
    this.#whenUp.push(callback);
  }

  /**
   * Runs commands. Rejects with `unreachable` whatever the reason, and at once while Redis is away or
   * did not answer several times in a row.
   */
  async run<Value>(ask: (commands: RedisCommands) => Promise<Value>): Promise<Value> {
    if (!this.isUp) throw unreachable(this.#lastError);
    try {
      return await this.#breaker.execute(() => ask(this.commands));
    } catch (error) {
      throw unreachable(error);
    }
  }

  /** Says something on a channel at once; answers how many listen. Fails as `run()` does. */
  publish(channel: string, message: Uint8Array): Promise<number> {
    const name = this.isCluster ? "spublish" : "publish";
    return this.run(
      (commands) =>
        commands.sendCommand(new Command(name, [channel, toBuffer(message)])) as Promise<number>,
    );
  }

  /** The same together with what else is said in this moment, which is cheaper and a bit later. */
  async publishSoon(channel: string, message: Uint8Array): Promise<void> {
    const bytes = toBuffer(message);
    await this.run<unknown>((commands) =>
      this.isCluster ? commands.spublish(channel, bytes) : commands.publish(channel, bytes),
    );
  }

  /** Takes what arrives on all channels of a noun. */
  listen(noun: ChannelNoun, receiver: ChannelReceiver): void {
    this.#receivers.set(noun, receiver);
  }

  /** Another connection, for commands that wait; whoever asks for it closes it. */
  openBlocking(): RedisCommands {
    return connect(this.#address, { use: "blocking", failed: (error) => this.#failed(error) });
  }

  /** Ends the connections; what waits for an answer fails. */
  async close(): Promise<void> {
    if (this.#isClosed) return;
    this.#isClosed = true;
    clearInterval(this.#heartbeat);
    this.channels.close();
    this.commands.disconnect();
    // The driver says the last word in the next moment.
    await Promise.resolve();
  }

  #openChannels(): Channels {
    const events: ChannelEvents = {
      message: (channel, message) => {
        const parsed = parseChannel(channel);
        if (parsed) this.#receivers.get(parsed.noun)?.receive(parsed.name, message);
      },
      resumed: () => {
        for (const receiver of this.#receivers.values()) receiver.resumed();
      },
      changed: () => this.#changed(),
      failed: (error) => this.#failed(error),
    };
    const failed = events.failed;
    if (this.isCluster) {
      return new ShardSubscribers(this.commands as Cluster, {
        events,
        open: (host, its) =>
          new Subscriber(connectToMaster(this.#address, { host, failed }), {
            isSharded: true,
            events: its,
          }),
      });
    }
    const redis = connect(this.#address, { use: "listening", failed }) as Redis;
    return new Subscriber(redis, { isSharded: false, events });
  }

  /** A connection that went silent is noticed because it owes an answer. */
  #beat(): void {
    const { commands } = this;
    const failed = (error: unknown) => this.#failed(error);
    const each = commands.isCluster ? (commands as Cluster).nodes("master") : [commands as Redis];
    for (const redis of each) if (redis.status === "ready") redis.ping().catch(failed);
    this.channels.beat();
  }

  #failed(error: unknown): void {
    this.#lastError = error;
  }

  /** Says once that Redis is away, and once that it is back. */
  #changed(): void {
    if (this.#isClosed) return;
    const before = this.#state;
    const state = this.state();
    // While it opens, nothing has been lost yet.
    if (state === before || (before === undefined && state === "down")) return;
    this.#state = state;
    if (state === "down") this.#log.warn("Redis is away", { error: String(this.#lastError) });
    else if (before === "down") this.#log.info("Redis is back");
    if (state === "ok") for (const callback of this.#whenUp) callback();
  }
}

function toBuffer({ buffer, byteOffset, byteLength }: Uint8Array): Buffer {
  return Buffer.from(buffer, byteOffset, byteLength);
}

function unreachable(cause: unknown): SuiteError {
  const reason = cause instanceof BrokenCircuitError ? "it did not answer" : String(cause);
  return new SuiteError("unreachable", `Cannot reach Redis: ${reason}`, {
    cause,
    retryAfterSeconds: 1,
  });
}
