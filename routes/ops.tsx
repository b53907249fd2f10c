/** What an administrator sees of the running system, and the one thing to do about it. */

import { Hono } from "hono";
import { parseAddress, SuiteError } from "../actors/mod.ts";
import { OpsPage } from "../views/ops.tsx";
import type { Env } from "./env.ts";
import { readForm } from "./form.ts";
import { pageOf } from "./page.ts";
import type { Services } from "./services.ts";
import { requireAdministrator, viewerOf } from "./session.ts";

/** `/ops`. */
export function opsRoutes(services: Services): Hono<Env> {
  const routes = new Hono<Env>();
  routes.use("/ops", requireAdministrator);
  routes.use("/ops/*", requireAdministrator);
  routes.get("/ops", (c) => {
    const report = services.system.report();
    const cluster = services.clusterReport();
    const node = { loop: services.loop(), workers: services.workers() };
    return c.html(
      <OpsPage page={pageOf(c, services)} report={report} cluster={cluster} {...node} />,
    );
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
  return routes;
}
