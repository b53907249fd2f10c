/** Makes the surroundings of a page from a request. */

import type { Context, MiddlewareHandler } from "hono";
import type { Notice, Page } from "../views/page.ts";
import type { Env } from "./env.ts";
import { takeNewSession } from "./new_session.ts";
import type { Services } from "./services.ts";

/** What a view has to know about the request it answers. */
export function pageOf(
  c: Context<Env>,
  services: Pick<Services, "assets" | "clock">,
  notice?: Notice,
): Page {
  const url = new URL(c.req.url);
  const partial = isPartial(c);
  const page: Page = {
    viewer: c.var.viewer,
    path: url.pathname + url.search,
    csrfToken: c.var.csrfToken,
    unread: c.var.unread ?? 0,
    partial,
    isNewSession: !partial && takeNewSession(c),
    assets: services.assets,
    now: services.clock.now(),
  };
  return notice ? { ...page, notice } : page;
}

/** Whether htmx asks for the content region only. */
export function isPartial(c: Context<Env>): boolean {
  return c.req.header("HX-Request") === "true" && c.req.header("HX-Target") === "main#main";
}

/** Whether a page fetches a part of itself again, by itself or as one types: nobody came to a page. */
export function isPart(c: Context<Env>): boolean {
  return c.req.header("HX-Request") === "true" && !isPartial(c);
}

/** What is asked for with every key, and shows no page. */
const WITHOUT_COUNT = /^\/(?:api\/|palette$)/;

/** Counts what waits in the inbox, for the rail and the title of every page. */
export function countUnread(
  services: Pick<Services, "inboxQueries" | "log">,
): MiddlewareHandler<Env> {
  return async (c, next) => {
    const { viewer } = c.var;
    if (viewer && !WITHOUT_COUNT.test(c.req.path)) {
      try {
        c.set("unread", await services.inboxQueries.unread(viewer.id));
      } catch (error) {
        // No page waits for a number; the socket brings it as soon as it is known.
        services.log.warn("cannot count what is unread", { error: String(error) });
      }
    }
    await next();
  };
}
