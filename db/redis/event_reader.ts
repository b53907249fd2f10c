/** Reads the stream of events for one group, whenever it is this node's turn. */

import {
  EventConsumer,
  type EventConsumerTools,
  type EventHandler,
  limits,
} from "../../actors/mod.ts";
import { isConnected } from "./connect.ts";
import { EventHand } from "./event_hand.ts";
import { acknowledge, claimPending, ensureGroup, leaveGroup, readNew } from "./event_log.ts";
import { Lease } from "./lease.ts";
import type { RedisCommands, RedisConnection } from "./open.ts";

/** Who reads, and what for. */
export interface EventReaderOptions extends EventConsumerTools {
  group: string;
  consumer: string;
  handler: EventHandler;
}

/** One group's reader on this node. */
export class EventReader {
  readonly #redis: RedisConnection;
  readonly #options: EventReaderOptions;
  readonly #lease: Lease;
  readonly #consumer: EventConsumer;
  readonly #hand: EventHand;
  /** There while this node has its turn. */
  #connection: RedisCommands | undefined;
  /** Whether the group is there and what others left was taken over. */
  #isPrepared = false;
  #isTroubled = false;
  #isStopped = false;
  #endPause: (() => void) | undefined;
  #running: Promise<void> | undefined;

  constructor(redis: RedisConnection, options: EventReaderOptions) {
    const { group, consumer, handler, clock } = options;
    this.#redis = redis;
    this.#options = options;
    this.#lease = new Lease(redis, { key: `suite:events:reader:${group}`, holder: consumer });
    this.#consumer = new EventConsumer(group, handler, options);
    this.#hand = new EventHand({
      consumer: this.#consumer,
      clock,
      done: ({ id }) => acknowledge(redis, group, id),
    });
  }

  /** What is parked is tried again by every node, whichever reads. */
  start(): void {
    this.#consumer.start();
    this.#running ??= this.#run();
  }

  /** Lets handlers that run come to their end, and leaves the rest to another node at once. */
  async stop(): Promise<void> {
    this.#isStopped = true;
    this.#endPause?.();
    this.#disconnect();
    await this.#running;
    await Promise.all([this.#hand.stop(), this.#consumer.stop()]);
    try {
      await leaveGroup(this.#redis, this.#options);
      await this.#lease.release();
    } catch {
      // The lease ends by itself, and whoever has it next takes over.
    }
  }

  async #run(): Promise<void> {
    while (!this.#isStopped) {
      try {
        await this.#step();
        this.#isTroubled = false;
      } catch (error) {
        // Redis is away, or came back without the group. Both mend with the next steps.
        this.#isPrepared = false;
        if (!this.#isTroubled && !this.#isStopped) this.#warn(error);
        this.#isTroubled = true;
        await this.#pause(limits.redisRetryMsMax);
      }
    }
  }

  async #step(): Promise<void> {
    if (!(await this.#lease.hold(limits.eventLeaseMs))) {
      this.#isPrepared = false;
      this.#disconnect();
      await this.#pause(limits.eventBlockMs);
      return;
    }
    this.#connection ??= this.#redis.openBlocking();
    if (!this.#isPrepared) await this.#prepare();
    if (!isConnected(this.#connection)) await this.#pause(limits.redisRetryMs);
    else if (this.#hand.room <= 0) await this.#hand.change(limits.eventBlockMs);
    else await this.#read(this.#connection);
  }

  async #prepare(): Promise<void> {
    const { group, consumer } = this.#options;
    await ensureGroup(this.#redis, group);
    const entries = await claimPending(this.#redis, { group, consumer, inHand: this.#hand });
    for (const entry of entries) this.#hand.take(entry);
    this.#isPrepared = true;
  }

  async #read(connection: RedisCommands): Promise<void> {
    const { clock } = this.#options;
    const count = Math.min(limits.eventsReadMax, this.#hand.room);
    const startedMs = clock.monotonic();
    const entries = await readNew(connection, { ...this.#options, count });
    for (const entry of entries) this.#hand.take(entry);
    // The driver answers for a server that says nothing; the connection is broken then.
    const isLate =
      clock.monotonic() - startedMs > limits.eventBlockMs + limits.redisCommandMsMax / 2;
    if (entries.length === 0 && isLate) this.#disconnect();
  }

  #warn(error: unknown): void {
    const { log, group } = this.#options;
    log.warn("Cannot read events", { group, error: String(error) });
  }

  #disconnect(): void {
    this.#connection?.disconnect();
    this.#connection = undefined;
  }

  async #pause(delayMs: number): Promise<void> {
    if (this.#isStopped) return;
    const { promise, resolve } = Promise.withResolvers<void>();
    const cancel = this.#options.clock.setTimer(delayMs, resolve);
    this.#endPause = resolve;
    await promise;
    cancel();
  }
}
