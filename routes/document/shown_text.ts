/**
 * The text of an open document as its readers on this node have it. Its actor may live on another node:
 * it is asked once for the whole text, and edits that pass by keep it up to date.
 */

import {
  type Actors,
  apply,
  type DocumentReply,
  type DocumentTypes,
  type JournalEntry,
  limits,
  SuiteError,
} from "../../actors/mod.ts";

/** A document with its text. */
export type Described = Extract<DocumentReply, { type: "described" }>;

/** The text of one document. */
export class ShownText {
  readonly #id: string;
  readonly #documents: Pick<Actors<DocumentTypes>, "ask">;
  #kept: Described | undefined;
  /** Counts what made everything void that was asked for before. */
  #voids = 0;

  constructor(id: string, documents: Pick<Actors<DocumentTypes>, "ask">) {
    this.#id = id;
    this.#documents = documents;
  }

  /** The document at this version or a newer one. Rejects when its actor cannot answer. */
  async read(version: number): Promise<Described> {
    if (this.#kept !== undefined && this.#kept.version >= version) return this.#kept;
    const voids = this.#voids;
    const reply = await this.#documents.ask(this.#id, { type: "describe" });
    if (reply.type !== "described") throw new SuiteError("crashed", "Cannot read the note");
    if (voids === this.#voids) this.#keep(reply);
    return reply;
  }

  /** Edits were accepted, in this order. */
  edited(entries: readonly Pick<JournalEntry, "version" | "delta">[]): void {
    for (const { version, delta } of entries) {
      const kept = this.#kept;
      if (kept === undefined) return;
      if (version <= kept.version) continue;
      // What is missing in between may be on its way, and is not waited for.
      if (version > kept.version + 1) this.forget();
      else this.#keep({ ...kept, version, text: apply(kept.text, delta) });
    }
  }

  /** Keeps nothing: who may see the document has changed, or its history. */
  forget(): void {
    this.#voids++;
    this.#kept = undefined;
  }

  #keep(described: Described): void {
    this.#kept = described.text.length <= limits.shownTextUnitsMax ? described : undefined;
  }
}
