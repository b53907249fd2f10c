/** Finds islands in the page, starts them when they appear and stops them when they are gone. */

import { type Live, live } from "./live.ts";
import { say, startToast } from "./notices.ts";

/** Starts an island on its element; what it answers stops it. */
export type Mount = (element: HTMLElement, live: Live) => (() => void) | undefined;

const mounted = new Map<Element, (() => void) | undefined>();

const islands: Record<string, (element: HTMLElement) => Promise<(() => void) | undefined>> = {
  toast: async (element) => startToast(element),
  document: mountEditor,
};

/** Starts what is there, and follows every swap. */
export function startIslands(): void {
  refreshIslands();
  document.addEventListener("suite:swapped", refreshIslands);
  document.addEventListener("click", copy);
  document.addEventListener("change", submitChosen);
  fillTimeZone();
}

function refreshIslands(): void {
  for (const [element, stop] of mounted) {
    if (element.isConnected) continue;
    mounted.delete(element);
    stop?.();
  }
  for (const element of document.querySelectorAll<HTMLElement>("[data-island]")) {
    if (!mounted.has(element)) void start(element);
  }
}

async function start(element: HTMLElement): Promise<void> {
  mounted.set(element, undefined);
  const stop = await (islands[element.dataset.island ?? ""] ?? mountBundle)(element);
  if (mounted.has(element)) mounted.set(element, stop);
  else stop?.();
}

/** What few pages need is a bundle of its own. */
async function mountBundle(element: HTMLElement): Promise<(() => void) | undefined> {
  return ((await import(element.dataset.src ?? "")) as { mount: Mount }).mount(element, live);
}

/** The editor is a bundle of its own, so that other pages do not carry it. */
async function mountEditor(element: HTMLElement): Promise<(() => void) | undefined> {
  try {
    const { mount } = (await import(document.body.dataset.editorSrc ?? "")) as { mount: Mount };
    return element.isConnected ? mount(element, live) : undefined;
  } catch (error) {
    console.error(error);
    say(element.dataset.failed ?? "");
    return undefined;
  }
}

/** `[data-copy]` puts its text on the clipboard. */
function copy(event: Event): void {
  const button =
    event.target instanceof Element ? event.target.closest<HTMLElement>("[data-copy]") : null;
  if (!button) return;
  navigator.clipboard.writeText(button.dataset.copy ?? "").then(
    () => say("Copied."),
    () => say("The browser did not allow copying. Select the text and copy it."),
  );
}

/** `[data-submits]` sends its form when something is chosen. */
function submitChosen(event: Event): void {
  if (!(event.target instanceof HTMLSelectElement)) return;
  if (event.target.matches("[data-submits]")) event.target.form?.requestSubmit();
}

/** A new account starts in the zone of its first browser. */
function fillTimeZone(): void {
  const { timeZone } = Intl.DateTimeFormat().resolvedOptions();
  for (const input of document.querySelectorAll<HTMLInputElement>("[data-own-time-zone]")) {
    input.value = timeZone;
  }
}
