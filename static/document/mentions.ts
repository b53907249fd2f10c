/**
 * Offers people while one types `@` and a name: a listbox at the caret that never has the focus. It takes
 * keys only while it is open. A bundle of its own, since most notes name nobody.
 */

import { type Delta, transformPosition } from "../../actors/delta.ts";
import type { Replacement } from "./keys.ts";
import { insertName, type MentionQuery, queryAt } from "./mention_query.ts";

/** From the corner of the textarea, scrolling taken off, in pixels. */
export interface Place {
  left: number;
  top: number;
  height: number;
}

/** What the list works with. */
export interface MentionsOptions {
  textarea: HTMLTextAreaElement;
  list: HTMLElement;
  /** Where the server answers with people. */
  url: string;
  signal: AbortSignal;
  replace(replacement: Replacement): void;
  /** Where a position in the text is. */
  placeOf(position: number): Place | undefined;
  say(words: string): void;
}

/** The server answers with so many at most; with fewer it has told all. */
const PEOPLE_MAX = 8;
/** Between two letters of somebody who types. */
const DELAY_MS = 80;
const GAP = 4;
const MARGIN = 8;

/** Starts offering people. */
export function mount(options: MentionsOptions): Mentions {
  return new Mentions(options);
}

/** The list of one textarea. */
export class Mentions {
  readonly #options: MentionsOptions;
  #query: MentionQuery | undefined;
  /** What the options in the list were asked for, as far as they came. */
  #shown: MentionQuery | undefined;
  /** The sign behind which nothing is offered anymore. */
  #settledAt = -1;
  #request: AbortController | undefined;
  #timer = 0;

