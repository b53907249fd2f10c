/**
 * Text for the sockets of other nodes: a channel for each topic, so that only nodes which watch it
 * hear of it. A tag in front of each message says which process it came from, since Redis also
 * brings a process what it said itself.
 */

import { limits, type TopicBus } from "../../actors/mod.ts";
import { channelOf } from "./channels.ts";
import type { RedisConnection } from "./open.ts";

const TAG_BYTES = 8;

/** Topics over Redis. */
export class RedisTopicBus implements TopicBus {
  readonly #redis: RedisConnection;
  readonly #tag = crypto.getRandomValues(new Uint8Array(TAG_BYTES));
  readonly #encoder = new TextEncoder();
  readonly #decoder = new TextDecoder();
  #unsentBytes = 0;
  #lost = 0;
  #isClosed = false;

  constructor(redis: RedisConnection) {
    this.#redis = redis;
  }

  /** How many texts could not be told. */
  get lost(): number {
    return this.#lost;
  }

  subscribe(topic: string): void {
    if (!this.#isClosed) this.#redis.channels.subscribe(channelOf("topic", topic));
  }

  unsubscribe(topic: string): void {
    if (!this.#isClosed) this.#redis.channels.unsubscribe(channelOf("topic", topic));
  }

  publish(topic: string, text: string): void {
    const message = new Uint8Array(TAG_BYTES + text.length * 3);
    message.set(this.#tag);
    const { written } = this.#encoder.encodeInto(text, message.subarray(TAG_BYTES));
    void this.#post(channelOf("topic", topic), message.subarray(0, TAG_BYTES + written));
  }

  /** Says nothing on the topic, and is told by Redis how many have heard it. */
  async isHeard(topic: string): Promise<boolean> {
    return (await this.#redis.publish(channelOf("topic", topic), this.#tag)) > 0;
  }

  listen(receiver: { receive(topic: string, text: string): void; resumed(): void }): void {
    this.#redis.listen("topic", {
      receive: (topic, message) => {
        if (this.#isClosed || this.#isOwn(message) || message.length <= TAG_BYTES) return;
        receiver.receive(topic, this.#decoder.decode(message.subarray(TAG_BYTES)));
      },
      resumed: () => {
        if (!this.#isClosed) receiver.resumed();
      },
    });
  }

  /** Falls silent; the channels end with the connection. */
  async close(): Promise<void> {
    this.#isClosed = true;
  }

  #isOwn(message: Uint8Array): boolean {
    return this.#tag.every((byte, index) => byte === message[index]);
  }

  async #post(channel: string, message: Uint8Array): Promise<void> {
    const bytes = message.byteLength;
    if (this.#isClosed || this.#unsentBytes + bytes > limits.unsentFrameBytesMax) {
      this.#lost++;
      return;
    }
    this.#unsentBytes += bytes;
    try {
      await this.#redis.publishSoon(channel, message);
    } catch {
      this.#lost++;
    } finally {
      this.#unsentBytes -= bytes;
    }
  }
}
