/** Other people's carets and selections, drawn over the textarea with their names and colors. */

import type { Delta } from "../../actors/delta.ts";
import type { Caret, Present } from "./frames.ts";
import type { Place } from "./mentions.ts";
import { Mirror } from "./mirror.ts";
import { moveCaret } from "./recent.ts";

/** Beyond this the mirror would cost more than carets are worth. */
const TEXT_UNITS_MAX = 1_000_000;
/** A name stays beside its caret for so long after it moved. */
const LABEL_MS = 2_500;

interface Drawn {
  caret: Caret;
  movedAt: number;
}

/** The carets of one note. */
export class Carets {
  readonly #textarea: HTMLTextAreaElement;
  readonly #overlay: HTMLElement;
  readonly #mirrorElement: HTMLElement;
  readonly #mirror: Mirror;
  readonly #resized: ResizeObserver;
  readonly #carets = new Map<string, Drawn>();
  #peers = new Map<string, Present>();
  #frame = 0;
  #timer = 0;

  constructor(textarea: HTMLTextAreaElement, overlay: HTMLElement, mirror: HTMLElement) {
    this.#textarea = textarea;
    this.#overlay = overlay;
    this.#mirrorElement = mirror;
    this.#mirror = new Mirror(mirror);
    textarea.addEventListener("scroll", this.#schedule, { passive: true });
    this.#resized = new ResizeObserver(this.#schedule);
    this.#resized.observe(textarea);
  }

  /** Who is here; carets of those who left go. */
  setPeers(peers: readonly Present[]): void {
    this.#peers = new Map(peers.map((peer) => [peer.client, peer]));
    for (const client of this.#carets.keys()) {
      if (!this.#peers.has(client)) this.#carets.delete(client);
    }
    this.#schedule();
  }

  /** Where somebody's caret is in the text that is shown; undefined when it left. */
  set(client: string, caret: Caret | undefined): void {
    if (caret) this.#carets.set(client, { caret, movedAt: Date.now() });
    else this.#carets.delete(client);
    this.#schedule();
  }

  /** Where a position is on the screen; undefined in a text that is too long to be measured. */
  placeOf(position: number): Place | undefined {
    const text = this.#textarea.value;
    if (text.length > TEXT_UNITS_MAX) return undefined;
    this.#mirror.update(text);
    const box = this.#mirror.boxesOf(position, position)[0];
    return box && { ...box, top: box.top - this.#textarea.scrollTop };
  }

  /** The text has changed: everybody's caret moves along. */
  moved(delta: Delta): void {
    for (const drawn of this.#carets.values()) {
      drawn.caret = moveCaret(drawn.caret, [delta]);
    }
    if (this.#carets.size > 0) this.#schedule();
  }

  /** Stops drawing. */
  stop(): void {
    cancelAnimationFrame(this.#frame);
    clearTimeout(this.#timer);
    this.#resized.disconnect();
    this.#textarea.removeEventListener("scroll", this.#schedule);
    this.#overlay.replaceChildren();
    this.#mirrorElement.replaceChildren();
  }

  readonly #schedule = (): void => {
    cancelAnimationFrame(this.#frame);
    this.#frame = requestAnimationFrame(() => this.#draw());
  };

  #draw(): void {
    const text = this.#textarea.value;
    const isDrawn = this.#carets.size > 0 && text.length <= TEXT_UNITS_MAX;
    if (!isDrawn) {
      this.#overlay.replaceChildren();
      return;
    }
    this.#mirror.update(text);
    const scrolled = this.#textarea.scrollTop;
    const elements: HTMLElement[] = [];
    for (const [client, { caret, movedAt }] of this.#carets) {
      const peer = this.#peers.get(client);
      if (peer) elements.push(...this.#elementsOf(peer, caret, { movedAt, scrolled }));
    }
    this.#overlay.replaceChildren(...elements);
    clearTimeout(this.#timer);
    this.#timer = window.setTimeout(this.#schedule, LABEL_MS);
  }

  #elementsOf(
    peer: Present,
    [anchor, head]: Caret,
    at: { movedAt: number; scrolled: number },
  ): HTMLElement[] {
    const color = `caret-${peer.color}`;
    const elements: HTMLElement[] = [];
    if (anchor !== head) {
      const [from, to] = [Math.min(anchor, head), Math.max(anchor, head)];
      for (const box of this.#mirror.boxesOf(from, to)) {
        const part = makeElement("div", `caret-selection ${color}`);
        place(part, box.left, box.top - at.scrolled);
        part.style.width = `${Math.max(box.width, 3)}px`;
        part.style.height = `${box.height}px`;
        elements.push(part);
      }
    }
    const box = this.#mirror.boxesOf(head, head)[0];
    if (!box) return elements;
    const top = box.top - at.scrolled;
    const line = makeElement("div", `caret ${color}`);
    place(line, box.left, top);
    line.style.height = `${box.height}px`;
    if (Date.now() - at.movedAt < LABEL_MS) {
      const label = makeElement("span", top < 20 ? "caret-label below" : "caret-label");
      label.textContent = peer.name;
      label.dir = "auto";
      line.append(label);
    }
    elements.push(line);
    return elements;
  }
}

function makeElement(tag: string, className: string): HTMLElement {
  const element = document.createElement(tag);
  element.className = className;
  return element;
}

/** By the style object, which the page's policy allows; a style attribute would be refused. */
function place(element: HTMLElement, left: number, top: number): void {
  element.style.left = `${left}px`;
  element.style.top = `${top}px`;
}
