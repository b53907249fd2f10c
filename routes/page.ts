/** Makes the surroundings of a page from a request. */

import type { Context } from "hono";
import type { Notice, Page } from "../views/page.ts";
import type { Env } from "./env.ts";
import type { Services } from "./services.ts";

/** What a view has to know about the request it answers. */
export function pageOf(
  c: Context<Env>,
  services: Pick<Services, "assets" | "clock">,
  notice?: Notice,
): Page {
  const url = new URL(c.req.url);
  const page: Page = {
    viewer: c.var.viewer,
    path: url.pathname + url.search,
    csrfToken: c.var.csrfToken,
    partial: isPartial(c),
    assets: services.assets,
    now: services.clock.now(),
  };
  return notice ? { ...page, notice } : page;
}

/** Whether htmx asks for the content region only. */
export function isPartial(c: Context<Env>): boolean {
  return c.req.header("HX-Request") === "true" && c.req.header("HX-Target") === "main#main";
}
