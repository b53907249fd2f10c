/** Statements of a store, prepared when they are used first. */

import type { Database, Statement } from "bun:sqlite";
import type { Cell, Write } from "../sql/table.ts";

/** The prepared statements of one connection. */
export class SqliteStatements {
  readonly #database: Database;
  readonly #prepared = new Map<Write, Statement<unknown, Cell[]>>();

  constructor(database: Database) {
    this.#database = database;
  }

  /** The statement, ready to be run. */
  of(write: Write): Statement<unknown, Cell[]> {
    let statement = this.#prepared.get(write);
    if (statement === undefined) {
      statement = this.#database.prepare<unknown, Cell[]>(write.sqlite);
      this.#prepared.set(write, statement);
    }
    return statement;
  }
}
