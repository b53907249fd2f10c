/**
 * The end of e-mail by a link in it, without signing in. Opening the link only asks, because programs
 * that look after mail open every link; a POST does it, from the page or by the mail program itself
 * (RFC 8058).
 */

import { type Context, Hono } from "hono";
import {
  DEFAULT_PREFERENCES,
  type InboxPreferences,
  type NotificationKind,
  notificationKinds,
  preferenceFor,
} from "../../actors/mod.ts";
import {
  DeadUnsubscribePage,
  UnsubscribedPage,
  UnsubscribePage,
} from "../../views/inbox/unsubscribe.tsx";
import type { Env } from "../http/env.ts";
import { pageOf } from "../http/page.ts";
import type { Services } from "../services.ts";
import { type MailSort, readUnsubscribeToken } from "./unsubscribe_token.ts";

/** `/unsubscribe`. */
export function unsubscribeRoutes(services: Services): Hono<Env> {
  const routes = new Hono<Env>();
  routes.get("/unsubscribe", (c) => ask(c, services));
  routes.post("/unsubscribe", (c) => end(c, services));
  return routes;
}

async function ask(c: Context<Env>, services: Services): Promise<Response> {
  const page = pageOf(c, services);
  const found = await readUnsubscribeToken(services.accounts, c.req.query("token"));
  if (!found) return c.html(<DeadUnsubscribePage page={page} />, 404);
  return c.html(<UnsubscribePage page={page} sort={found.sort} />);
}

async function end(c: Context<Env>, services: Services): Promise<Response> {
  const { accounts, inboxes, inboxQueries, log } = services;
  const page = pageOf(c, services);
  const found = await readUnsubscribeToken(accounts, c.req.query("token"));
  if (!found || !(await accounts.find(found.userId)))
    return c.html(<DeadUnsubscribePage page={page} />, 404);
  const { userId, sort } = found;
  const preferences = withoutMail(
    (await inboxQueries.preferences(userId)) ?? DEFAULT_PREFERENCES,
    sort,
  );
  await inboxes.ask(userId, { type: "prefer", preferences });
  log.info("e-mail was switched off by a link", { audit: true, of: userId, sort });
  return c.html(<UnsubscribedPage page={page} />);
}

/** The same wishes, but no e-mail of one kind, or none of those that come once a day. */
function withoutMail(preferences: InboxPreferences, sort: MailSort): InboxPreferences {
  const kinds = { ...preferences.kinds };
  for (const kind of Object.keys(notificationKinds) as NotificationKind[]) {
    const preference = preferenceFor(preferences, kind);
    const isMeant = sort === "daily" ? preference.email === "daily" : kind === sort;
    if (isMeant) kinds[kind] = { ...preference, email: "never" };
  }
  return { ...preferences, kinds };
}
