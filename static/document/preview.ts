/** The rendered preview beside the text: which view is shown, and blocks that the server sends. */

import type { Frame, Live } from "../shell/live.ts";

const VIEWS = ["write", "split", "read"] as const;

/** Only the text, text and preview, or only the preview. */
export type View = (typeof VIEWS)[number];

/** The views of one note. */
export class Preview {
  readonly #element: HTMLElement;
  readonly #container: HTMLElement;
  readonly #note: string;
  readonly #live: Live;

  constructor(element: HTMLElement, container: HTMLElement, live: Live) {
    this.#element = element;
    this.#container = container;
    this.#note = element.dataset.note ?? "";
    this.#live = live;
  }

  /** What is shown. */
  get view(): View {
    return VIEWS.find((view) => view === this.#element.dataset.view) ?? "write";
  }

  /** Shows another view. */
  show(view: View): void {
    this.#element.dataset.view = view;
    for (const button of this.#element.querySelectorAll<HTMLElement>("button[data-view]")) {
      button.setAttribute("aria-pressed", String(button.dataset.view === view));
    }
    this.request();
  }

  /** The view after this one. */
  next(): View {
    return VIEWS[(VIEWS.indexOf(this.view) + 1) % VIEWS.length] ?? "write";
  }

  /** Asks the server for blocks, or for no more of them. */
  request(): void {
    const part = Number(this.#element.dataset.part);
    this.#live.send({ t: "preview", note: this.#note, on: this.view !== "write", part });
  }

  /** Takes blocks. They come from the server's own renderer, which lets no markup through. */
  receive(frame: Frame): void {
    const { start, remove, blocks } = frame as unknown as {
      start: number;
      remove: number;
      blocks: string[];
    };
    const template = document.createElement("template");
    template.innerHTML = blocks.join("");
    const children = this.#container.children;
    const end = remove < 0 ? children.length : start + remove;
    const next = children[end] ?? null;
    for (let i = end - 1; i >= start; i--) children[i]?.remove();
    this.#container.insertBefore(template.content, next);
  }

  /** Keeps the other pane at about the same part of the text. */
  follow(from: HTMLElement, to: HTMLElement): void {
    if (this.view !== "split") return;
    const range = from.scrollHeight - from.clientHeight;
    if (range <= 0) return;
    to.scrollTop = (from.scrollTop / range) * (to.scrollHeight - to.clientHeight);
  }
}
