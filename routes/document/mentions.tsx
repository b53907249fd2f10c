/** Whom one may name in a note: found as one types, among those who have access to it. */

import type { Context } from "hono";
import { Hono } from "hono";
import { isId, limits, SuiteError } from "../../actors/mod.ts";
import { MentionOptions } from "../../views/document/mentions.tsx";
import { namedLike, peopleSeenBy } from "../account/people.ts";
import type { Env } from "../http/env.ts";
import { requireViewer, viewerOf } from "../http/session.ts";
import type { Services } from "../services.ts";

/** More do not help whoever chooses with the arrows. */
const PEOPLE_MAX = 8;

/** `/notes/{id}/people`. */
export function mentionRoutes(services: Services): Hono<Env> {
  const routes = new Hono<Env>();
  routes.get("/notes/:id/people", requireViewer, (c) => showPeople(c, services));
  return routes;
}

async function showPeople(c: Context<Env>, services: Services): Promise<Response> {
  const viewer = viewerOf(c);
  const id = c.req.param("id") ?? "";
  const role = isId(id) ? await services.documentQueries.role(id, viewer.id) : undefined;
  if (role === undefined) {
    throw new SuiteError("not_found", "Cannot find people: there is no note with this id");
  }
  if (role === "read") {
    throw new SuiteError("forbidden", "Cannot find people: only who writes names them");
  }
  const others = (await services.documentQueries.audience(id)).filter((id) => id !== viewer.id);
  const people = await peopleSeenBy(viewer, others, services);
  const query = (c.req.query("q") ?? "").slice(0, limits.nameUnitsMax);
  const found = namedLike([...people.values()], query, PEOPLE_MAX);
  return c.html(<MentionOptions people={found} />);
}
