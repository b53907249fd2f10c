/** The first page after signing in is told apart by a short-lived cookie; see `static/shell/device.ts`. */

import type { Context } from "hono";
import { deleteCookie, getCookie, setCookie } from "hono/cookie";
import type { Env } from "./env.ts";

const COOKIE = "new_session";
const VALUE = "first_page";
const SECONDS = 60;

/** The next page is the first one of a session. */
export function leaveNewSession(c: Context<Env>): void {
  setCookie(c, COOKIE, VALUE, { path: "/", httpOnly: true, sameSite: "Lax", maxAge: SECONDS });
}

/** Whether this page is the first one; true once. */
export function takeNewSession(c: Context<Env>): boolean {
  if (getCookie(c, COOKIE) === undefined) return false;
  forgetNewSession(c);
  return c.var.viewer !== undefined;
}

/** There is no session anymore. */
export function forgetNewSession(c: Context<Env>): void {
  deleteCookie(c, COOKIE, { path: "/" });
}