  constructor(options: MentionsOptions) {
    this.#options = options;
    const { textarea, list, signal } = options;
    // A textarea stays a text of many lines, so it has no `aria-expanded`: what opens is said instead.
    textarea.setAttribute("aria-autocomplete", "list");
    textarea.setAttribute("aria-haspopup", "listbox");
    textarea.setAttribute("aria-controls", list.id);
    textarea.addEventListener("input", () => this.#typed(), { signal });
    textarea.addEventListener("keydown", (event) => this.#keydown(event), {
      signal,
      capture: true,
    });
    textarea.addEventListener("blur", () => this.#close(), { signal });
    textarea.addEventListener("scroll", () => this.#place(), { signal, passive: true });
    document.addEventListener("selectionchange", () => this.#moved(), { signal });
    window.visualViewport?.addEventListener("resize", () => this.#place(), { signal });
    // The text keeps the focus, and a phone its keyboard.
    list.addEventListener("mousedown", (event) => event.preventDefault(), { signal });
    list.addEventListener("click", ({ target }) => this.#click(target), { signal });
    signal.addEventListener("abort", () => this.#close());
    this.#typed();
  }

  /** The text has changed, by whomever: signs move along. */
  moved(delta: Delta): void {
    const queries = new Set([this.#query, this.#shown]);
    for (const query of queries) {
      if (query) query.start = transformPosition(query.start, delta, "after");
    }
    if (this.#settledAt !== -1) {
      this.#settledAt = transformPosition(this.#settledAt, delta, "after");
    }
    this.#place();
  }

  // -------------------------------------------------------------------------------- what is typed

  #typed(): void {
    const query = this.#queryNow();
    if (!query || query.start === this.#settledAt) {
      if (!query) this.#settledAt = -1;
      this.#close();
      return;
    }
    this.#query = query;
    if (this.#filter()) this.#place();
    this.#ask(query);
  }

  /** The caret may have left what was typed. */
  #moved(): void {
    if (!this.#query || document.activeElement !== this.#options.textarea) return;
    const query = this.#queryNow();
    if (query?.start !== this.#query.start || query.typed !== this.#query.typed) this.#close();
  }

  #queryNow(): MentionQuery | undefined {
    const { value, selectionStart, selectionEnd, readOnly } = this.#options.textarea;
    if (readOnly || selectionStart !== selectionEnd) return undefined;
    return queryAt(value, selectionEnd);
  }

  #ask(query: MentionQuery): void {
    clearTimeout(this.#timer);
    this.#request?.abort();
    if (this.#isAnswered(query)) {
      if (this.#visible().length === 0) this.#settle();
      return;
    }
    const isFirst = this.#shown?.start !== query.start;
    this.#timer = window.setTimeout(() => void this.#fetch(query), isFirst ? 0 : DELAY_MS);
  }

  /** Whether everybody who can match is in the list already. */
  #isAnswered({ start, typed }: MentionQuery): boolean {
    if (this.#shown?.start !== start || !typed.startsWith(this.#shown.typed)) return false;
    return this.#options.list.children.length < PEOPLE_MAX;
  }

  async #fetch(query: MentionQuery): Promise<void> {
    const request = new AbortController();
    this.#request = request;
    try {
      const url = `${this.#options.url}?q=${encodeURIComponent(query.typed)}`;
      const answer = await fetch(url, { signal: request.signal });
      const html = answer.ok ? await answer.text() : "";
      if (request.signal.aborted || this.#query !== query) return;
      this.#options.list.replaceChildren(...optionsIn(html));
      this.#shown = query;
      if (this.#filter()) this.#open();
      else this.#settle();
    } catch {
      // Without a line nobody is offered; a name can be typed as well.
    }
  }

  // -------------------------------------------------------------------------------------- the list

  #visible(): HTMLElement[] {
    return [...this.#options.list.querySelectorAll<HTMLElement>("[role=option]:not([hidden])")];
  }

  /** Shows who matches what is typed now; whether there is anybody. */
  #filter(): boolean {
    const { list } = this.#options;
    if (!this.#query || this.#shown?.start !== this.#query.start) {
      list.hidden = true;
      return false;
    }
    const typed = keyOf(this.#query.typed);
    for (const option of list.querySelectorAll<HTMLElement>("[role=option]")) {
      const key = option.dataset.key ?? "";
      option.hidden = !key.startsWith(typed) && !key.includes(` ${typed}`);
    }
    const options = this.#visible();
    if (options.length === 0) list.hidden = true;
    else if (!options.some(isChosen)) this.#mark(options[0]);
    return options.length > 0;
  }

  #open(): void {
    const { list, say } = this.#options;
    list.hidden = false;
    const options = this.#visible();
    this.#mark(options.find(isChosen) ?? options[0]);
    this.#place();
    say(options.length === 1 ? "1 person" : `${options.length} people`);
  }

  /** Nobody is called so: nothing more is offered until the next sign. */
  #settle(): void {
    this.#settledAt = this.#query?.start ?? -1;
    this.#close();
  }

  #close(): void {
    clearTimeout(this.#timer);
    this.#request?.abort();
    this.#query = undefined;
    this.#shown = undefined;
    this.#options.list.hidden = true;
    this.#options.list.replaceChildren();
    this.#options.textarea.removeAttribute("aria-activedescendant");
  }

  #mark(chosen: HTMLElement | undefined): void {
    for (const option of this.#options.list.querySelectorAll("[role=option]")) {
      option.ariaSelected = String(option === chosen);
    }
    chosen?.scrollIntoView({ block: "nearest" });
    this.#options.textarea.setAttribute("aria-activedescendant", chosen?.id ?? "");
  }

  /** Below the sign, or above it where there is more room; never out of what can be seen. */
  #place(): void {
    const { list, textarea, placeOf } = this.#options;
    if (list.hidden || !this.#query) return;
    const field = textarea.getBoundingClientRect();
    const place = placeOf(this.#query.start) ?? { left: 0, top: field.height / 2, height: 0 };
    const viewport = window.visualViewport;
    const seenTo = viewport ? viewport.offsetTop + viewport.height : innerHeight;
    const height = Math.min(field.height, seenTo - field.top);
    const top = Math.min(Math.max(place.top, 0), height);
    const bottom = Math.min(top + place.height, height);
    const [above, below] = [top - GAP - MARGIN, height - bottom - GAP - MARGIN];
    list.style.maxHeight = "";
    const isBelow = below >= Math.min(list.offsetHeight, above) || below >= above;
    list.style.maxHeight = `${Math.max(0, isBelow ? below : above)}px`;
    const { offsetWidth, offsetHeight } = list;
    list.style.top = `${isBelow ? bottom + GAP : top - GAP - offsetHeight}px`;
    const left = Math.min(place.left, field.width - offsetWidth - MARGIN);
    list.style.left = `${Math.max(MARGIN, left)}px`;
  }

  // ---------------------------------------------------------------------------------------- choosing

  #keydown(event: KeyboardEvent): void {
    const { list } = this.#options;
    const isPlain = !event.ctrlKey && !event.metaKey && !event.altKey && !event.shiftKey;
    if (list.hidden || event.isComposing || !isPlain) return;
    const options = this.#visible();
    const index = options.findIndex(isChosen);
    const step = { ArrowDown: 1, ArrowUp: -1 }[event.key];
    if (step) this.#mark(options.at((index + step) % options.length));
    else if (event.key === "Enter" || event.key === "Tab") this.#choose(options[index]);
    else if (event.key === "Escape") this.#settle();
    else return;
    event.preventDefault();
    event.stopImmediatePropagation();
  }

  #click(target: EventTarget | null): void {
    const option = target instanceof Element && target.closest<HTMLElement>("[role=option]");
    if (option) this.#choose(option);
  }

  #choose(option: HTMLElement | undefined): void {
    const name = option?.dataset.name;
    const query = this.#query;
    if (!query || name === undefined) return;
    this.#settle();
    this.#options.replace(insertName(this.#options.textarea.value, query, name));
  }
}

/** The options of a fragment from our own server, and nothing else that may stand in it. */
function optionsIn(html: string): Element[] {
  const fragment = new DOMParser().parseFromString(html, "text/html");
  return [...fragment.querySelectorAll("body > [role=option]")];
}

function isChosen(option: Element): boolean {
  return option.ariaSelected === "true";
}

/** As the server makes `data-key`. */
function keyOf(typed: string): string {
  return typed.normalize("NFKD").replace(/\p{M}/gu, "").toLowerCase();
}
