/**
 * Compares a whole text that came by a form with the version it was made from. Short texts are compared at
 * once, long ones by a worker, as is everything that was made from a version of the past.
 */

import {
  cleanText,
  compareTexts,
  type Delta,
  type DocumentQueries,
  limits,
  SuiteError,
  type WorkerPool,
} from "../../actors/mod.ts";
import { bytesOfRevision, type CompareOptions } from "./jobs.ts";

/** A text and what it is compared with. */
export interface CompareRequest {
  /** The note. */
  id: string;
  text: string;
  /** The version it was made from. */
  base: number;
  /** The newest version and its text. */
  newest: { version: number; text: string };
  /** Who asks: a person, or the link somebody came by. */
  asker: string;
}

/** Compares texts. */
export class Comparing {
  readonly #pool: WorkerPool;
  readonly #queries: Pick<DocumentQueries, "revision">;

  constructor({ pool, queries }: { pool: WorkerPool; queries: Pick<DocumentQueries, "revision"> }) {
    this.#pool = pool;
    this.#queries = queries;
  }

  /** What makes the text of its base. Rejects with `too_old` when there is no such version anymore. */
  async compare(request: CompareRequest): Promise<Delta> {
    const { id, base, newest, asker } = request;
    const text = cleanText(request.text);
    if (text.length > limits.textUnitsMax) {
      throw new SuiteError(
        "too_large",
        `Cannot save note: expected at most ${limits.textUnitsMax.toLocaleString("en")} characters`,
      );
    }
    if (base !== newest.version) {
      const revision = await this.#queries.revision(id, base);
      if (revision !== undefined) {
        const options = { hasSnapshot: revision.snapshot !== undefined };
        return await this.#run({ id, asker, text, bytes: bytesOfRevision(revision), options });
      }
      const message = "Cannot merge edit: the version it was made against is too old";
      throw new SuiteError("too_old", message);
    }
    const before = newest.text;
    if (before.length + text.length <= limits.compareInlineUnitsMax)
      return compareTexts(before, text, { componentsMax: limits.comparedComponentsMax });
    const options = { beforeUnits: before.length };
    return await this.#run({ id, asker, text: before + text, options });
  }

  async #run(given: {
    id: string;
    asker: string;
    text: string;
    bytes?: readonly Uint8Array[];
    options: CompareOptions;
  }): Promise<Delta> {
    const { id, asker, ...work } = given;
    const job = { name: "compare", ...work, shares: [id, asker] };
    return (await this.#pool.run(job)) as Delta;
  }
}
