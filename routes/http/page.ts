/** Makes the surroundings of a page from a request. */

import type { Context, MiddlewareHandler } from "hono";
import type { Account } from "../../actors/mod.ts";
import type { Notice, Page } from "../../views/parts/page.ts";
import type { Services } from "../services.ts";
import type { Env } from "./env.ts";
import { takeNewSession } from "./new_session.ts";

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

/**
 * Counts what waits in the inbox, for the rail and the title of every page, while `meanwhile` decides
 * whether the request may go on.
 */
export function countUnread(
  services: Pick<Services, "inboxQueries" | "log">,
  meanwhile: MiddlewareHandler<Env>,
): MiddlewareHandler<Env> {
  const count = async (viewer: Account): Promise<number | undefined> => {
    try {
      return await services.inboxQueries.unread(viewer.id);
    } catch (error) {
      // No page waits for a number; the socket brings it as soon as it is known.
      services.log.warn("cannot count what is unread", { error: String(error) });
      return undefined;
    }
  };
  return async (c, next) => {
    const { viewer } = c.var;
    const counting = viewer && !WITHOUT_COUNT.test(c.req.path) ? count(viewer) : undefined;
    return await meanwhile(c, async () => {
      c.set("unread", await counting);
      await next();
    });
  };
}
