/**
 * Shortcuts. An element says its keys in `data-keys`; pressing them clicks it, or focuses it when one
 * types in it. Never while typing, and single keys not at all when a person has switched them off.
 */

import { pressInList } from "./list.ts";

/** Between two keys of a sequence. */
const SEQUENCE_MS = 1_500;

let pending = "";
let pressedAt = 0;

/** Listens to the keyboard. */
export function startKeyboard(): void {
  document.addEventListener("keydown", (event) => {
    if (event.defaultPrevented || event.isComposing || event.altKey) return;
    const target = event.target instanceof Element ? event.target : document.body;
    if (press(chordOf(event), target)) event.preventDefault();
  });
  // A list is searched while one types; Enter goes on to what was found.
  document.addEventListener("submit", () => leave(document.querySelector("search :focus")));
}

/** A key as the registry writes it: `g`, `?`, `Escape`, `Mod+k`, `Mod+Shift+p`. */
function chordOf(event: Pick<KeyboardEvent, "key" | "ctrlKey" | "metaKey" | "shiftKey">): string {
  const { key } = event;
  if (!event.ctrlKey && !event.metaKey) return key;
  return `Mod+${event.shiftKey ? "Shift+" : ""}${key.length === 1 ? key.toLowerCase() : key}`;
}

function press(chord: string, target: Element): boolean {
  const isModified = chord.startsWith("Mod+");
  if (chord === "Escape") return closeMenu(target) || leave(target);
  if (document.querySelector("dialog[open]")) return false;
  if (!isModified && (isTyping(target) || document.body.dataset.shortcuts === "off")) return false;
  const now = Date.now();
  const keys = pending && now - pressedAt < SEQUENCE_MS ? `${pending} ${chord}` : chord;
  pressedAt = now;
  pending = "";
  const elements = [...document.querySelectorAll<HTMLElement>("[data-keys]")];
  const match = elements.find((element) => element.dataset.keys === keys);
  if (match) return activate(match);
  if (elements.some((element) => element.dataset.keys?.startsWith(`${keys} `))) {
    pending = keys;
    return true;
  }
  return !isModified && pressInList(chord, target);
}

function isTyping(target: Element): boolean {
  return target.matches(
    "textarea, select, [contenteditable], input:not([type=checkbox], [type=radio], [type=button])",
  );
}

function activate(element: HTMLElement): boolean {
  // A field that is not shown cannot have the focus: its island hears the click.
  if (isTyping(element) && element.checkVisibility()) {
    element.focus();
    if (element instanceof HTMLInputElement) element.select();
  } else element.click();
  return true;
}

/** Leaves a field for what stands around it, where single keys work. */
function leave(field: Element | null): boolean {
  const around = field && isTyping(field) && field.closest<HTMLElement>("[data-around]");
  if (!around) return false;
  // Tab goes on from the place of the field, and not into it again.
  (field as HTMLElement).tabIndex = -1;
  around.addEventListener("blur", () => field.removeAttribute("tabindex"), { once: true });
  around.focus();
  return true;
}

/** Closes the menu one is in, and gives the focus back to what opened it. */
function closeMenu(target: Element): boolean {
  const menu = target.closest("details[data-menu][open]");
  if (!menu) return false;
  menu.removeAttribute("open");
  menu.querySelector("summary")?.focus();
  return true;
}

/** Menus close when one turns to something else, arrows move in them, and all of them can be seen. */
export function startMenus(): void {
  const closeOthers = (event: Event) => {
    for (const menu of document.querySelectorAll("details[data-menu][open]")) {
      if (event.target instanceof Node && !menu.contains(event.target))
        menu.removeAttribute("open");
    }
  };
  document.addEventListener("pointerdown", closeOthers);
  document.addEventListener("focusin", closeOthers);
  document.addEventListener("suite:swapped", () => {
    for (const menu of document.querySelectorAll("#rail details[open]"))
      menu.removeAttribute("open");
  });
  document.addEventListener("keydown", moveInMenu);
  document.addEventListener("click", closeChosen);
  document.addEventListener("toggle", showMenu, true);
}

/** What was chosen in a menu is done; the menu is not in its way, also where the page stays. */
function closeChosen({ target }: Event): void {
  const item = target instanceof Element && target.closest(".menu-panel :is(a, button)");
  if (item) closeMenu(item);
}

/** The menu of the last row would open below the window. */
function showMenu({ target }: Event): void {
  if (!(target instanceof HTMLDetailsElement) || !target.matches("[data-menu][open]")) return;
  target.querySelector(".menu-panel")?.scrollIntoView({ block: "nearest" });
}

function moveInMenu(event: KeyboardEvent): void {
  const step = event.key === "ArrowDown" ? 1 : event.key === "ArrowUp" ? -1 : 0;
  const target = event.target instanceof Element ? event.target : null;
  const menu = step && target?.closest("details[data-menu][open]");
  if (!menu) return;
  event.preventDefault();
  const items = [...menu.querySelectorAll<HTMLElement>(".menu-panel :is(a, button)")];
  const index = items.indexOf(document.activeElement as HTMLElement);
  items.at(index < 0 && step < 0 ? -1 : (index + step) % items.length)?.focus();
}
