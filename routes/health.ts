/** What load balancers and operators ask: does it live, and should it get requests. */

import { Hono } from "hono";
import type { Env } from "./env.ts";

/** The state that health is read from. */
export interface Health {
  /** This node is about to stop: requests are better sent elsewhere. */
  isLeaving: boolean;
}

/** `/healthz` and `/readyz`. */
export function healthRoutes(health: Health): Hono<Env> {
  const routes = new Hono<Env>();
  routes.get("/healthz", (c) => c.json({ status: "ok" }));
  routes.get("/readyz", (c) => {
    if (!health.isLeaving) return c.json({ status: "ready" });
    c.header("Retry-After", "1");
    return c.json({ status: "not ready", reason: "this node is leaving" }, 503);
  });
  return routes;
}
