/**
 * What a request gets that came without a session, or with a form from before the last sign-in. What
 * was typed is never lost: a form comes back with everything in it, to be sent again.
 */

import type { Context } from "hono";
import { SendAgainPage } from "../views/account.tsx";
import type { Env } from "./env.ts";
import { readForm } from "./form.ts";
import { localPath } from "./origin.ts";
import { isPartial, pageOf } from "./page.ts";
import type { Services } from "./services.ts";

/** Asks to sign in: a page by redirect, a script by header, a form with what was in it. */
export async function askToSignIn(
  c: Context<Env>,
  services: Pick<Services, "clock" | "assets">,
): Promise<Response> {
  const isRead = c.req.method === "GET" || c.req.method === "HEAD";
  if (!isRead && isNavigation(c)) return await sendAgain(c, services, "signed_out");
  const here = isRead ? pathOf(c.req.url) : pathOf(c.req.header("HX-Current-URL") ?? "");
  const next = localPath(here);
  const signIn = next === "/" ? "/signin" : `/signin?next=${encodeURIComponent(next)}`;
  if (isRead && !isScript(c)) return c.redirect(signIn, 303);
  c.header("HX-Redirect", signIn);
  return c.text("Sign in first", 401);
}

/** Answers with the form that came, to be sent once more. */
export async function sendAgain(
  c: Context<Env>,
  services: Pick<Services, "clock" | "assets">,
  reason: "stale" | "signed_out",
): Promise<Response> {
  const status = reason === "stale" ? 403 : 401;
  if (!isNavigation(c)) {
    // A part of a page cannot ask; the page itself is fetched again, with a token that works.
    c.header("HX-Refresh", "true");
    return c.text("This page is from before the last sign-in", status);
  }
  const { pathname, search } = new URL(c.req.url);
  const fields = Object.entries(await readForm(c)).filter(([name]) => !isSecret(name));
  return c.html(
    SendAgainPage({ page: pageOf(c, services), reason, action: pathname + search, fields }),
    status,
  );
}

function isScript(c: Context<Env>): boolean {
  if (c.req.header("HX-Request") === "true") return true;
  const mode = c.req.header("Sec-Fetch-Mode");
  if (mode !== undefined) return mode !== "navigate";
  return !(c.req.header("Accept") ?? "text/html").includes("text/html");
}

/** Whether a page is shown for the answer, whole or between the parts of the shell. */
function isNavigation(c: Context<Env>): boolean {
  return isPartial(c) || !isScript(c);
}

function isSecret(name: string): boolean {
  return name === "csrf" || /password/i.test(name);
}

function pathOf(url: string): string {
  if (!URL.canParse(url)) return "/";
  const { pathname, search } = new URL(url);
  return pathname + search;
}
