/** Counts attempts, in the memory of this process or wherever a limiter keeps them. */

import { type RateLimiterAbstract, RateLimiterMemory, RateLimiterRes } from "rate-limiter-flexible";
import { limits, type Throttle } from "../../actors/mod.ts";

/** How many attempts are too many. */
export interface ThrottleOptions {
  attemptsMax: number;
  /** The window begins with the first attempt. */
  windowSeconds: number;
}

/** A throttle that counts with a limiter. */
export class LimiterThrottle implements Throttle {
  readonly #limiter: RateLimiterAbstract;

  constructor(limiter: RateLimiterAbstract) {
    this.#limiter = limiter;
  }

  async attempt(key: string, points = 1): Promise<number> {
    try {
      await this.#limiter.consume(key, points);
      return 0;
    } catch (refusal) {
      if (!(refusal instanceof RateLimiterRes)) throw refusal;
      // It did not happen, so it must not use up what is forgiven later.
      await this.#limiter.reward(key, points);
      return Math.max(1, Math.ceil(refusal.msBeforeNext / 1_000));
    }
  }

  async forgive(key: string): Promise<void> {
    const counted = await this.#limiter.get(key);
    if (counted && counted.consumedPoints > 0) await this.#limiter.reward(key);
  }

  async clear(key: string): Promise<void> {
    await this.#limiter.delete(key);
  }
}

/** Counts in the memory of this process. */
export class MemoryThrottle extends LimiterThrottle {
  constructor({ attemptsMax, windowSeconds }: ThrottleOptions) {
    super(new RateLimiterMemory({ points: attemptsMax, duration: windowSeconds }));
  }
}

/** What is counted: sign-ins by the account that is tried and by the address that tries, and requests. */
export interface Throttles {
  account: Throttle;
  address: Throttle;
  requests: Throttle;
}

/** Makes the throttles; they count in memory unless told how. */
export function makeThrottles(
  make: (name: string, options: ThrottleOptions) => Throttle = (_, options) =>
    new MemoryThrottle(options),
): Throttles {
  const windowSeconds = limits.signInWindowSeconds;
  return {
    account: make("account", { attemptsMax: limits.signInFailuresPerAccountMax, windowSeconds }),
    address: make("address", { attemptsMax: limits.signInFailuresPerAddressMax, windowSeconds }),
    requests: make("requests", {
      attemptsMax: limits.requestsPerWindowMax,
      windowSeconds: limits.requestWindowSeconds,
    }),
  };
}
