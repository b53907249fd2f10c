/** Something that one process has at a time, for as long as it goes on saying so. */

import type { RedisConnection } from "./open.ts";

/** Takes it where it is free, or keeps it. Answers 1 when it is held. */
const HOLD = `
local holder = redis.call("GET", KEYS[1])
if holder and holder ~= ARGV[1] then return 0 end
redis.call("SET", KEYS[1], ARGV[1], "PX", ARGV[2])
return 1`;

const RELEASE = `
if redis.call("GET", KEYS[1]) == ARGV[1] then return redis.call("DEL", KEYS[1]) end
return 0`;

/** A lease in Redis. */
export class Lease {
  readonly #redis: RedisConnection;
  readonly #key: string;
  readonly #holder: string;

  constructor(redis: RedisConnection, options: { key: string; holder: string }) {
    this.#redis = redis;
    this.#key = options.key;
    this.#holder = options.holder;
  }

  /** Takes or renews it; false while somebody else has it. */
  async hold(leaseMs: number): Promise<boolean> {
    const held = await this.#redis.run((commands) =>
      commands.call("eval", HOLD, 1, this.#key, this.#holder, leaseMs),
    );
    return held === 1;
  }

  async release(): Promise<void> {
    await this.#redis.run((commands) => commands.call("eval", RELEASE, 1, this.#key, this.#holder));
  }
}
