/** Tells the other nodes and the lists who is in which document on this node. */

import { limits, type SharedFacts } from "../../actors/mod.ts";

/** What telling takes. */
export interface PresenceOptions {
  facts: Pick<SharedFacts, "setPresent">;
  /** Who is in a document on this node. */
  presentIn(documentId: string): readonly string[];
  /** Other people are in a document than lists show. */
  onChange(documentId: string): void;
}

/** Who is where, as far as others were told. */
export class Presence {
  readonly #options: PresenceOptions;
  /** The people of each document, as one text. */
  readonly #told = new Map<string, string>();

  constructor(options: PresenceOptions) {
    this.#options = options;
  }

  /** Somebody has come or left, perhaps with one tab of several. */
  async tell(documentId: string): Promise<void> {
    const people = this.#options.presentIn(documentId);
    const text = people.toSorted().join(" ");
    const isSame = (this.#told.get(documentId) ?? "") === text;
    if (text === "") this.#told.delete(documentId);
    else this.#told.set(documentId, text);
    await this.#set(documentId, people);
    if (!isSame) this.#options.onChange(documentId);
  }

  /** Says again what is known by the others, who forget it by themselves. */
  async renew(documentId: string): Promise<void> {
    await this.#set(documentId, this.#options.presentIn(documentId));
  }

  /** A fact that cannot be told now is told again with the next renewal. */
  async #set(documentId: string, people: readonly string[]): Promise<void> {
    await this.#options.facts.setPresent(documentId, people, limits.presenceMs).catch(() => {});
  }
}
