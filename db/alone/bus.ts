/** What a process needs that is alone, in place of what nodes share over Redis. */

import type { Clock, SharedFacts, TopicBus } from "../../actors/mod.ts";

/** No other nodes: there is nobody to tell, and nothing to hear. */
export class AloneTopicBus implements TopicBus {
  readonly isAlone = true;

  subscribe(): void {}
  unsubscribe(): void {}
  publish(): void {}
  async isHeard(): Promise<boolean> {
    return false;
  }
  listen(): void {}
  async close(): Promise<void> {}
}

interface Fact<Value> {
  value: Value;
  until: number;
}

/** Facts in the memory of this process. */
export class MemorySharedFacts implements SharedFacts {
  readonly #clock: Clock;
  readonly #present = new Map<string, Fact<string[]>>();
  readonly #changed = new Map<string, Fact<number>>();

  constructor(clock: Clock) {
    this.#clock = clock;
  }

  async setPresent(documentId: string, userIds: readonly string[], ttlMs: number): Promise<void> {
    if (userIds.length === 0) this.#present.delete(documentId);
    else this.#remember(this.#present, documentId, [...userIds], ttlMs);
  }

  async present(documentIds: readonly string[]): Promise<Map<string, string[]>> {
    const present = new Map<string, string[]>();
    for (const id of documentIds) {
      const userIds = this.#recall(this.#present, id);
      if (userIds !== undefined) present.set(id, [...userIds]);
    }
    return present;
  }

  async markChanged(topics: readonly string[], at: number, ttlMs: number): Promise<void> {
    for (const topic of topics) this.#remember(this.#changed, topic, at, ttlMs);
  }

  async changedAt(topic: string): Promise<number | undefined> {
    return this.#recall(this.#changed, topic);
  }

  /** The oldest are looked at first, so what nobody asks for does not stay. */
  #remember<Value>(
    facts: Map<string, Fact<Value>>,
    key: string,
    value: Value,
    ttlMs: number,
  ): void {
    const now = this.#clock.now();
    facts.delete(key);
    facts.set(key, { value, until: now + ttlMs });
    for (const [oldest, { until }] of facts) {
      if (until > now) break;
      facts.delete(oldest);
    }
  }

  #recall<Value>(facts: ReadonlyMap<string, Fact<Value>>, key: string): Value | undefined {
    const fact = facts.get(key);
    return fact !== undefined && fact.until > this.#clock.now() ? fact.value : undefined;
  }
}
