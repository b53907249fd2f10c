/** The routes of the application, for tests that walk over all of them. */

import { createApp } from "../../routes/app.ts";
import type { Services } from "../../routes/services.ts";

/** Every method and path of the application. */
export function routesOf(services: Services): { method: string; path: string }[] {
  // Only listed, and never asked: what serves requests is not needed.
  const app = createApp({ services, health: {}, assets: {} } as Parameters<typeof createApp>[0]);
  const routes = app.routes.filter(({ method }) => method !== "ALL");
  const known = new Map(routes.map(({ method, path }) => [`${method} ${path}`, { method, path }]));
  return [...known.values()];
}
