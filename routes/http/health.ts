/** What load balancers and operators ask: does it live, what is wrong, and should it get requests. */

import { Hono } from "hono";
import type { ClusterReport, EventHealth, PartState } from "../../actors/mod.ts";
import type { Env } from "./env.ts";

/** The state that health is read from; reading it starts no work, since anybody may ask. */
export interface Health {
  /** This node is about to stop: requests are better sent elsewhere. */
  isLeaving: boolean;
  /** What the suite stands on, by name: the database of each service, and what leads to other nodes. */
  parts(): Readonly<Record<string, PartState>>;
  /** Which of them this node has for itself, such as the files on its own disk. */
  localParts: ReadonlySet<string>;
  /** How the node stands among others; undefined where it is alone. */
  cluster(): ClusterReport | undefined;
  /** How events get on; undefined until that was seen. */
  events?(): EventHealth | undefined;
}

/**
 * `/healthz` and `/readyz`. A part that is broken for everybody keeps no node from being ready: a page that
 * says what does not work is better than none. One that is broken for this node alone does.
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

/** What people notice of a database that notes, accounts or the cluster stand on, the worst first. */
const TROUBLES: readonly (readonly [state: PartState, text: string])[] = [
  ["down", "Nothing can be saved at the moment."],
  ["full", "The server’s disk is full: everything can be read, and nothing can be saved."],
  ["corrupt", "Some data on the server is damaged: some pages may not open or save."],
  ["slow", "The server is slow at the moment: saving may take longer than usual."],
];

/** What does not work at the moment, in words for the people on the pages of this node. */
export function troubleOf(health: Health): string | undefined {
  const { redis, inbox = "ok", ...databases } = health.parts();
  // Others save for a node that stands aside.
  if (health.cluster()?.standing !== "aside") {
    const states = new Set(Object.values(databases));
    const trouble = TROUBLES.find(([state]) => states.has(state));
    if (trouble !== undefined) return trouble[1];
    if (inbox !== "ok" && inbox !== "slow") {
      return "The Inbox does not work at the moment. Notes are not affected.";
    }
  }
  if (redis === "down") return "Some things cannot be reached at the moment.";
  return undefined;
}

function statusOf(health: Health): "ok" | "degraded" {
  return Object.values(health.parts()).every((state) => state === "ok") ? "ok" : "degraded";
}

function detailsOf(health: Health) {
  const cluster = health.cluster();
  const details = { parts: health.parts(), events: health.events?.() };
  if (cluster === undefined) return details;
  const { id, name, standing, shards, nodes } = cluster;
  return { ...details, node: { id, name, standing, shards, nodes: nodes.length } };
}

/** What is slow still works, and where a disk is full everything can be read. */
const UNUSABLE: ReadonlySet<PartState> = new Set<PartState>(["corrupt", "down"]);

function unreadyReason(health: Health): string | undefined {
  if (health.isLeaving) return "this node is leaving";
  if (health.cluster()?.standing === "aside") return "this node does not see what the others see";
  const broken = Object.entries(health.parts()).find(
    ([name, state]) => health.localParts.has(name) && UNUSABLE.has(state),
  );
  return broken && `this node's own database of the service "${broken[0]}" is ${broken[1]}`;
}
