/** What load balancers and operators ask: does it live, what is wrong, and should it get requests. */

import { Hono } from "hono";
import type { ClusterReport } from "../actors/mod.ts";
import type { Env } from "./env.ts";

/** Whether a part that the suite stands on can be used. */
export type PartState = "ok" | "down";

/** The state that health is read from. */
export interface Health {
  /** This node is about to stop: requests are better sent elsewhere. */
  isLeaving: boolean;
  /** What the suite stands on, by name. */
  parts(): Readonly<Record<string, PartState>>;
  /** How the node stands among others; undefined where it is alone. */
  cluster(): ClusterReport | undefined;
}

/**
 * `/healthz` and `/readyz`. A part that is down for everybody keeps no node from being ready: a page that
 * says what does not work is better than none. One that is down for this node alone does.
 */
export function healthRoutes(health: Health): Hono<Env> {
  const routes = new Hono<Env>();
  routes.get("/healthz", (c) => c.json({ status: statusOf(health), ...detailsOf(health) }));
  routes.get("/readyz", (c) => {
    const reason = unreadyReason(health);
    if (reason === undefined) return c.json({ status: "ready", ...detailsOf(health) });
    c.header("Retry-After", "1");
    return c.json({ status: "not ready", reason, ...detailsOf(health) }, 503);
  });
  return routes;
}

/** What does not work at the moment, in words for the people on the pages of this node. */
export function troubleOf(health: Health): string | undefined {
  const parts = health.parts();
  const standing = health.cluster()?.standing;
  if (parts.database === "down" && standing !== "aside") {
    return "Nothing can be saved at the moment.";
  }
  if (parts.redis === "down") return "Some things cannot be reached at the moment.";
  return undefined;
}

function statusOf(health: Health): "ok" | "degraded" {
  return Object.values(health.parts()).includes("down") ? "degraded" : "ok";
}

function detailsOf(health: Health) {
  const cluster = health.cluster();
  if (cluster === undefined) return { parts: health.parts() };
  const { id, name, standing, shards, nodes } = cluster;
  return { parts: health.parts(), node: { id, name, standing, shards, nodes: nodes.length } };
}

function unreadyReason(health: Health): string | undefined {
  if (health.isLeaving) return "this node is leaving";
  if (health.cluster()?.standing === "aside") return "this node does not see what the others see";
  return undefined;
}
