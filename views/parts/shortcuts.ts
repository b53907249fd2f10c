/**
 * Every shortcut of the suite, once. Tooltips, the `?` sheet, the palette and the keyboard island all
 * read this list, so that what is shown is what works.
 *
 * Keys: a letter or sign as it is typed (`?`, `#`, `A` with Shift), a name (`Escape`), `Mod+` for Ctrl or Cmd, and a
 * space between the keys of a sequence (`g n`).
 */

/** Where a shortcut works. A narrower place wins over a wider one only where it says so. */
export type ShortcutScope = "everywhere" | "list" | "notes" | "inbox" | "entry" | "note" | "editor";

/** One shortcut. */
export interface Shortcut {
  id: string;
  keys: string;
  label: string;
  scope: ShortcutScope;
  /** Where it goes; then no element on the page is needed. */
  href?: string;
  /** The shortcut of a wider place that gives way to this one while writing. */
  insteadOf?: string;
  /** An island listens to these keys itself; the keyboard island leaves them alone. */
  handledBy?: "list" | "editor" | "browser";
}

const SHORTCUTS = [
  { id: "palette", keys: "Mod+k", label: "Search and commands", scope: "everywhere" },
  { id: "sheet", keys: "?", label: "Keyboard shortcuts", scope: "everywhere", href: "/shortcuts" },
  { id: "go.today", keys: "g t", label: "Go to Today", scope: "everywhere", href: "/" },
  { id: "go.notes", keys: "g n", label: "Go to Notes", scope: "everywhere", href: "/notes" },
  { id: "go.inbox", keys: "g i", label: "Go to Inbox", scope: "everywhere", href: "/inbox" },
  {
    id: "go.settings",
    keys: "g s",
    label: "Go to Settings",
    scope: "everywhere",
    href: "/settings",
  },
  { id: "up", keys: "u", label: "Back up to the list", scope: "everywhere" },
  { id: "undo", keys: "z", label: "Undo the last thing", scope: "everywhere" },
  { id: "create", keys: "c", label: "New note", scope: "everywhere" },

  { id: "list.next", keys: "j", label: "Next", scope: "list", handledBy: "list" },
  { id: "list.previous", keys: "k", label: "Previous", scope: "list", handledBy: "list" },
  { id: "list.open", keys: "Enter", label: "Open", scope: "list", handledBy: "browser" },
  { id: "list.select", keys: "x", label: "Select", scope: "list", handledBy: "list" },
  { id: "list.delete", keys: "#", label: "Delete", scope: "list", handledBy: "list" },
  { id: "list.search", keys: "/", label: "Search the list", scope: "list" },

  { id: "notes.pin", keys: "p", label: "Pin or unpin", scope: "notes", handledBy: "list" },

  { id: "inbox.archive", keys: "e", label: "Archive", scope: "inbox", handledBy: "list" },
  { id: "inbox.read", keys: "i", label: "Read or unread", scope: "inbox", handledBy: "list" },
  { id: "inbox.snooze", keys: "s", label: "Snooze", scope: "inbox", handledBy: "list" },
  { id: "inbox.wake", keys: "w", label: "Wake", scope: "inbox", handledBy: "list" },
  { id: "inbox.mute", keys: "m", label: "Mute this", scope: "inbox", handledBy: "list" },
  {
    id: "inbox.details",
    keys: "o",
    label: "Everything about this",
    scope: "inbox",
    handledBy: "list",
  },
  { id: "inbox.readAll", keys: "A", label: "Mark all as read", scope: "inbox" },

  { id: "entry.open", keys: "o", label: "Open what it is about", scope: "entry" },
  { id: "entry.archive", keys: "e", label: "Archive", scope: "entry" },
  { id: "entry.unread", keys: "i", label: "Mark as unread", scope: "entry" },
  { id: "entry.snooze", keys: "s", label: "Snooze", scope: "entry" },
  { id: "entry.wake", keys: "w", label: "Wake", scope: "entry" },
  { id: "entry.mute", keys: "m", label: "Mute or unmute this", scope: "entry" },

  { id: "note.write", keys: "i", label: "Write", scope: "note" },
  { id: "note.share", keys: "s", label: "Share", scope: "note" },
  { id: "note.watch", keys: "w", label: "Watch or stop watching", scope: "note" },

  { id: "editor.bold", keys: "Mod+b", label: "Bold", scope: "editor", handledBy: "editor" },
  { id: "editor.italic", keys: "Mod+i", label: "Italic", scope: "editor", handledBy: "editor" },
  {
    id: "editor.link",
    keys: "Mod+k",
    label: "Link",
    scope: "editor",
    handledBy: "editor",
    insteadOf: "palette",
  },
  { id: "editor.code", keys: "Mod+e", label: "Code", scope: "editor", handledBy: "editor" },
  {
    id: "editor.view",
    keys: "Mod+Shift+p",
    label: "Write, split or read",
    scope: "editor",
  },
  { id: "editor.save", keys: "Mod+s", label: "Save", scope: "editor" },
  { id: "editor.undo", keys: "Mod+z", label: "Undo", scope: "editor", handledBy: "editor" },
  { id: "editor.redo", keys: "Mod+Shift+z", label: "Redo", scope: "editor", handledBy: "editor" },
  {
    id: "editor.leave",
    keys: "Escape",
    label: "Leave the editor",
    scope: "editor",
    handledBy: "editor",
  },
] as const satisfies readonly Shortcut[];

