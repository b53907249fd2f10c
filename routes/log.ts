/** Log lines as JSON on the standard error stream, one a line, for whatever collects them. */

import type { Context } from "hono";
import { routePath } from "hono/route";
import type { Log } from "../actors/mod.ts";
import type { Env } from "./env.ts";

/** A log that writes lines; `level` leaves out what matters less. */
export function createLog(
  options: { level?: "info" | "warn" | "error"; write?: (line: string) => unknown } = {},
): Log {
  const { level = "info", write = (line) => process.stderr.write(line) } = options;
  const order = ["info", "warn", "error"] as const;
  const from = order.indexOf(level);
  const line =
    (of: (typeof order)[number]) => (message: string, fields?: Record<string, unknown>) => {
      if (order.indexOf(of) < from) return;
      write(
        `${JSON.stringify({ time: new Date().toISOString(), level: of, message, ...fields })}\n`,
      );
    };
  return { info: line("info"), warn: line("warn"), error: line("error") };
}

/**
 * The route of a request as the program names it, such as `/shared/:token`. The path itself is for no log:
 * it is what somebody sent, and may be a secret.
 */
export function routeOf(c: Context<Env>): string {
  return routePath(c, -1);
}
