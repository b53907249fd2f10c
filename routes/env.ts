/** What the middleware puts on a request's context, for every route to read. */

import type { Account, Session } from "../actors/mod.ts";

/** The Hono environment of all routes. */
export interface Env {
  Variables: {
    viewer: Account | undefined;
    session: Session | undefined;
    csrfToken: string;
    requestId: string;
    /** The address of the client, through trusted proxies. */
    address: string;
  };
}
