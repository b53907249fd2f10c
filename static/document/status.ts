/** Says how things stand with what was typed: saved, on its way, kept on this device, or refused. */

import type { DocumentSession } from "./session.ts";

const SEGMENTED_UNITS_MAX = 50_000;

/** The words around one editor. */
export class EditorStatus {
  readonly #element: HTMLElement;
  readonly #status: HTMLElement | null;
  readonly #words: HTMLElement | null;
  readonly #voice: HTMLElement;
  readonly #onDiscard: () => void;
  #notice: HTMLElement | undefined;
  #shownNotice = "";
  #shown = "";

  constructor(element: HTMLElement, onDiscard: () => void) {
    this.#element = element;
    this.#onDiscard = onDiscard;
    this.#status = element.querySelector("#editor-status");
    this.#words = element.querySelector("#editor-words");
    // Read out, every keystroke's "Saving" would be noise; what matters has a voice of its own.
    if (this.#status) this.#status.ariaLive = "off";
    this.#voice = document.createElement("p");
    this.#voice.className = "unseen";
    this.#voice.role = "status";
    element.append(this.#voice);
  }

  /** Shows the state of a session. */
  show(session: DocumentSession): void {
    const text = this.#textOf(session);
    const isTold = session.saveState === "offline" || session.saveState === "refused";
    if (text !== this.#shown) {
      this.#shown = text;
      if (this.#status) {
        this.#status.textContent = text;
        this.#status.dataset.state = session.saveState;
      }
      if (isTold) this.say(text);
    }
    this.#showNotice(session);
  }

  /** Somebody asked: the state is said as well as shown. */
  sayState(session: DocumentSession): void {
    this.say(this.#textOf(session));
  }

  /** Says something to those who listen. */
  say(text: string): void {
    this.#voice.textContent = text;
  }

  /** Shows what follows from the text: its title, and how many words it has. */
  showText(text: string): void {
    showTitle(text);
    if (!this.#words) return;
    const count = countWords(text);
    const language = document.body.dataset.language || undefined;
    this.#words.textContent = `${count.toLocaleString(language)} ${count === 1 ? "word" : "words"}`;
  }

  /** Takes away what was added to the page. */
  stop(): void {
    this.#voice.remove();
    this.#notice?.remove();
  }

  #textOf({ saveState, problem }: DocumentSession): string {
    if (saveState === "saving" && problem) return `${problem}. Trying again…`;
    return this.#element.dataset[saveState] ?? "";
  }

  /** What was not accepted, to be copied; or why the note is closed. */
  #showNotice(session: DocumentSession): void {
    const { refusal, closed, unsaved } = session;
    const words = this.#element.dataset;
    const hint = closed === "purged" ? "lost" : "waiting";
    const text = closed
      ? `${words[closed]} ${words[unsaved ? hint : "copyable"]}`
      : refusal
        ? `${refusal.message}.`
        : "";
    if (this.#shownNotice === text + unsaved) return;
    this.#shownNotice = text + unsaved;
    this.#notice?.remove();
    this.#notice = text ? makeNotice(text, unsaved, this.#onDiscard) : undefined;
    if (this.#notice) this.#element.prepend(this.#notice);
    for (const tool of this.#element.querySelectorAll<HTMLButtonElement>(
      "[data-format], [data-undo], [data-redo]",
    )) {
      tool.disabled = closed !== undefined;
    }
  }
}

function makeNotice(text: string, copy: string, onDiscard: () => void): HTMLElement {
  const notice = document.createElement("div");
  notice.className = `editor-notice ${copy ? "danger" : "warning"}`;
  notice.role = "alert";
  const words = document.createElement("p");
  words.textContent = text;
  notice.append(words);
  if (!copy) return notice;
  const copying = makeButton("Copy what was not saved");
  copying.dataset.copy = copy;
  const discarding = makeButton("Discard");
  discarding.addEventListener("click", onDiscard);
  notice.append(copying, discarding);
  return notice;
}

function makeButton(label: string): HTMLButtonElement {
  const button = document.createElement("button");
  button.type = "button";
  button.className = "button plain";
  button.textContent = label;
  return button;
}

/** The first line is the title; the server says the same with more care the next time. */
function showTitle(text: string): void {
  const heading = document.getElementById("page-title");
  const line = /^[\s#>*_~`-]*(\S.*)$/m.exec(text.slice(0, 10_000))?.[1] ?? "";
  const title = line.replace(/[*_~`]+/g, "").slice(0, 120) || "Untitled";
  if (!heading || heading.textContent === title) return;
  heading.textContent = title;
  // How much waits in the inbox stands before it.
  const unread = /^\(\d+\+?\) /.exec(document.title)?.[0] ?? "";
  document.title = `${unread}${title} · MVP Suite`;
}

function countWords(text: string): number {
  if (text.length > SEGMENTED_UNITS_MAX || !("Segmenter" in Intl)) {
    return text.match(/\S+/g)?.length ?? 0;
  }
  let words = 0;
  const segmenter = new Intl.Segmenter(undefined, { granularity: "word" });
  for (const segment of segmenter.segment(text)) if (segment.isWordLike) words += 1;
  return words;
}
