/** Whom one may name in a note: found as one types, among those who have access to it. */

import type { Context } from "hono";
import { Hono } from "hono";
import { isId, limits, type Person, SuiteError } from "../actors/mod.ts";
import { MentionOptions, mentionKey } from "../views/document_mentions.tsx";
import type { Env } from "./env.ts";
import type { Services } from "./services.ts";
import { requireViewer, viewerOf } from "./session.ts";

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
  const people = await services.accounts.people(others);
  const query = (c.req.query("q") ?? "").slice(0, limits.nameUnitsMax);
  return c.html(<MentionOptions people={findPeople([...people.values()], query)} />);
}

/** Those whose name, or a later part of it, begins with what was typed; the name's beginning first. */
export function findPeople(people: readonly Person[], query: string): Person[] {
  const wanted = mentionKey(query);
  const rankOf = ({ name }: Person) => {
    const key = mentionKey(name);
    if (key.startsWith(wanted)) return 0;
    return key.includes(` ${wanted}`) ? 1 : undefined;
  };
  return people
    .flatMap((person) => {
      const rank = rankOf(person);
      return rank === undefined ? [] : [{ person, rank }];
    })
    .sort((a, b) => a.rank - b.rank || a.person.name.localeCompare(b.person.name))
    .slice(0, PEOPLE_MAX)
    .map(({ person }) => person);
}
