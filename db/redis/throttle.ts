/** Counts attempts in Redis, so that all nodes count together, and in memory while it is away. */

import { RateLimiterRedis } from "rate-limiter-flexible";
import { SuiteError, type Throttle } from "../../actors/mod.ts";
import {
  LimiterThrottle,
  MemoryThrottle,
  makeThrottles,
  type Throttles,
} from "../alone/throttle.ts";
import type { RedisConnection } from "./open.ts";

/** What a throttle counts under, and how much of it is too much. */
export interface RedisThrottleOptions {
  /** Keeps the keys of throttles apart. */
  name: string;
  attemptsMax: number;
  windowSeconds: number;
}

/** So many attempts on all nodes together; on each of them while Redis is away. */
export class RedisThrottle implements Throttle {
  readonly #redis: RedisConnection;
  readonly #shared: Throttle;
  readonly #own: Throttle;

  constructor(redis: RedisConnection, options: RedisThrottleOptions) {
    this.#redis = redis;
    this.#own = new MemoryThrottle(options);
    this.#shared = new LimiterThrottle(
      new RateLimiterRedis({
        storeClient: redis.commands,
        keyPrefix: `suite:throttle:${options.name}`,
        points: options.attemptsMax,
        duration: options.windowSeconds,
      }),
    );
  }

  attempt(key: string, points = 1): Promise<number> {
    return this.#either((throttle) => throttle.attempt(key, points));
  }

  forgive(key: string): Promise<void> {
    return this.#either((throttle) => throttle.forgive(key));
  }

  async clear(key: string): Promise<void> {
    await this.#own.clear(key);
    await this.#either((throttle) => throttle.clear(key));
  }

  async #either<Value>(use: (throttle: Throttle) => Promise<Value>): Promise<Value> {
    try {
      return await this.#redis.run(() => use(this.#shared));
    } catch (error) {
      if (!(error instanceof SuiteError)) throw error;
      return await use(this.#own);
    }
  }
}

/** The throttles of sign-in for a node among others. */
export function redisThrottles(redis: RedisConnection): Throttles {
  return makeThrottles((name, options) => new RedisThrottle(redis, { name, ...options }));
}
