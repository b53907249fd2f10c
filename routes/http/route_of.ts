/** The route of a request as the program names it. */

import type { Context } from "hono";
import { routePath } from "hono/route";
import type { Env } from "./env.ts";

/** Such as `/shared/:token`. The path itself is for no log: it is what somebody sent, and may be a secret. */
export function routeOf(c: Context<Env>): string {
  return routePath(c, -1);
}
