/** What the middleware puts on a request's context, for every route to read. */

import type { Account, LoopWatch, Session } from "../../actors/mod.ts";
import type { IncomingBody } from "./body.ts";
import type { FormField } from "./form_parser.ts";

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
    /** The request's body, where it has one. */
    body: IncomingBody | undefined;
    /** The fields of the form in it, once somebody has asked for them. */
    fields: Promise<readonly FormField[]> | undefined;
    /** Whether the request came by a link that allows writing, and that was checked. */
    mayWriteByLink: boolean | undefined;
  };
}
