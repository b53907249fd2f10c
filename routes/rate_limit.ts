/**
 * Holds a single account, or an address that nobody is signed in from, to what people can do. It is there
 * for scripts that went wrong: nobody meets it by hand. All nodes count together.
 */

import type { MiddlewareHandler } from "hono";
import { SuiteError } from "../actors/mod.ts";
import type { Env } from "./env.ts";
import { addressKey } from "./origin.ts";
import type { Services } from "./services.ts";

/** Refuses requests above the limit with 429 and the seconds to wait. */
export function rateLimit(services: Pick<Services, "throttles">): MiddlewareHandler<Env> {
  return async (c, next) => {
    const { viewer, address } = c.var;
    const key = viewer === undefined ? `address:${addressKey(address)}` : `account:${viewer.id}`;
    const waitSeconds = await services.throttles.requests.attempt(key);
    if (waitSeconds > 0) {
      throw new SuiteError("throttled", "Cannot go on: too many requests in a minute", {
        retryAfterSeconds: waitSeconds,
      });
    }
    await next();
  };
}
