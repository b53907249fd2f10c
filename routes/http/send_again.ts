/**
 * What a request gets that came without a session, or with a form from before the last sign-in. What
 * was typed is never lost: a form comes back with everything in it, to be sent again. One that is too
 * large for that, or would come back larger than it was, stays with the browser, which can send it again.
 */

import type { Context } from "hono";
import { limits, pause, SuiteError } from "../../actors/mod.ts";
import { ReloadPage, SendAgainPage } from "../../views/account/pages.tsx";
import type { Services } from "../services.ts";
import type { Env } from "./env.ts";
import { readFields } from "./form.ts";
import type { FormField } from "./form_parser.ts";
import { localPath } from "./origin.ts";
import { isPartial, pageOf } from "./page.ts";

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
  const fields = await fieldsToKeep(c);
  // Escaping a whole note, twice, is as much as one may do in a row.
  await pause(services.clock);
  const page = pageOf(c, services);
  if (fields === undefined) return c.html(ReloadPage({ page, reason }), status);
  return c.html(SendAgainPage({ page, reason, action: pathname + search, fields }), status);
}

/** What comes back of the form; undefined when it is too much. */
async function fieldsToKeep(c: Context<Env>): Promise<FormField[] | undefined> {
  let fields: FormField[];
  try {
    // All of one name, such as the lines that were selected in a list.
    fields = (await readFields(c)).filter(([name]) => !isSecret(name));
  } catch (error) {
    if (error instanceof SuiteError && error.code === "too_large") return undefined;
    throw error;
  }
  const bytes = fields.reduce((sum, field) => sum + bytesOfField(field), 0);
  const came = (c.var.body?.bytes ?? 0) + limits.formBytesMax;
  // A note full of quotes takes twice the room in HTML. Members have it back all the same: for them
  // there is no other way, and what they may send is counted.
  const bytesMax = c.var.viewer ? Math.min(2 * came, limits.keptFieldsBytesMax) : came;
  return bytes <= bytesMax ? fields : undefined;
}

function bytesOfField([name, value]: FormField): number {
  const markup = '<input type="hidden" name="" value=""/>'.length;
  return (
    markup + Buffer.byteLength(Bun.escapeHTML(name)) + Buffer.byteLength(Bun.escapeHTML(value))
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
