/** What a person typed and the server does not have, until the person has seen it. */

import type { Delta } from "../../actors/delta.ts";
import { insertedText, type Operation, type Refusal } from "./operations.ts";

/** What was not accepted in one note. */
export class Refusals {
  #current: Refusal | undefined;

  /** All of it as one. */
  get current(): Refusal | undefined {
    return this.#current;
  }

  /** What there is to copy of it, and of something else. */
  join(other: string): string {
    return [this.#current?.inserted || this.#current?.text, other].filter(Boolean).join("\n");
  }

  /** The person has seen it. */
  dismiss(): void {
    this.#current = undefined;
  }

  /** Adds to what was not accepted before. */
  add(refusal: Refusal): void {
    const before = this.#current;
    const inserted = before ? `${before.inserted}\n${refusal.inserted}` : refusal.inserted;
    this.#current = { ...refusal, inserted };
  }

  /** Hands out what was typed in a text that is not known anymore. */
  handOut(operations: readonly Operation[], text: string): void {
    const inserted = insertedText(operations);
    if (inserted === "") return;
    const message = "The note has changed too much since this was typed";
    this.add({ code: "too_old", message, text, inserted });
  }

  /** The server went back in time: hands the text out as it was, where something of it is gone. */
  handOutText(text: string, difference: Delta): void {
    if (!difference.some((part) => typeof part === "number" && part < 0)) return;
    const message = "The server went back to an earlier version of this note";
    this.add({ code: "diverged", message, text, inserted: text });
  }
}
