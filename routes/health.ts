/** What load balancers and operators ask: does it live, and should it get requests. */

import { Hono } from "hono";
import type { Env } from "./env.ts";

/** The state that health is read from. */
export interface Health {
  /** Undefined when all is well, otherwise what is wrong. */
  notReady(): string | undefined;
}

/** `/healthz` and `/readyz`. */
export function healthRoutes(health: Health): Hono<Env> {
  const routes = new Hono<Env>();
  routes.get("/healthz", (c) => c.json({ status: "ok" }));
  routes.get("/readyz", (c) => {
    const reason = health.notReady();
    if (reason === undefined) return c.json({ status: "ready" });
    c.header("Retry-After", "1");
    return c.json({ status: "not ready", reason }, 503);
  });
  return routes;
}
