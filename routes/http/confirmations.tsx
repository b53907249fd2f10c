/** Lets an action that cannot be undone pass only when the form says that the person was asked. */

import { Hono, type MiddlewareHandler } from "hono";
import {
  CONFIRMED_FIELD,
  type Confirmation,
  ConfirmPage,
  confirmations,
} from "../../views/shell/confirmations.tsx";
import type { Services } from "../services.ts";
import type { Env } from "./env.ts";
import { statusOf } from "./errors.tsx";
import { readFields } from "./form.ts";
import { localPath } from "./origin.ts";
import { pageOf } from "./page.ts";
import { requireViewer } from "./session.ts";

/** Stands before the routes of all actions that ask first. */
export function confirmationRoutes(services: Services): Hono<Env> {
  const routes = new Hono<Env>();
  for (const confirmation of confirmations) {
    routes.post(confirmation.path, requireViewer, askFirst(services, confirmation));
  }
  return routes;
}

function askFirst(services: Services, confirmation: Confirmation): MiddlewareHandler<Env> {
  return async (c, next) => {
    const fields = await readFields(c);
    const isConfirmed = fields.some(([name, value]) => name === CONFIRMED_FIELD && value === "1");
    if (isConfirmed) return await next();
    const { pathname, search } = new URL(c.req.url);
    const back = fields.findLast(([name]) => name === "next")?.[1];
    // Without a list to go back to, there is the page of what the action is about.
    const about = confirmation.cancel ?? pathname.slice(0, pathname.lastIndexOf("/"));
    return c.html(
      <ConfirmPage
        page={pageOf(c, services)}
        confirmation={confirmation}
        action={pathname + search}
        fields={fields.filter(([name]) => name !== "csrf" && name !== CONFIRMED_FIELD)}
        cancel={localPath(back ?? about)}
      />,
      statusOf("invalid"),
    );
  };
}
