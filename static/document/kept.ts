/**
 * The part of the sign-out page that only the browser knows: whether there is text on this device that
 * was typed here and is not saved. Whatever cannot be told is left as the server says it, as a warning.
 */

import { readPending } from "./pending.ts";

/** Starts on the list of what this browser keeps. */
export function mount(element: HTMLElement): undefined {
  void tell(element).catch(console.warn);
}

async function tell(element: HTMLElement): Promise<void> {
  const rows = await readPending();
  const { user } = element.dataset;
  const own = [...new Set(rows.filter((row) => row.user === user).map(({ note }) => note))];
  const others = rows.filter((row) => row.user !== user).length > 0;
  show(element, "none", rows.length === 0);
  show(element, "own", own.length > 0);
  show(element, "others", others);
  show(element, "unknown", false);
  const list = element.querySelector("[data-kept-notes]");
  list?.replaceChildren(...own.map(linkTo));
}

/** The sentences are the server's; here it is known which of them are true. */
function show(element: HTMLElement, state: string, isShown: boolean): void {
  const text = element.querySelector<HTMLElement>(`[data-kept="${state}"]`);
  if (text) text.hidden = !isShown;
}

/** What waits is saved as soon as its note is opened. */
function linkTo(note: string, index: number): HTMLElement {
  const item = document.createElement("li");
  const link = document.createElement("a");
  link.href = `/notes/${note}`;
  link.textContent = `Open note ${index + 1} to save it`;
  item.append(link);
  return item;
}
