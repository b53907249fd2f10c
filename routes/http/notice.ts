/** A word to the person on the next page, carried over a redirect by a short-lived cookie. */

import type { Context } from "hono";
import { deleteCookie, getCookie, setCookie } from "hono/cookie";
import { isId } from "../../actors/mod.ts";
import type { Notice } from "../../views/parts/page.ts";
import { NEUTRAL_READER } from "../../views/parts/times.ts";
import { type InboxNoticeKind, inboxNotice } from "../inbox/notices.ts";
import type { Env } from "./env.ts";
import { isPart } from "./page.ts";

/** What can be told about notes. */
export type NoticeKind =
  | "trashed"
  | "restored"
  | "purged"
  | "left"
  | "saved"
  | "watched"
  | "unwatched";

/** What can be told about accounts. */
export type AccountNoticeKind = keyof typeof ACCOUNT_NOTICES;

const ACCOUNT_NOTICES = {
  settings_saved: "Settings saved",
  password_changed: "Password changed; all other browsers were signed out",
  session_ended: "That browser was signed out",
  sessions_ended: "All other browsers were signed out",
  role_changed: "Role changed",
  invitation_withdrawn: "Invitation withdrawn",
  sign_up_opened: "Anybody can sign up now",
  sign_up_closed: "Signing up needs an invitation now",
  inbox_days_saved: "Saved: how long notifications are kept",
  preferences_saved: "Preferences saved",
  device_added: "This device is notified from now on",
  device_removed: "That device is not notified anymore",
  device_tested: "The test was sent; it should be there in a moment",
  device_failed: "The test did not go through; the answer stands beside the device",
  device_gone: "That device is gone, so it was removed",
} as const;

const COOKIE = "notice";
const SECONDS = 30;
/** More do not fit in a cookie; then there is a word, and no undo for all at once. */
const IDS_MAX = 100;

/** Leaves a notice for the next page. */
export function leaveNotice(
  c: Context<Env>,
  kind: NoticeKind | AccountNoticeKind | InboxNoticeKind,
  ids: readonly string[] = [],
): void {
  const value = [kind, ...ids.slice(0, IDS_MAX + 1)].join(".");
  const options = { path: "/", httpOnly: true, sameSite: "Lax", maxAge: SECONDS } as const;
  setCookie(c, COOKIE, value, options);
}

/** Takes the notice that was left, once. */
export function takeNotice(c: Context<Env>): Notice | undefined {
  const value = getCookie(c, COOKIE);
  // A list that fetches itself shows no notices: the page that comes behind it would be without.
  if (value === undefined || isPart(c)) return undefined;
  deleteCookie(c, COOKIE, { path: "/" });
  const [kind = "", ...rest] = value.split(".");
  if (isAboutAccounts(kind)) return { text: ACCOUNT_NOTICES[kind] };
  if (kind.startsWith("inbox_")) return inboxNotice(kind, rest, c.var.viewer ?? NEUTRAL_READER);
  const ids = rest.filter(isId);
  return ids.length > 0 ? noticeOf(kind, ids) : undefined;
}

function isAboutAccounts(kind: string): kind is AccountNoticeKind {
  return Object.hasOwn(ACCOUNT_NOTICES, kind);
}

function noticeOf(kind: string | undefined, ids: readonly string[]): Notice | undefined {
  const notes = ids.length === 1 ? "Note" : `${ids.length} notes`;
  switch (kind) {
    case "trashed":
      return undoable(`${notes} moved to the trash`, "restore", ids);
    case "restored":
      return undoable(`${notes} restored`, "trash", ids);
    case "purged":
      return { text: `${notes} deleted for good` };
    case "left":
      return { text: "The note is no longer in your list" };
    case "saved":
      return { text: "Saved" };
    case "watched":
      return {
        text: "Watching: changes by others come to your inbox",
        undoAction: `/notes/${ids[0]}/unwatch`,
      };
    case "unwatched":
      return { text: "You no longer watch this note", undoAction: `/notes/${ids[0]}/watch` };
    default:
      return undefined;
  }
}

function undoable(text: string, verb: string, ids: readonly string[]): Notice {
  if (ids.length > IDS_MAX) return { text };
  return { text, undoAction: `/notes/${verb}?${ids.map((id) => `id=${id}`).join("&")}` };
}
