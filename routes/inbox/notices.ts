/** What a person is told after what they did in their inbox, and how it is taken back. */

import { isId } from "../../actors/mod.ts";
import type { Notice } from "../../views/parts/page.ts";
import { formatMoment, type Reader } from "../../views/parts/times.ts";

/** What can be told. A time, where there is one, stands before the ids. */
export type InboxNoticeKind =
  | "inbox_read"
  | "inbox_unread"
  | "inbox_archived"
  | "inbox_unarchived"
  /** With the time until when. */
  | "inbox_snoozed"
  /** With the time until when it would have slept. */
  | "inbox_woken"
  /** With the time at which it was done. */
  | "inbox_all_read"
  | "inbox_all_unread"
  /** With 1 where the entry was archived by it. */
  | "inbox_muted"
  | "inbox_unmuted";

/** The words, and the way back, of a notice that was left. */
export function inboxNotice(
  kind: string,
  rest: readonly string[],
  reader: Reader,
): Notice | undefined {
  const ids = rest.filter(isId);
  const [time = "0"] = rest.filter((part) => /^\d+$/.test(part));
  const many = ids.length > 1 ? `${ids.length} notifications ` : "";
  const say = (text: string) => `${many}${many ? text.toLowerCase() : text}`;
  switch (kind as InboxNoticeKind) {
    case "inbox_read":
      return undoable(say("Marked as read"), "unread", ids);
    case "inbox_unread":
      return undoable(say("Marked as unread"), "read", ids);
    case "inbox_archived":
      return undoable(say("Archived"), "unarchive", ids);
    case "inbox_unarchived":
      return undoable(say("Moved to the inbox"), "archive", ids);
    case "inbox_snoozed":
      return undoable(
        `${many}${many ? "snoozed" : "Snoozed"} until ${formatMoment(Number(time), reader)}`,
        "wake",
        ids,
      );
    case "inbox_woken":
      return undoable(say("Back in the inbox"), "snooze", ids, `&until=${time}`);
    case "inbox_all_read":
      return { text: "All marked as read", undoAction: `/inbox/unread-all?at=${time}` };
    case "inbox_all_unread":
      return { text: "Marked as unread again" };
    case "inbox_muted":
      return undoable(
        "Muted: you hear no more of this",
        "unmute",
        ids,
        time === "1" ? "&unarchive=1" : "",
      );
    case "inbox_unmuted":
      return {
        text: "You hear of this again",
        ...(ids[0] ? { undoAction: `/inbox/${ids[0]}/mute` } : {}),
      };
    default:
      return undefined;
  }
}

/** More do not come through the cookie: then there is a word, and no undo. */
const IDS_MAX = 100;

function undoable(text: string, verb: string, ids: readonly string[], more = ""): Notice {
  if (ids.length === 0 || ids.length >= IDS_MAX) return { text };
  return { text, undoAction: `/inbox/${verb}?${ids.map((id) => `id=${id}`).join("&")}${more}` };
}
