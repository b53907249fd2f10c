/** Reads of stores that are asked for in the same moment: one statement for all of one kind. */

import { limits } from "../../actors/mod.ts";
import type { Cell, Read } from "../sql/table.ts";
import type { PostgresConnections } from "./connections.ts";
import { GatheredReads } from "./gathered_reads.ts";

type Gathered = GatheredReads<readonly Cell[], unknown[]>;

/** The reads of one service. */
export class GatheredRows {
  readonly #connections: PostgresConnections;
  readonly #reads = new Map<Read<unknown>, Gathered>();

  constructor(connections: PostgresConnections) {
    this.#connections = connections;
  }

  /** The rows for what is given. */
  async read<Row>(read: Read<Row>, given: readonly Cell[]): Promise<Row[]> {
    let gathered = this.#reads.get(read);
    if (gathered === undefined) {
      const sizes = { questionsMax: limits.readsGatheredMax, queriesMax: limits.loadQueriesMax };
      gathered = new GatheredReads((questions) => this.#answer(read, questions), sizes);
      this.#reads.set(read, gathered);
    }
    return (await gathered.read(given)) as Row[];
  }

  async #answer(
    { name, columns, postgres }: Read<unknown>,
    questions: readonly (readonly Cell[])[],
  ): Promise<unknown[][]> {
    const { rows } = await this.#connections.query({
      name: `read_${name}`,
      text: postgres,
      values: Object.keys(columns).map((_, column) => questions.map((cells) => cells[column])),
    });
    const answers = questions.map((): unknown[] => []);
    // Numbered from 1.
    for (const row of rows) answers[row.nth - 1]?.push(row);
    return answers;
  }
}
