/** What can be done from every page, as the palette offers it. */

import type { Account } from "../../actors/mod.ts";
import { domIds } from "../parts/dom_ids.ts";
import type { IconName } from "../parts/icons.tsx";
import type { ShortcutId } from "../parts/shortcuts.ts";

/** Something one can do from every page. */
export interface Command {
  id: string;
  label: string;
  /** What else it is called. */
  also?: readonly string[];
  icon: IconName;
  keys?: ShortcutId;
  href?: string;
  /** Where a form is sent. */
  action?: string;
  /** The layer it opens. */
  opens?: string;
  administrators?: boolean;
}

const COMMANDS: readonly Command[] = [
  { id: "create", label: "New note", icon: "plus", keys: "create", action: "/notes" },
  { id: "today", label: "Go to Today", icon: "house", keys: "go.today", href: "/" },
  { id: "notes", label: "Go to Notes", icon: "note", keys: "go.notes", href: "/notes" },
  { id: "inbox", label: "Go to Inbox", icon: "inbox", keys: "go.inbox", href: "/inbox" },
  {
    id: "read-all",
    label: "Mark all notifications as read",
    icon: "tasks",
    keys: "inbox.readAll",
    action: "/inbox/read-all",
  },
  { id: "unread", label: "Go to unread", icon: "unread", href: "/inbox?view=unread" },
  { id: "snoozed", label: "Go to snoozed", icon: "clock", href: "/inbox?view=snoozed" },
  { id: "archived", label: "Go to archived", icon: "archive", href: "/inbox?view=archived" },
  { id: "trash", label: "Go to the trash", icon: "trash", href: "/notes?scope=trash" },
  {
    id: "settings",
    label: "Go to Settings",
    icon: "settings",
    keys: "go.settings",
    href: "/settings",
    also: ["preferences"],
  },
  {
    id: "theme",
    label: "Choose the theme",
    icon: "settings",
    href: "/settings#theme",
    also: ["theme", "appearance", "dark mode", "light mode"],
  },
  {
    id: "profile",
    label: "Change your name, time zone or language",
    icon: "settings",
    href: "/settings#settings-profile",
    also: ["name", "profile", "time zone", "language"],
  },
  {
    id: "password",
    label: "Change your password",
    icon: "lock",
    href: "/settings#settings-password",
    also: ["password"],
  },
  {
    id: "sessions",
    label: "See where you are signed in",
    icon: "shield",
    href: "/settings#settings-sessions",
    also: ["sessions"],
  },
  {
    id: "notifications",
    label: "Choose notifications",
    icon: "bell",
    href: "/settings/notifications",
    also: ["notifications"],
  },
  { id: "admin", label: "Go to Admin", icon: "shield", href: "/admin", administrators: true },
  { id: "ops", label: "Go to Ops", icon: "activity", href: "/ops", administrators: true },
  {
    id: "sheet",
    label: "Keyboard shortcuts",
    icon: "keyboard",
    keys: "sheet",
    href: "/shortcuts",
    opens: domIds.sheet,
  },
  // The page asks whether to clear the browser, too.
  {
    id: "sign-out",
    label: "Sign out",
    icon: "signOut",
    href: "/signout",
    also: ["log out", "logout"],
  },
];

/** Commands that a query finds, in the order in which they are listed. */
export interface FoundCommands {
  /** Their name begins with the query: what was typed is most likely one of these. */
  named: Command[];
  /** They have all its words; without a query these are all commands. */
  others: Command[];
}

/** Finds commands that the viewer may use by what was typed. */
export function findCommands(query: string, viewer: Account | undefined): FoundCommands {
  const typed = query.trim().toLowerCase();
  const words = typed.split(/\s+/).filter(Boolean);
  const found: FoundCommands = { named: [], others: [] };
  for (const command of COMMANDS) {
    if (command.administrators && viewer?.role !== "administrator") continue;
    const names = namesOf(command);
    if (typed !== "" && names.some((name) => name.startsWith(typed))) found.named.push(command);
    else if (words.every((word) => names.join(" ").includes(word))) found.others.push(command);
  }
  return found;
}

/** One finds a place by its name alone, too. */
function namesOf({ label, also = [] }: Command): string[] {
  return [label, label.replace(/^Go to (?:the )?/, ""), ...also].map((name) => name.toLowerCase());
}