/** The name of a shortcut. */
export type ShortcutId = (typeof SHORTCUTS)[number]["id"];

/** All of them, in the order of the sheet. */
export const shortcuts: readonly Shortcut[] = SHORTCUTS;

const BY_ID = new Map<string, Shortcut>(shortcuts.map((shortcut) => [shortcut.id, shortcut]));

/** One shortcut by its name. */
export function findShortcut(id: ShortcutId): Shortcut {
  const found = BY_ID.get(id);
  if (!found) throw new RangeError(`Cannot find shortcut: received "${id}"`);
  return found;
}

const SIGNS: Record<string, string> = { Mod: "Ctrl", Escape: "Esc" };

/** The keys one after the other, as they are printed on a keyboard: `[["Ctrl", "K"]]`, `[["G"], ["N"]]`. */
export function keyCaps(keys: string): string[][] {
  return keys.split(" ").map((chord) =>
    chord.split("+").flatMap((key) => {
      if (/^[A-Z]$/.test(key)) return ["Shift", key];
      return SIGNS[key] ?? (key.length === 1 ? key.toUpperCase() : key);
    }),
  );
}

/** The keys in words: `Ctrl+K`, `G then N`. */
export function describeKeys(keys: string): string {
  return keyCaps(keys)
    .map((chord) => chord.join("+"))
    .join(" then ");
}

/** What an element needs so that its shortcut works, is announced, and is seen in its tooltip. */
export interface ShortcutAttributes {
  "data-keys"?: string;
  /** In a list: works for the row one is in. */
  "data-row-keys"?: string;
  "aria-keyshortcuts"?: string;
  title: string;
}

/** The attributes of an element with a shortcut. With `off`, only the tooltip is left. */
export function shortcut(
  id: ShortcutId,
  options: { label?: string; off?: boolean } = {},
): ShortcutAttributes {
  const { keys, label, handledBy } = findShortcut(id);
  const name = options.label ?? label;
  const single = !keys.includes("+");
  if (options.off && single) return { title: name };
  const attributes: ShortcutAttributes = { title: `${name} (${describeKeys(keys)})` };
  if (!handledBy) attributes["data-keys"] = keys;
  if (handledBy === "list") attributes["data-row-keys"] = keys;
  const aria = ariaKeys(keys);
  if (aria) attributes["aria-keyshortcuts"] = aria;
  return attributes;
}

/** ARIA has no sequences: there a space separates alternatives, so a sequence is left out. */
function ariaKeys(keys: string): string | undefined {
  if (keys.includes(" ")) return undefined;
  if (/^[A-Z]$/.test(keys)) return `Shift+${keys}`;
  if (!keys.startsWith("Mod+")) return keys;
  const rest = keys.slice("Mod+".length);
  return `Control+${rest} Meta+${rest}`;
}
