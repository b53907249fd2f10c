/** A word to the person on the next page, carried over a redirect by a short-lived cookie. */

import type { Context } from "hono";
import { deleteCookie, getCookie, setCookie } from "hono/cookie";
import { isId } from "../actors/mod.ts";
import type { Notice } from "../views/page.ts";
import type { Env } from "./env.ts";

/** What can be told; where it says so, about a note. */
export type NoticeKind = "trashed" | "restored" | "purged" | "left" | "saved";

const COOKIE = "notice";
const SECONDS = 30;

const NOTICES: Record<NoticeKind, (id: string) => Notice> = {
  trashed: (id) => ({ text: "Note moved to the trash", undoAction: `/notes/${id}/restore` }),
  restored: (id) => ({ text: "Note restored", undoAction: `/notes/${id}/trash` }),
  purged: () => ({ text: "Note deleted for good" }),
  left: () => ({ text: "The note is no longer in your list" }),
  saved: () => ({ text: "Saved" }),
};

/** Leaves a notice for the next page. */
export function leaveNotice(c: Context<Env>, kind: NoticeKind, id: string): void {
  const options = { path: "/", httpOnly: true, sameSite: "Lax", maxAge: SECONDS } as const;
  setCookie(c, COOKIE, `${kind}.${id}`, options);
}

/** Takes the notice that was left, once. */
export function takeNotice(c: Context<Env>): Notice | undefined {
  const value = getCookie(c, COOKIE);
  if (value === undefined) return undefined;
  deleteCookie(c, COOKIE, { path: "/" });
  const [kind = "", id] = value.split(".");
  return isId(id) && isKind(kind) ? NOTICES[kind](id) : undefined;
}

function isKind(text: string): text is NoticeKind {
  return Object.hasOwn(NOTICES, text);
}
