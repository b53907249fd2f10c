/** Counts attempts in the memory of this process. */

import { RateLimiterMemory, RateLimiterRes } from "rate-limiter-flexible";
import { limits, type Throttle } from "../actors/mod.ts";

/** So many attempts in a window that begins with the first of them. */
export class MemoryThrottle implements Throttle {
  readonly #limiter: RateLimiterMemory;

  constructor(options: { attemptsMax: number; windowSeconds: number }) {
    this.#limiter = new RateLimiterMemory({
      points: options.attemptsMax,
      duration: options.windowSeconds,
    });
  }

  async attempt(key: string): Promise<number> {
    try {
      await this.#limiter.consume(key);
      return 0;
    } catch (refusal) {
      if (!(refusal instanceof RateLimiterRes)) throw refusal;
      // It did not happen, so it must not use up what is forgiven later.
      await this.#limiter.reward(key);
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

/** The throttles of sign-in: by the account that is tried, and by the address that tries. */
export function signInThrottles(): { account: Throttle; address: Throttle } {
  const windowSeconds = limits.signInWindowSeconds;
  return {
    account: new MemoryThrottle({
      attemptsMax: limits.signInFailuresPerAccountMax,
      windowSeconds,
    }),
    address: new MemoryThrottle({
      attemptsMax: limits.signInFailuresPerAddressMax,
      windowSeconds,
    }),
  };
}
