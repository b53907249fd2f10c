/**
 * The way from node to node: a channel for each. Frames for one node that are there in the same moment
 * travel as one message, and more gather while several messages are on their way, so that a lone ask
 * is sent at once and many share the cost.
 */

import { limits, type NodeId, SuiteError, type Transport } from "../../actors/mod.ts";
import { bundle, bundledBytes, unbundle } from "./bundle.ts";
import { channelOf } from "./channels.ts";
import type { RedisConnection } from "./open.ts";

interface Letter {
  frame: Uint8Array;
  resolve(outcome: "sent" | "unheard"): void;
  reject(error: unknown): void;
}

/** What waits for one node. */
interface Outlet {
  readonly channel: string;
  waiting: Letter[];
  inFlight: number;
}

/** Frames over Redis. */
export class RedisTransport implements Transport {
  readonly #redis: RedisConnection;
  readonly #outlets = new Map<NodeId, Outlet>();
  /** Messages that are redirected might overtake each other, so in a cluster each waits for the last. */
  readonly #inFlightMax: number;
  #unsentBytes = 0;
  #ownChannel: string | undefined;

  constructor(redis: RedisConnection) {
    this.#redis = redis;
    this.#inFlightMax = redis.isCluster ? 1 : limits.bundlesInFlightMax;
  }

  /** Resolves when the channel is heard, or also when Redis is away: then `resumed` follows. */
  async listen(
    node: NodeId,
    receiver: { receive(frame: Uint8Array): void; resumed(): void },
  ): Promise<void> {
    this.#ownChannel = channelOf("node", node);
    this.#redis.listen("node", {
      receive(name, message) {
        if (name !== node) return;
        // One that cannot be taken keeps none of those behind it.
        const failures: unknown[] = [];
        for (const frame of unbundle(message)) {
          try {
            receiver.receive(frame);
          } catch (error) {
            failures.push(error);
          }
        }
        if (failures.length > 0) throw failures[0];
      },
      resumed: () => receiver.resumed(),
    });
    this.#redis.channels.subscribe(this.#ownChannel);
    await this.#redis.channels.settle();
  }

  send(node: NodeId, frame: Uint8Array): Promise<"sent" | "unheard"> {
    if (!this.#isOpen()) {
      return Promise.reject(failure("unreachable", "Cannot reach a node: Redis is away"));
    }
    if (this.#unsentBytes + frame.byteLength > limits.unsentFrameBytesMax) {
      return Promise.reject(failure("busy", "Cannot send to a node: too much waits to be sent"));
    }
    const outlet = this.#outletTo(node);
    this.#unsentBytes += frame.byteLength;
    const { promise, resolve, reject } = Promise.withResolvers<"sent" | "unheard">();
    outlet.waiting.push({ frame, resolve, reject });
    if (outlet.waiting.length === 1) queueMicrotask(() => this.#flush(node, outlet));
    return promise;
  }

  async close(): Promise<void> {
    if (this.#ownChannel === undefined) return;
    this.#redis.channels.unsubscribe(this.#ownChannel);
    this.#ownChannel = undefined;
    await this.#redis.channels.settle();
  }

  /** An answer could not come back while the own channel is not heard. */
  #isOpen(): boolean {
    const { isUp, channels } = this.#redis;
    return isUp && (this.#ownChannel === undefined || channels.hears(this.#ownChannel));
  }

  #outletTo(node: NodeId): Outlet {
    let outlet = this.#outlets.get(node);
    if (outlet === undefined) {
      outlet = { channel: channelOf("node", node), waiting: [], inFlight: 0 };
      this.#outlets.set(node, outlet);
    }
    return outlet;
  }

  #flush(node: NodeId, outlet: Outlet): void {
    while (outlet.waiting.length > 0 && outlet.inFlight < this.#inFlightMax) {
      outlet.inFlight++;
      void this.#post(outlet.channel, takeBundle(outlet)).then(() => {
        outlet.inFlight--;
        this.#flush(node, outlet);
      });
    }
    if (outlet.waiting.length === 0 && outlet.inFlight === 0) this.#outlets.delete(node);
  }

  /** Never rejects: the letters tell their senders. */
  async #post(channel: string, letters: readonly Letter[]): Promise<void> {
    try {
      const listeners = await this.#redis.publish(
        channel,
        bundle(letters.map(({ frame }) => frame)),
      );
      for (const { resolve } of letters) resolve(listeners === 0 ? "unheard" : "sent");
    } catch (error) {
      for (const { reject } of letters) reject(error);
    } finally {
      for (const { frame } of letters) this.#unsentBytes -= frame.byteLength;
    }
  }
}

/** The oldest letters, as many as fit together; at least one. */
function takeBundle(outlet: Outlet): readonly Letter[] {
  let count = 0;
  let bytes = 0;
  for (const { frame } of outlet.waiting) {
    bytes += bundledBytes(frame);
    if (count > 0 && bytes > limits.bundleBytesMax) break;
    count++;
  }
  return outlet.waiting.splice(0, count);
}

function failure(code: "unreachable" | "busy", message: string): SuiteError {
  return new SuiteError(code, message, { retryAfterSeconds: 1 });
}
