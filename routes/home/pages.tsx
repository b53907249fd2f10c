/** Today, search and the palette: the ways to everything else. */

import type { Context } from "hono";
import { Hono } from "hono";
import { limits } from "../../actors/mod.ts";
import { HomePage } from "../../views/home/pages.tsx";
import {
  type Findings,
  PaletteResults,
  SearchPage,
  ShortcutsPage,
} from "../../views/shell/palette.tsx";
import { searchPeople } from "../account/people.ts";
import { peopleOf } from "../document/pages.tsx";
import type { Env } from "../http/env.ts";
import { takeNotice } from "../http/notice.ts";
import { pageOf } from "../http/page.ts";
import { requireViewer, viewerOf } from "../http/session.ts";
import type { Services } from "../services.ts";

const RECENT_ITEMS = 6;
const WAITING_ITEMS = 4;
const PALETTE_ITEMS = 8;
const PALETTE_PEOPLE = 4;

/** `/`, `/search`, `/palette` and `/shortcuts`. */
export function homeRoutes(services: Services): Hono<Env> {
  const routes = new Hono<Env>();
  routes.get("/", requireViewer, (c) => showHome(c, services));
  routes.get("/search", requireViewer, async (c) => {
    const findings = await find(c, services, limits.pageItemsMax);
    return c.html(<SearchPage {...findings} />);
  });
  routes.get("/palette", requireViewer, async (c) => {
    const findings = await find(c, services, PALETTE_ITEMS);
    return c.html(<PaletteResults {...findings} />);
  });
  routes.get("/shortcuts", (c) => c.html(<ShortcutsPage page={pageOf(c, services)} />));
  return routes;
}

async function showHome(c: Context<Env>, services: Services): Promise<Response> {
  const viewer = viewerOf(c);
  const { documentQueries, inboxQueries } = services;
  const [waiting, recent, shared] = await Promise.all([
    inboxQueries.list(viewer.id, { view: "unread", limit: WAITING_ITEMS }),
    documentQueries.list(viewer.id, { scope: "mine", limit: RECENT_ITEMS }),
    documentQueries.list(viewer.id, { scope: "shared", limit: RECENT_ITEMS }),
  ]);
  const items = [...recent.items, ...shared.items];
  const view = (
    <HomePage
      page={pageOf(c, services, takeNotice(c))}
      waiting={waiting.items}
      recent={recent.items}
      shared={shared.items}
      {...(await peopleOf(services, { items }))}
    />
  );
  return c.html(view);
}

async function find(c: Context<Env>, services: Services, limit: number): Promise<Findings> {
  const viewer = viewerOf(c);
  const query = (c.req.query("q") ?? "").slice(0, limits.searchUnitsMax).trim();
  const [{ items }, found] = await Promise.all([
    services.documentQueries.list(viewer.id, { query, limit }),
    query === "" ? [] : searchPeople(viewer, query, { limit: PALETTE_PEOPLE, services }),
  ]);
  const people = found.map(({ person }) => person);
  return { page: pageOf(c, services), query, documents: items, people };
}
