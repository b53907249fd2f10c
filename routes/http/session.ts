/**
 * Who is asking, and whether the request is really theirs. One middleware turns the session cookie into a
 * viewer, the other refuses every change that did not come from one of our own pages.
 */

import type { Context, MiddlewareHandler } from "hono";
import { deleteCookie, setCookie } from "hono/cookie";
import { type Account, type Session, SuiteError } from "../../actors/mod.ts";
import type { Services } from "../services.ts";
import { describeDevice } from "./browser_name.ts";
import type { Env } from "./env.ts";
import { readForm } from "./form.ts";
import { forgetNewSession, leaveNewSession } from "./new_session.ts";
import { isSameOrigin } from "./origin.ts";
import { sendAgain } from "./send_again.ts";
import { isSameSecret, serverSecret, sign } from "./tokens.ts";

/** The longest that browsers keep a cookie; when a session ends is up to the server. */
const COOKIE_SECONDS = 400 * 24 * 60 * 60;

/**
 * Mail programs end e-mail for their reader by a POST from nowhere (RFC 8058). It has a token of its own,
 * and whoever is signed in does not matter to it.
 */
const FROM_ANYWHERE = "/unsubscribe";

type SessionServices = Pick<
  Services,
  "config" | "accounts" | "sessions" | "clock" | "assets" | "log"
>;

/**
 * Whoever signs in or out may well do so on a page from before the last session, and wants to be rid of
 * it anyway; the origin is checked all the same.
 */
const WITHOUT_TOKEN: ReadonlySet<string> = new Set(["/signin", "/signup", "/signout"]);

/** Sets `viewer`, `session` and `csrfToken`. */
export function sessionMiddleware(services: SessionServices): MiddlewareHandler<Env> {
  return async (c, next) => {
    c.set("csrfToken", "");
    const token = sessionTokenOf(c.req.raw.headers, services.config.publicUrl);
    const found = token === undefined ? undefined : await services.sessions.validate(token);
    if (found) {
      c.set("viewer", found.account);
      c.set("session", found.session);
      c.set("csrfToken", sign(`csrf:${found.session.id}`, await serverSecret(services.accounts)));
    }
    return await next();
  };
}

/**
 * Lets no forged change through. It may have to read a form for its token, so it stands behind everything
 * that can refuse a request without that.
 */
export function refuseForged(services: SessionServices): MiddlewareHandler<Env> {
  return async (c, next) => {
    const isChange = c.req.method !== "GET" && c.req.method !== "HEAD";
    if (isChange && c.req.path !== FROM_ANYWHERE) {
      assertOrigin(c, services);
      const needsToken = c.var.session && !WITHOUT_TOKEN.has(c.req.path);
      if (needsToken && !(await hasToken(c))) return await sendAgain(c, services, "stale");
    }
    return await next();
  };
}

/** The session's secret in a request's cookies, for routes and for the socket. */
export function sessionTokenOf(headers: Headers, publicUrl: URL): string | undefined {
  const name = cookieName(publicUrl);
  for (const pair of headers.get("Cookie")?.split(";") ?? []) {
    const [key, value] = pair.trim().split("=");
    if (key === name && value) return value;
  }
  return undefined;
}

/** Signs a browser in: a new session every time, and the one it had before ends. */
export async function startSession(
  c: Context<Env>,
  services: SessionServices,
  account: Account,
): Promise<Session> {
  await revokeCurrent(c, services);
  const device = describeDevice(c.req.header("User-Agent"));
  const from = { device, address: c.var.address };
  const { token, session } = await services.sessions.create(account.id, from);
  const { publicUrl } = services.config;
  setCookie(c, cookieName(publicUrl), token, {
    ...cookieOptions(publicUrl),
    maxAge: COOKIE_SECONDS,
  });
  leaveNewSession(c);
  return session;
}

/** Signs a browser out. What belongs to its session is ended by the store's telling. */
export async function endSession(c: Context<Env>, services: SessionServices): Promise<void> {
  const { publicUrl } = services.config;
  deleteCookie(c, cookieName(publicUrl), cookieOptions(publicUrl));
  forgetNewSession(c);
  await revokeCurrent(c, services);
}

async function revokeCurrent(c: Context<Env>, services: SessionServices): Promise<void> {
  const { session } = c.var;
  if (!session) return;
  await services.sessions.revoke(session.userId, session.id);
}

/** Lets only people with an account pass; the others are asked to sign in. */
export const requireViewer: MiddlewareHandler<Env> = async (c, next) => {
  viewerOf(c);
  await next();
};

/** Lets only administrators pass. */
export const requireAdministrator: MiddlewareHandler<Env> = async (c, next) => {
  if (viewerOf(c).role !== "administrator") {
    throw new SuiteError("forbidden", "Cannot open this page: it is for administrators");
  }
  await next();
};

/** Who is asking. Throws `unauthenticated` when that is not known. */
export function viewerOf(c: Context<Env>): Account {
  const { viewer } = c.var;
  if (!viewer) throw new SuiteError("unauthenticated", "Cannot go on: sign in first");
  return viewer;
}

/** The session of who is asking. Throws `unauthenticated` when there is none. */
export function sessionOf(c: Context<Env>): Session {
  viewerOf(c);
  const { session } = c.var;
  if (!session) throw new SuiteError("unauthenticated", "Cannot go on: sign in first");
  return session;
}

/**
 * A `__Host-` cookie can be set only by this host over https; browsers refuse it on plain http, which
 * the configuration allows for localhost alone.
 */
function cookieName(publicUrl: URL): string {
  return publicUrl.protocol === "https:" ? "__Host-session" : "session";
}

function cookieOptions(publicUrl: URL) {
  const secure = publicUrl.protocol === "https:";
  return { httpOnly: true, sameSite: "Lax", path: "/", secure } as const;
}

function assertOrigin(c: Context<Env>, { config, log }: SessionServices): void {
  const { headers } = c.req.raw;
  if (isSameOrigin(headers, config.publicUrl)) return;
  // What was sent instead is for neither the page nor the log: it can be anything, of any length.
  log.warn("refused a change from another origin", {
    audit: true,
    expected: config.publicUrl.origin,
    received: headers.has("Origin") ? "another" : "none",
    address: c.var.address,
    by: c.var.viewer?.id,
  });
  throw new SuiteError(
    "forbidden",
    `Cannot accept the form: expected it from "${config.publicUrl.origin}", received it from another ` +
      "address; open the suite at that one, or have PUBLIC_URL set to the one you use",
  );
}

/** The page's header or the form's field, whichever is right: after signing in again one is older. */
async function hasToken(c: Context<Env>): Promise<boolean> {
  const { csrfToken } = c.var;
  if (isSameSecret(c.req.header("X-Csrf-Token") ?? "", csrfToken)) return true;
  return isSameSecret((await readForm(c)).csrf ?? "", csrfToken);
}
