/** Somebody who just works: opens pages and types, and measures how long that takes. */

import { connectLive, type LiveNote } from "../../tests/support/live_client.ts";
import type { Visitor } from "../../tests/support/visitor.ts";

/** What a bystander met in one phase. */
export interface Experience {
  /** Milliseconds of each page and each edit that was answered. */
  pages: number[];
  edits: number[];
  failures: number;
}

const PAUSE_MS = 40;
const ANSWER_MS_MAX = 60_000;

/** A person with a note, and a tab on it. */
export class Bystander {
  readonly #visitor: Visitor;
  readonly #paths: readonly string[];
  readonly #note: LiveNote;

  private constructor(visitor: Visitor, note: LiveNote) {
    this.#visitor = visitor;
    this.#note = note;
    this.#paths = ["/notes", `/notes/${note.id}`, "/inbox", "/"];
  }

  /** Makes a note and opens it. */
  static async begin(visitor: Visitor): Promise<Bystander> {
    const id = await visitor.createNote(
      `# Work\n\n${"An ordinary paragraph of text.\n\n".repeat(60)}`,
    );
    const client = await connectLive(visitor.url, { cookie: visitor.cookie });
    return new Bystander(visitor, await client.open(id));
  }

  /** Works for so long. */
  async work(ms: number): Promise<Experience> {
    const met: Experience = { pages: [], edits: [], failures: 0 };
    const until = performance.now() + ms;
    await Promise.all([this.#browse(until, met), this.#type(until, met)]);
    return met;
  }

  async #browse(until: number, met: Experience): Promise<void> {
    for (let i = 0; performance.now() < until; i++) {
      const path = this.#paths[i % this.#paths.length] ?? "/";
      await measure(met, met.pages, async () => {
        const { status } = await this.#visitor.get(path);
        if (status !== 200) throw new Error(`Cannot open "${path}": received ${status}`);
      });
      await Bun.sleep(PAUSE_MS);
    }
  }

  async #type(until: number, met: Experience): Promise<void> {
    while (performance.now() < until) {
      await measure(met, met.edits, () => this.#note.type("word "));
      await Bun.sleep(PAUSE_MS);
    }
  }
}

async function measure(
  met: Experience,
  times: number[],
  act: () => Promise<unknown>,
): Promise<void> {
  const startedMs = performance.now();
  const late = Bun.sleep(ANSWER_MS_MAX).then(() => Promise.reject(new Error("late")));
  late.catch(() => {});
  try {
    await Promise.race([act(), late]);
    times.push(performance.now() - startedMs);
  } catch {
    met.failures++;
  }
}
