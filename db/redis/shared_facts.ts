/**
 * Facts of the moment in Redis. Who is in a document is a hash with a field for each node, which says
 * until when it holds by the nodes' clocks; a mark is a key that expires. Both are conveniences: when
 * Redis is away nobody waits for them, and answers say that they cannot be known.
 */

import { type Clock, limits, type NodeId, type SharedFacts } from "../../actors/mod.ts";
import type { RedisCommands, RedisConnection } from "./open.ts";

const presenceKey = (documentId: string) => `suite:present:${documentId}`;
const markKey = (topic: string) => `suite:changed:${topic}`;

interface Mark {
  at: number;
  ttlMs: number;
}

interface Presence {
  userIds: string[];
  until: number;
}

/** Facts that nodes share over Redis. */
export class RedisSharedFacts implements SharedFacts {
  readonly #redis: RedisConnection;
  readonly #nodeId: NodeId;
  readonly #clock: Clock;
  /** Marks that could not be written yet; others must not believe for long that nothing changed. */
  readonly #unwritten = new Map<string, Mark>();
  /** Until then a missing mark tells nothing: Redis may have come back without those it had. */
  #uncertainUntil = 0;

  constructor(redis: RedisConnection, options: { nodeId: NodeId; clock: Clock }) {
    this.#redis = redis;
    this.#nodeId = options.nodeId;
    this.#clock = options.clock;
    redis.onUp(() => {
      this.#uncertainUntil = this.#clock.now() + limits.factsUncertainMs;
      void this.#writeMarks();
    });
  }

  async setPresent(documentId: string, userIds: readonly string[], ttlMs: number): Promise<void> {
    const key = presenceKey(documentId);
    const presence = { userIds, until: this.#clock.now() + ttlMs };
    await this.#try(async (commands) => {
      if (userIds.length === 0) return await commands.hdel(key, this.#nodeId);
      return await Promise.all([
        commands.hset(key, this.#nodeId, JSON.stringify(presence)),
        commands.pexpire(key, ttlMs),
      ]);
    });
  }

  async present(documentIds: readonly string[]): Promise<Map<string, string[]>> {
    const hashes = await this.#try((commands) =>
      Promise.all(documentIds.map((id) => commands.hgetall(presenceKey(id)))),
    );
    const present = new Map<string, string[]>();
    for (const [index, hash] of (hashes ?? []).entries()) {
      const id = documentIds[index] ?? "";
      const userIds = this.#readPresence(id, hash);
      if (userIds.length > 0) present.set(id, userIds);
    }
    return present;
  }

  async markChanged(topics: readonly string[], at: number, ttlMs: number): Promise<void> {
    for (const topic of topics) {
      // The latest are kept when there are too many; the oldest are the first to be forgotten anyway.
      this.#unwritten.delete(topic);
      this.#unwritten.set(topic, { at, ttlMs });
      const [oldest] = this.#unwritten.keys();
      if (this.#unwritten.size > limits.factsUnwrittenMax) this.#unwritten.delete(oldest ?? "");
    }
    await this.#writeMarks();
  }

  async changedAt(topic: string): Promise<number | undefined> {
    const mark = await this.#try(async (commands) => ({ at: await commands.get(markKey(topic)) }));
    if (mark === undefined) return Number.POSITIVE_INFINITY;
    if (mark.at !== null) return Number(mark.at);
    // Commands are answered a moment before the connection as a whole counts as back.
    const isUncertain = this.#redis.state() !== "ok" || this.#clock.now() < this.#uncertainUntil;
    return isUncertain ? Number.POSITIVE_INFINITY : undefined;
  }

  #readPresence(documentId: string, hash: Record<string, string>): string[] {
    const userIds = new Set<string>();
    const now = this.#clock.now();
    for (const [nodeId, text] of Object.entries(hash)) {
      const presence = parsePresence(text);
      if (presence !== undefined && presence.until > now) {
        for (const userId of presence.userIds) userIds.add(userId);
      } else {
        // A node that died left it behind, or it cannot be read; the others keep the key alive.
        void this.#try((commands) => commands.hdel(presenceKey(documentId), nodeId));
      }
    }
    return [...userIds];
  }

  async #writeMarks(): Promise<void> {
    const marks = [...this.#unwritten];
    const isWritten = await this.#try((commands) =>
      Promise.all(
        marks.map(([topic, { at, ttlMs }]) => commands.set(markKey(topic), at, "PX", ttlMs)),
      ),
    );
    if (isWritten === undefined) return;
    for (const [topic, mark] of marks) {
      if (this.#unwritten.get(topic) === mark) this.#unwritten.delete(topic);
    }
  }

  /** Undefined when Redis is away. */
  async #try<Value>(ask: (commands: RedisCommands) => Promise<Value>): Promise<Value | undefined> {
    try {
      return await this.#redis.run(ask);
    } catch {
      return undefined;
    }
  }
}

/** What cannot be read must not hide what can. */
function parsePresence(text: string): Presence | undefined {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}
