/** The layers of the shell: the palette (Ctrl/Cmd+K) and the sheet of shortcuts (?). */

import htmx from "htmx.org";
import { rowControls } from "./list.ts";

/** Opens layers from `[data-opens]`; without this script those are links to pages. */
export function startLayers(): void {
  document.addEventListener("click", open, true);
  // What is sent from a layer, or chosen in it, is done there; so is a click beside it.
  document.addEventListener("submit", ({ target }) => close(target));
  document.addEventListener("click", ({ target }) => {
    if (target instanceof Element && target.matches("dialog, [role=option], [role=option] *"))
      close(target);
  });
  document.addEventListener("htmx:after:swap", () => refreshOptions());
  paletteInput()?.addEventListener("keydown", moveInPalette);
}

/** Closes the layer that something is in. */
function close(target: EventTarget | null): void {
  if (target instanceof Element) target.closest("dialog")?.close();
}

function paletteInput(): HTMLInputElement | null {
  return document.querySelector<HTMLInputElement>("#palette-input");
}

function open(event: Event): void {
  if (!(event.target instanceof Element)) return;
  const opener = event.target.closest<HTMLElement>("[data-opens]");
  const dialog = document.getElementById(opener?.dataset.opens ?? "");
  if (!opener || !(dialog instanceof HTMLDialogElement)) return;
  if (event instanceof MouseEvent && (event.ctrlKey || event.metaKey || event.shiftKey)) return;
  event.preventDefault();
  event.stopPropagation();
  const menu = opener.closest("details");
  // The layer gives the focus back to what had it, and an item of a closed menu cannot take it.
  if (menu?.contains(document.activeElement)) menu.querySelector("summary")?.focus();
  menu?.removeAttribute("open");
  if (dialog.id === "palette") openPalette(dialog);
  else void openPage(dialog, urlOf(opener));
}

/** A link says where it leads; a button's layer is about what is selected in its form. */
function urlOf(opener: HTMLElement): string {
  if (opener instanceof HTMLAnchorElement) return opener.href;
  const { form, formAction } = opener as HTMLButtonElement;
  const ids = new FormData(form ?? undefined).getAll("id");
  return `${formAction}?id=${ids.join("&id=")}`;
}

function openPalette(dialog: HTMLDialogElement): void {
  const input = paletteInput();
  if (!input || dialog.open) return;
  input.value = "";
  dialog.showModal();
  htmx.trigger(input, "open", {}, false);
}

/** A layer that shows what a page shows. */
async function openPage(dialog: HTMLDialogElement, url: string): Promise<void> {
  await htmx.ajax("GET", url, { target: dialog, swap: "innerHTML", select: "[data-layer]" });
  dialog.showModal();
}

function options(): HTMLElement[] {
  return [...document.querySelectorAll<HTMLElement>("#palette-results [role=option]")];
}

/** New results came: what this page can do joins them, and the first of all is chosen. */
function refreshOptions(): void {
  const input = paletteInput();
  const here = document.getElementById("palette-here");
  if (!input || !here?.hidden) return;
  const typed = input.value.trim().toLowerCase();
  const commands = pageCommands(typed);
  here.append(...commands);
  here.hidden = !commands[0];
  // What was typed is most likely the name of what one wants to do here.
  if (typed) here.parentElement?.prepend(here);
  mark(0);
}

/** What a shortcut does in the content region, or to the line one is at, can also be found by its name. */
function pageCommands(typed: string): HTMLElement[] {
  const controls = document.querySelectorAll<HTMLElement>("#main [data-keys]");
  // What every page can do is in the list already, and a page may offer the same thing twice.
  const everywhere = document.querySelectorAll("#palette-results button");
  const listed = new Set(Array.from(everywhere, nameOf)).add("");
  return [...controls, ...rowControls()].flatMap((control, index) => {
    const name = nameOf(control);
    if (!name.includes(typed) || listed.has(name)) return [];
    listed.add(name);
    const option = Object.assign(document.createElement("button"), {
      role: "option",
      tabIndex: -1,
      id: `palette-here-${index}`,
      textContent: control.ariaLabel ?? control.textContent,
    });
    const keys = /\(([^)]+)\)$/.exec(control.title)?.[1];
    if (keys) option.append(Object.assign(document.createElement("kbd"), { textContent: keys }));
    option.addEventListener("click", () => control.click());
    return [option];
  });
}

/** What a control is called, without the keys that stand beside it. */
function nameOf(control: Element): string {
  const text = control.querySelector(".option-text") ?? control;
  return (control.ariaLabel ?? text.textContent).trim().toLowerCase();
}

function mark(index: number): void {
  const all = options();
  for (const [at, option] of all.entries()) option.ariaSelected = String(at === index);
  const chosen = all[index];
  chosen?.scrollIntoView({ block: "nearest" });
  paletteInput()?.setAttribute("aria-activedescendant", chosen?.id ?? "");
}

function moveInPalette(event: KeyboardEvent): void {
  const all = options();
  const index = all.findIndex((option) => option.ariaSelected === "true");
  const step = { ArrowDown: 1, ArrowUp: -1 }[event.key];
  if (step) mark((index + step + all.length) % all.length);
  else if (event.key === "Enter") all[index]?.click();
  // A search field would only empty itself.
  else if (event.key === "Escape") close(event.target);
  else return;
  event.preventDefault();
}
