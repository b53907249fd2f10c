/**
 * Finds where a position in a textarea is on the screen. A textarea does not tell, so its text stands a
 * second time in an invisible mirror with the same metrics, one block a line; lines that change are the
 * only ones laid out again.
 */

/** A part of the text on the screen, in pixels from the mirror's padding box, scrolling included. */
export interface Box {
  left: number;
  top: number;
  width: number;
  height: number;
}

/** Rectangles of one selection that are worth drawing. */
const BOXES_MAX = 200;

/** The mirror of one textarea. */
export class Mirror {
  readonly #element: HTMLElement;
  #lines: string[] = [];
  #starts: number[] = [];

  constructor(element: HTMLElement) {
    this.#element = element;
    element.replaceChildren();
  }

  /** Takes the text, and lays out what has changed. */
  update(text: string): void {
    const before = this.#lines;
    const after = text.split("\n");
    const shorter = Math.min(before.length, after.length);
    let head = 0;
    while (head < shorter && before[head] === after[head]) head++;
    let tail = 0;
    while (tail < shorter - head && before.at(-1 - tail) === after.at(-1 - tail)) tail++;
    const next = this.#element.children[before.length - tail] ?? null;
    for (let i = before.length - tail - 1; i >= head; i--) this.#element.children[i]?.remove();
    const added = after.slice(head, after.length - tail).map(makeLine);
    const fragment = document.createDocumentFragment();
    fragment.append(...added);
    this.#element.insertBefore(fragment, next);
    this.#lines = after;
    this.#starts = [];
  }

  /** Where the text between two positions is, line by line; for a caret both are the same. */
  boxesOf(from: number, to: number): Box[] {
    const origin = this.#element.getBoundingClientRect();
    const boxes: Box[] = [];
    for (let line = this.#lineAt(from); line <= this.#lineAt(to); line++) {
      if (boxes.length >= BOXES_MAX) break;
      const start = this.#startOf(line);
      const length = this.#lines[line]?.length ?? 0;
      const range = [Math.max(0, from - start), Math.min(length, to - start)] as const;
      for (const rect of this.#rectsIn(line, range)) {
        boxes.push({
          left: rect.left - origin.left,
          top: rect.top - origin.top + this.#element.scrollTop,
          width: rect.width,
          height: rect.height,
        });
      }
    }
    return boxes;
  }

  #rectsIn(line: number, [from, to]: readonly [number, number]): Iterable<DOMRect> {
    const block = this.#element.children[line];
    const node = block?.firstChild;
    if (!block) return [];
    if (!(node instanceof Text)) return [block.getBoundingClientRect()];
    const range = document.createRange();
    range.setStart(node, Math.min(from, node.length));
    range.setEnd(node, Math.min(to, node.length));
    const rects = range.getClientRects();
    if (from !== to) return rects;
    // At a soft break a caret has two places; the last is where typing goes on.
    const last = rects[rects.length - 1];
    return last ? [last] : [block.getBoundingClientRect()];
  }

  #lineAt(position: number): number {
    let [low, high] = [0, this.#lines.length - 1];
    this.#startOf(0);
    while (low < high) {
      const middle = (low + high + 1) >> 1;
      if (this.#startOf(middle) <= position) low = middle;
      else high = middle - 1;
    }
    return low;
  }

  #startOf(line: number): number {
    if (this.#starts.length === 0) {
      let start = 0;
      for (const { length } of this.#lines) {
        this.#starts.push(start);
        start += length + 1;
      }
    }
    return this.#starts[line] ?? 0;
  }
}

function makeLine(text: string): HTMLElement {
  const line = document.createElement("div");
  // An empty block has no height; a break gives it one line's.
  if (text === "") line.append(document.createElement("br"));
  else line.textContent = text;
  return line;
}
