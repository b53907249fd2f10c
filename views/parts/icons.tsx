/**
 * Icons, drawn into the page by the server, so that they need no request and take the text's color.
 * The imports are static on purpose: only then does a compiled binary carry them.
 */

import { raw } from "hono/html";
import activity from "lucide-static/icons/activity.svg" with { type: "text" };
import archive from "lucide-static/icons/archive.svg" with { type: "text" };
import mention from "lucide-static/icons/at-sign.svg" with { type: "text" };
import bell from "lucide-static/icons/bell.svg" with { type: "text" };
import mute from "lucide-static/icons/bell-off.svg" with { type: "text" };
import bold from "lucide-static/icons/bold.svg" with { type: "text" };
import check from "lucide-static/icons/check.svg" with { type: "text" };
import chevronDown from "lucide-static/icons/chevron-down.svg" with { type: "text" };
import chevronRight from "lucide-static/icons/chevron-right.svg" with { type: "text" };
import circleAlert from "lucide-static/icons/circle-alert.svg" with { type: "text" };
import circleCheck from "lucide-static/icons/circle-check.svg" with { type: "text" };
import clock from "lucide-static/icons/clock.svg" with { type: "text" };
import code from "lucide-static/icons/code.svg" with { type: "text" };
import columns from "lucide-static/icons/columns-2.svg" with { type: "text" };
import copy from "lucide-static/icons/copy.svg" with { type: "text" };
import ellipsis from "lucide-static/icons/ellipsis.svg" with { type: "text" };
import eye from "lucide-static/icons/eye.svg" with { type: "text" };
import house from "lucide-static/icons/house.svg" with { type: "text" };
import inbox from "lucide-static/icons/inbox.svg" with { type: "text" };
import italic from "lucide-static/icons/italic.svg" with { type: "text" };
import keyboard from "lucide-static/icons/keyboard.svg" with { type: "text" };
import link from "lucide-static/icons/link.svg" with { type: "text" };
import list from "lucide-static/icons/list.svg" with { type: "text" };
import tasks from "lucide-static/icons/list-checks.svg" with { type: "text" };
import lock from "lucide-static/icons/lock.svg" with { type: "text" };
import signOut from "lucide-static/icons/log-out.svg" with { type: "text" };
import unread from "lucide-static/icons/mail.svg" with { type: "text" };
import read from "lucide-static/icons/mail-open.svg" with { type: "text" };
import note from "lucide-static/icons/notebook-text.svg" with { type: "text" };
import pencil from "lucide-static/icons/pencil.svg" with { type: "text" };
import pin from "lucide-static/icons/pin.svg" with { type: "text" };
import unpin from "lucide-static/icons/pin-off.svg" with { type: "text" };
import plus from "lucide-static/icons/plus.svg" with { type: "text" };
import redo from "lucide-static/icons/redo-2.svg" with { type: "text" };
import restore from "lucide-static/icons/rotate-ccw.svg" with { type: "text" };
import search from "lucide-static/icons/search.svg" with { type: "text" };
import settings from "lucide-static/icons/settings.svg" with { type: "text" };
import shield from "lucide-static/icons/shield.svg" with { type: "text" };
import compose from "lucide-static/icons/square-pen.svg" with { type: "text" };
import trash from "lucide-static/icons/trash-2.svg" with { type: "text" };
import warning from "lucide-static/icons/triangle-alert.svg" with { type: "text" };
import undo from "lucide-static/icons/undo-2.svg" with { type: "text" };
import addPerson from "lucide-static/icons/user-plus.svg" with { type: "text" };
import people from "lucide-static/icons/users.svg" with { type: "text" };
import close from "lucide-static/icons/x.svg" with { type: "text" };

const SOURCES = {
  activity,
  addPerson,
  archive,
  bell,
  bold,
  check,
  chevronDown,
  chevronRight,
  circleAlert,
  circleCheck,
  clock,
  close,
  code,
  columns,
  compose,
  copy,
  ellipsis,
  eye,
  house,
  inbox,
  italic,
  keyboard,
  link,
  list,
  lock,
  mention,
  mute,
  note,
  pencil,
  people,
  pin,
  plus,
  read,
  redo,
  restore,
  search,
  settings,
  shield,
  signOut,
  tasks,
  trash,
  undo,
  unpin,
  unread,
  warning,
};

/** What can be drawn. */
export type IconName = keyof typeof SOURCES;

/** Keeps the shapes; size, stroke and color come from the style sheet. */
function shapes(source: string): string {
  const start = source.indexOf(">", source.indexOf("<svg")) + 1;
  const inner = source.slice(start, source.lastIndexOf("</svg>"));
  return inner.trim().replace(/\s*\n\s*/g, "");
}

const MARKUP = new Map<string, ReturnType<typeof raw>>(
  Object.entries(SOURCES).map(([name, source]) => [
    name,
    raw(`<svg class="icon" viewBox="0 0 24 24" aria-hidden="true">${shapes(source)}</svg>`),
  ]),
);

/** An icon. It is decoration: whatever carries it needs a name of its own. */
export function Icon(props: { name: IconName }) {
  return <>{MARKUP.get(props.name)}</>;
}
