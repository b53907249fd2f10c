/**
 * Navigation inside the shell. htmx fetches and swaps; this file says how: another page replaces what
 * `#main` shows, the same page is morphed in place, and the focus never falls back to `body`.
 */

import htmx from "htmx.org";
import { watchTopics } from "./live.ts";
import { say } from "./notices.ts";

const RESTORE = "HX-History-Restore-Request";

/** What we read and write of htmx's request context. */
interface Context {
  sourceElement: Element;
  target: Element | string | null;
  swap: string;
  select?: string | undefined;
  push?: string | undefined;
  replace?: string | undefined;
  text: string;
  request: {
    method: string;
    action: string;
    headers: Record<string, string>;
    body: FormData;
    submitter?: HTMLElement;
  };
  response: { status: number; raw: Response };
}

interface Task {
  type: string;
  target: Element | null;
  swapSpec: { style: string; show?: string };
}

/** Where the focus was before a swap. */
interface Place {
  element: Element;
  id: string;
  rowIndex: number;
}

const inFlight = new Set<string>();
let latest: Context | undefined;
let place: Place | undefined;
let moved = false;

/**
 * Where pages were scrolled to, for browsers in which htmx hears of "back" by `popstate`: those scroll
 * before the page is there. Where it uses the Navigation API, the browser itself waits for the swap.
 */
const scrolls = new Map<string, number>();
const scrollsItself = Boolean(window.navigation) && !/firefox/i.test(navigator.userAgent);
let shown = location.href;

/** Tells htmx how pages follow one another. */
export function startNavigation(): void {
  on("htmx:config:request", configure);
  on("htmx:after:request", leaveShell);
  on("htmx:before:swap", beforeSwap);
  on("htmx:after:swap", afterSwap);
  on("htmx:finally:request", ({ ctx }) => inFlight.delete(keyOf(ctx)));
  on("htmx:error", ({ ctx, error }) => {
    // Without a context it is a defect of the page, which the console shows.
    if (ctx && error) say("The server cannot be reached. Try again in a moment.");
  });
  // A menu or a detail that is open stays open when its page is morphed.
  htmx.registerExtension("shell", {
    htmx_before_morph_attr: (element: Element, detail: { attrName: string }) =>
      !(detail.attrName === "open" && element.matches("details,dialog")),
  });
}

function on(
  name: string,
  handler: (detail: { ctx: Context; tasks: Task[]; error?: unknown }, event: Event) => void,
): void {
  document.addEventListener(name, (event) => handler((event as CustomEvent).detail, event));
}

function isMain(target: Context["target"]): boolean {
  return target instanceof Element && target.id === "main";
}

function keyOf({ request }: Context): string {
  return `${request.method} ${request.action}`;
}

function configure({ ctx }: { ctx: Context }, event: Event): void {
  const { request } = ctx;
  if (request.headers[RESTORE]) {
    // Back and forward get the content region too, as any other navigation.
    Object.assign(request.headers, { "HX-Request": "true", "HX-Target": "main#main" });
    ctx.select = undefined;
    ctx.swap = "innerHTML";
  }
  if (request.method === "GET") {
    for (const [name, value] of [...request.body]) if (value === "") request.body.delete(name);
  } else if (inFlight.has(keyOf(ctx)) || !isMeant(request)) {
    // A double click does not do it twice.
    event.preventDefault();
    return;
  } else {
    inFlight.add(keyOf(ctx));
  }
  if (isMain(ctx.target)) latest = ctx;
}

/** What cannot be undone asks first, and says that it did: else the server asks. */
function isMeant({ submitter, body }: Context["request"]): boolean {
  const question = submitter?.dataset.confirm;
  if (question) body.set("confirmed", "1");
  return !question || confirm(question);
}

/** A whole document does not fit in the shell: it is another shell, such as the sign-in page. */
function leaveShell({ ctx }: { ctx: Context }, event: Event): void {
  if (!isMain(ctx.target) || !/^\s*<!doctype/i.test(ctx.text)) return;
  const { raw } = ctx.response;
  if (ctx.request.method === "GET" || raw.redirected) {
    event.preventDefault();
    location.assign(raw.url);
  } else {
    // It answers to a form, and cannot be fetched again.
    ctx.target = document.body;
  }
}

function beforeSwap({ ctx, tasks }: { ctx: Context; tasks: Task[] }, event: Event): void {
  remember();
  const task = tasks.find(({ type, target }) => type === "main" && isMain(target));
  moved = false;
  if (!task || !ctx.response) return;
  if (ctx !== latest) {
    // Somebody who clicked twice wants the second page.
    event.preventDefault();
    return;
  }
  const url = new URL(ctx.response.raw.url);
  const isHere = url.pathname === location.pathname;
  const isRestored = Boolean(ctx.request.headers[RESTORE]);
  moved = isRestored || !isHere;
  if (moved && !scrollsItself) {
    history.scrollRestoration = "manual";
    scrolls.set(shown, scrollY);
  }
  if (isHere && !isRestored) task.swapSpec.style = "innerMorph";
  if (isHere || isRestored) delete task.swapSpec.show;
  if (isHere) Object.assign(ctx, { push: "false", replace: url.pathname + url.search });
  // A refused form shows its own page, at an address that only answers to forms.
  if (ctx.request.method !== "GET" && ctx.response.status >= 400) {
    Object.assign(ctx, { push: "false", replace: "false" });
  }
  if (isRestored) Object.assign(ctx, { push: "false", replace: "false" });
}

function afterSwap({ ctx }: { ctx: Context }): void {
  restoreFocus();
  if (!scrollsItself && ctx.request?.headers[RESTORE]) scrollTo(0, scrolls.get(location.href) ?? 0);
  shown = location.href;
  watchTopics();
  document.dispatchEvent(new Event("suite:swapped"));
}

function remember(): void {
  const element = document.activeElement;
  if (!element || element === document.body) return;
  const row = element.closest("[data-row]");
  const rows = row ? [...(row.closest("[data-list]")?.querySelectorAll("[data-row]") ?? [])] : [];
  place = { element, id: element.id, rowIndex: row ? rows.indexOf(row) : -1 };
}

/** The focus contract: the same id, else the row that took the place, else the page's heading. */
function restoreFocus(): void {
  const heading = document.getElementById("page-title");
  const isLost = !document.activeElement || document.activeElement === document.body;
  if (moved && !document.activeElement?.matches("#main [autofocus]")) focus(heading);
  else if (isLost && place) focus(sameElement(place) ?? sameRow(place) ?? heading);
  moved = false;
}

function sameElement({ element, id }: Place): Element | null {
  if (id) return document.getElementById(id);
  return element.isConnected ? element : null;
}

function sameRow({ rowIndex }: Place): Element | null {
  if (rowIndex < 0) return null;
  const links = document.querySelectorAll("[data-list] [data-row-link]");
  return links[Math.min(rowIndex, links.length - 1)] ?? document.querySelector("[data-list]");
}

function focus(element: Element | null): void {
  if (element instanceof HTMLElement) element.focus({ preventScroll: true });
}
