/** What an administrator sees of the running system, and the one thing to do about it. */

import { Hono } from "hono";
import { type ParkedEvent, parseAddress, SuiteError } from "../../actors/mod.ts";
import { OpsPage } from "../../views/admin/ops.tsx";
import type { Env } from "../http/env.ts";
import { readForm } from "../http/form.ts";
import { pageOf } from "../http/page.ts";
import { requireAdministrator, viewerOf } from "../http/session.ts";
import type { Services } from "../services.ts";

/** `/ops`. */
export function opsRoutes(services: Services): Hono<Env> {
  const routes = new Hono<Env>();
  routes.use("/ops", requireAdministrator);
  routes.use("/ops/*", requireAdministrator);
  routes.get("/ops", async (c) => {
    const report = services.system.report();
    const cluster = services.clusterReport();
    const node = { loop: services.loop(), workers: services.workers() };
    const events = await services.events.report().catch((error) => {
      services.log.warn("cannot show events", { error: String(error) });
      return undefined;
    });
    const shown = { report, cluster, events, ...node };
    return c.html(<OpsPage page={pageOf(c, services)} {...shown} />);
  });
  routes.post("/ops/release", async (c) => {
    const { address = "" } = await readForm(c);
    const parsed = parseAddress(address);
    if (!parsed) {
      throw new SuiteError("invalid", "Cannot release actor: expected the address of one");
    }
    const released = services.releaseActor(`${parsed.kind}:${parsed.id}`);
    services.log.info("actor released", { audit: true, by: viewerOf(c).id, address, released });
    return c.redirect("/ops", 303);
  });
  routes.post("/ops/events/replay", async (c) => {
    const { event } = await readForm(c);
    const replayed = await services.events.replay(event === "all" ? event : numberIn(event));
    const about = { by: viewerOf(c).id, events: replayed.length, ids: namesOf(replayed) };
    services.log.info("events replayed", { audit: true, ...about });
    return c.redirect("/ops", 303);
  });
  routes.post("/ops/events/discard", async (c) => {
    const { event } = await readForm(c);
    const discarded = await services.events.discard(numberIn(event));
    const ids = namesOf(discarded === undefined ? [] : [discarded]);
    services.log.info("event discarded", { audit: true, by: viewerOf(c).id, ids });
    return c.redirect("/ops", 303);
  });
  return routes;
}

const IDS_LOGGED = 20;

/** Which events, for the audit log. */
function namesOf(events: readonly ParkedEvent[]): string[] {
  return events.slice(0, IDS_LOGGED).map(({ group, id }) => `${group} ${id}`);
}

function numberIn(text: string | undefined): number {
  if (text !== undefined && /^\d{1,15}$/.test(text)) return Number(text);
  throw new SuiteError("invalid", "Cannot find event: expected the number of one");
}
