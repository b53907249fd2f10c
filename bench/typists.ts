/** People who type at their own pace, whether or not the server keeps up. */

import type { Editor } from "./editor.ts";

const OPENING_AT_ONCE = 20;
/** Keystrokes come within this part of their period, early or late. */
const JITTER = 0.25;
/** Slots of a millisecond; more than the longest pause between two keystrokes. */
const WHEEL_SLOTS = 4_096;

/** Opens everybody's note; resolves when all are here. */
export async function openAll(editors: readonly Editor[]): Promise<void> {
  for (let i = 0; i < editors.length; i += OPENING_AT_ONCE) {
    await Promise.all(editors.slice(i, i + OPENING_AT_ONCE).map((editor) => editor.open()));
  }
}

/** Makes everybody type at their own pace, each keystroke when it is due. */
export class Typists {
  readonly #slots: Editor[][] = Array.from({ length: WHEEL_SLOTS }, () => []);
  readonly #periodMs: number;
  readonly #random: () => number;
  readonly lateMs: number[] = [];
  #startedMs = performance.now();
  #doneMs = 0;
  #isStopped = false;

  constructor(editors: readonly Editor[], editsPerSecond: number, random: () => number) {
    this.#periodMs = 1_000 / editsPerSecond;
    this.#random = random;
    for (const editor of editors) this.#slot(Math.floor(random() * this.#periodMs)).push(editor);
    this.#tick();
  }

  stop(): void {
    this.#isStopped = true;
  }

  #tick(): void {
    if (this.#isStopped) return;
    const dueMs = Math.floor(performance.now() - this.#startedMs);
    for (; this.#doneMs <= dueMs; this.#doneMs++) {
      const due = this.#slot(this.#doneMs);
      for (const editor of due.splice(0)) {
        const now = performance.now();
        this.lateMs.push(now - this.#startedMs - this.#doneMs);
        editor.type(now);
        const pause = this.#periodMs * (1 - JITTER + 2 * JITTER * this.#random());
        this.#slot(this.#doneMs + Math.max(1, Math.round(pause))).push(editor);
      }
    }
    setTimeout(() => this.#tick(), 1);
  }

  #slot(ms: number): Editor[] {
    return this.#slots[ms % WHEEL_SLOTS] ?? [];
  }
}
