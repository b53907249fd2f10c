/**
 * Holds a single account, or an address that nobody is signed in from, to what people can do. It is there
 * for scripts that went wrong: nobody meets it by hand. A request counts for more when it has a large body,
 * and is counted before that is read. All nodes count together.
 */

import type { MiddlewareHandler } from "hono";
import { SuiteError } from "../../actors/mod.ts";
import type { Services } from "../services.ts";
import { bodyOriginOf } from "./body_gate.ts";
import type { Env } from "./env.ts";
import { addressKey } from "./origin.ts";

/** Refuses requests above the limit with 429 and the seconds to wait. */
export function rateLimit(services: Pick<Services, "throttles">): MiddlewareHandler<Env> {
  return async (c, next) => {
    const { viewer, address, body } = c.var;
    const key = viewer === undefined ? `address:${addressKey(address)}` : `account:${viewer.id}`;
    const points = 1 + (body?.weight(bodyOriginOf(c).sender) ?? 0);
    const waitSeconds = await services.throttles.requests.attempt(key, points);
    if (waitSeconds > 0) {
      throw new SuiteError("throttled", "Cannot go on: too many requests in a minute", {
        retryAfterSeconds: waitSeconds,
      });
    }
    await next();
  };
}
