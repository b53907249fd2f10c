/**
 * Working through a list with the keyboard. Every row's link is an ordinary stop of the Tab key; `j`,
 * `k` and the arrows only jump from one to the next, so nothing is taken from a screen reader.
 */

let lastRow = "";

/** Acts on a key in the page's list; answers whether it was one of the list's. */
export function pressInList(key: string, target: Element): boolean {
  const list = document.querySelector("#main [data-list]");
  if (!list) return false;
  const isInside = list.contains(target);
  if (key === "j" || (isInside && key === "ArrowDown")) return move(list, 1);
  if (key === "k" || (isInside && key === "ArrowUp")) return move(list, -1);
  return act(list, key);
}

function rowsOf(list: Element): Element[] {
  return [...list.querySelectorAll("[data-row]")];
}

/** The row with the focus, or the one that had it last. */
function currentIndex(rows: Element[]): number {
  const focused = rows.findIndex((row) => row.contains(document.activeElement));
  return focused >= 0 ? focused : rows.findIndex((row) => row.id === lastRow);
}

function move(list: Element, step: number): boolean {
  const rows = rowsOf(list);
  const index = currentIndex(rows);
  const row = rows[index < 0 ? 0 : index + step] ?? rows[index];
  const link = row?.querySelector<HTMLElement>("[data-row-link]");
  if (!row || !link) return false;
  lastRow = row.id;
  link.focus({ preventScroll: true });
  row.scrollIntoView({ block: "nearest" });
  return true;
}

/** A key that a row's own control answers to; with selected rows, the control for all of them. */
function act(list: Element, key: string): boolean {
  const selector = `[data-row-keys="${CSS.escape(key)}"]`;
  const rows = rowsOf(list);
  const isAnySelected = list.querySelector("[data-row-select]:checked") !== null;
  const bulk = isAnySelected ? bulkControls(selector) : [];
  const shown = bulk.find((control) => control.checkVisibility());
  // What is not shown cannot be done to all that is selected, and must not be done to less.
  if (bulk.length > 0 && !shown) return true;
  const control = shown ?? rows[currentIndex(rows)]?.querySelector<HTMLElement>(selector);
  // The line will leave its place: what one is at next is the one below.
  if (control?.matches("[data-advance]")) move(list, 1);
  control?.click();
  return Boolean(control);
}

function bulkControls(selector: string): HTMLElement[] {
  return [...document.querySelectorAll<HTMLElement>(`#main ${selector}:not([data-row] *)`)];
}

/** The controls that keys of the list press in the line one was at last. */
export function rowControls(): Iterable<HTMLElement> {
  const row = document.getElementById(lastRow);
  return row?.querySelectorAll<HTMLElement>("[data-row-keys]") ?? [];
}
