/** The keys of the editor: which of them changes what. The changes are in `keys.ts`. */

import { continueList, type Format, format, indent, outdent, type Replacement } from "./keys.ts";

const FORMATS: Record<string, Format> = { b: "bold", i: "italic", k: "link", e: "code" };

/** What keys lead to. */
export interface KeyActions {
  signal: AbortSignal;
  replace(replacement: Replacement): void;
  undo(): void;
  redo(): void;
}

/** Listens to a textarea. */
export class EditorKeys {
  readonly #textarea: HTMLTextAreaElement;
  readonly #actions: KeyActions;

  constructor(textarea: HTMLTextAreaElement, actions: KeyActions) {
    this.#textarea = textarea;
    this.#actions = actions;
    const { signal } = actions;
    textarea.addEventListener("keydown", (event) => this.#keydown(event), { signal });
    textarea.addEventListener("beforeinput", (event) => this.#beforeInput(event), { signal });
  }

  /** The browser's own undo knows nothing of others' edits. */
  #beforeInput(event: InputEvent): void {
    if (event.inputType !== "historyUndo" && event.inputType !== "historyRedo") return;
    event.preventDefault();
    if (event.inputType === "historyUndo") this.#actions.undo();
    else this.#actions.redo();
  }

  #keydown(event: KeyboardEvent): void {
    if (event.isComposing) return;
    const isHandled =
      event.ctrlKey || event.metaKey ? this.#withModifier(event) : this.#plain(event);
    if (!isHandled) return;
    event.preventDefault();
    event.stopPropagation();
  }

  #withModifier(event: KeyboardEvent): boolean {
    const key = event.key.toLowerCase();
    if (event.altKey) return false;
    if (key === "z") {
      if (event.shiftKey) this.#actions.redo();
      else this.#actions.undo();
    } else if (key === "y" && !event.shiftKey) this.#actions.redo();
    else if (FORMATS[key] && !event.shiftKey) {
      this.#actions.replace(format(this.#selected(), FORMATS[key]));
    } else return false;
    return true;
  }

  #plain(event: KeyboardEvent): boolean {
    if (this.#textarea.readOnly || event.altKey) return false;
    if (event.key === "Enter" && !event.shiftKey) return this.#try(continueList(this.#selected()));
    // The keyboard is not trapped: Escape leaves the text, see `keyboard.ts`.
    if (event.key !== "Tab") return false;
    if (event.shiftKey) {
      this.#try(outdent(this.#selected()));
      return true;
    }
    return this.#try(indent(this.#selected()));
  }

  #try(replacement: Replacement | undefined): boolean {
    if (replacement) this.#actions.replace(replacement);
    return replacement !== undefined;
  }

  #selected() {
    const { value: text, selectionStart: start, selectionEnd: end } = this.#textarea;
    return { text, start, end };
  }
}
