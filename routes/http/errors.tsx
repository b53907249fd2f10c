/** Where every error ends: one map from code to status, one page, one line in the log. */

import type { Context, Hono } from "hono";
import { HTTPException } from "hono/http-exception";
import type { ContentfulStatusCode } from "hono/utils/http-status";
import { type ErrorCode, SuiteError } from "../../actors/mod.ts";
import { ErrorPage } from "../../views/shell/errors.tsx";
import type { Services } from "../services.ts";
import type { Env } from "./env.ts";
import { pageOf } from "./page.ts";
import { routeOf } from "./route_of.ts";
import { askToSignIn } from "./send_again.ts";

const STATUS: Record<ErrorCode, ContentfulStatusCode> = {
  busy: 503,
  crashed: 500,
  quarantined: 503,
  draining: 503,
  not_owner: 503,
  unreachable: 503,
  timed_out: 504,
  store_failed: 503,
  store_full: 507,
  unauthenticated: 401,
  forbidden: 403,
  not_found: 404,
  gone: 410,
  conflict: 409,
  invalid: 422,
  invalid_text: 422,
  bad_delta: 409,
  too_old: 409,
  unknown_base: 409,
  too_large: 413,
  unsupported: 415,
  incomplete: 408,
  throttled: 429,
  expired: 410,
};

const TITLES: Partial<Record<number, string>> = {
  401: "Sign in first",
  403: "Not allowed",
  404: "Nothing here",
  408: "That took too long",
  409: "That did not fit",
  410: "No longer here",
  413: "Too large",
  415: "This cannot be read",
  422: "Something is missing",
  429: "Too many tries",
  503: "Busy, try again",
  504: "That took too long",
  507: "The disk is full",
};

/** The HTTP status of an error code. */
export function statusOf(code: ErrorCode): ContentfulStatusCode {
  return STATUS[code];
}

/** Answers a failed request with a page that says what a person can do. */
export function errorHandler(services: Services) {
  return (error: Error, c: Context<Env>): Response | Promise<Response> => {
    if (error instanceof SuiteError && error.code === "unauthenticated") {
      return askToSignIn(c, services);
    }
    const { status, text, retryAfterSeconds } = explain(error);
    // Bodies without room are written down together: a flood must not fill the log, too.
    if (status >= 500 && !c.var.body?.foundNoRoom) {
      services.log.error("request failed", {
        requestId: c.var.requestId,
        route: routeOf(c),
        error: error.stack ?? error.message,
      });
    }
    if (status === 503 || retryAfterSeconds !== undefined) {
      c.header("Retry-After", String(retryAfterSeconds ?? 1));
    }
    const title = TITLES[status] ?? "Something went wrong";
    return c.html(
      <ErrorPage page={pageOf(c, services)} status={status} title={title} text={text} />,
      status,
    );
  };
}

/** The answer for a path that leads nowhere, or not with this method (RFC 9110, 15.5.6). */
export function notFoundHandler(services: Services, app: Hono<Env>) {
  return (c: Context<Env>) => {
    const allowed = methodsOf(app, c.req.path);
    if (allowed.length > 0 && !allowed.includes(c.req.method)) {
      c.header("Allow", allowed.join(", "));
      const text = "This address is there, but not for that.";
      return c.html(
        <ErrorPage page={pageOf(c, services)} status={405} title="Not possible" text={text} />,
        405,
      );
    }
    const text = "There is nothing at this address, or it is not shared with you.";
    return c.html(
      <ErrorPage page={pageOf(c, services)} status={404} title="Nothing here" text={text} />,
      404,
    );
  };
}

/** The methods that some route takes at a path; none when nothing is there for any. */
function methodsOf(app: Hono<Env>, path: string): string[] {
  return Object.entries({ GET: ["GET", "HEAD"], POST: ["POST"] }).flatMap(([method, allowed]) => {
    const [handlers] = app.router.match(method, path);
    // What stands around all routes takes any method and answers none.
    return handlers.some(([[, route]]) => route.method === method) ? allowed : [];
  });
}

function explain(error: Error): {
  status: ContentfulStatusCode;
  text: string;
  retryAfterSeconds: number | undefined;
} {
  if (error instanceof SuiteError) {
    const { code, message, retryAfterSeconds } = error;
    return { status: STATUS[code], text: `${message}.`, retryAfterSeconds };
  }
  if (error instanceof HTTPException) {
    return {
      status: error.status as ContentfulStatusCode,
      text: error.message,
      retryAfterSeconds: undefined,
    };
  }
  // A defect: what it says is for the log, not for people.
  const text = "The server met a defect. It was written down; trying again may help.";
  return { status: 500, text, retryAfterSeconds: undefined };
}
