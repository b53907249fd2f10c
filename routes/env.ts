/** What the middleware puts on a request's context, for every route to read. */

import type { Account, LoopWatch, Session } from "../actors/mod.ts";

/** The Hono environment of all routes. */
export interface Env {
  Bindings: {
    /** The address of whoever opened the connection. */
    peer: string | undefined;
    /** Where what a request does to the main thread is told; undefined where nothing watches. */
    watch?: LoopWatch;
  };
  Variables: {
    viewer: Account | undefined;
    session: Session | undefined;
    csrfToken: string;
    /** How much waits in the viewer's inbox; set where a page shows it. */
    unread: number | undefined;
    requestId: string;
    /** The address of the client, through trusted proxies. */
    address: string;
  };
}
