/**
 * How actors are written to SQLite: many batches in one durable transaction. A commit waits for the
 * connection, runs without giving up the thread, so that nothing comes in between, and then waits for the
 * disk without keeping the thread.
 */

import type { Database, Statement } from "bun:sqlite";
import type { Batch, BatchResult, StepMeter } from "../../actors/mod.ts";
import type { Commits, WritesOf } from "../sql/actor_database.ts";
import { toStoreError } from "../sql/store_error.ts";
import type { Alone } from "./driver.ts";
import { SqliteStatements } from "./statements.ts";

/** Commits batches by a function that says what they write. */
export class SqliteCommits<Change> implements Commits<Change> {
  readonly #alone: Alone;
  readonly #database: Database;
  readonly #writesOf: WritesOf<Change>;
  readonly #statements: SqliteStatements;
  readonly #begin: Statement;
  readonly #commit: Statement;
  readonly #rollback: Statement;
  readonly #meter: StepMeter | undefined;

  constructor(
    given: { alone: Alone; database: Database; meter?: StepMeter | undefined },
    writesOf: WritesOf<Change>,
  ) {
    const { alone, database, meter } = given;
    this.#alone = alone;
    this.#database = database;
    this.#meter = meter;
    this.#writesOf = writesOf;
    this.#statements = new SqliteStatements(database);
    this.#begin = database.prepare("BEGIN IMMEDIATE");
    this.#commit = database.prepare("COMMIT");
    this.#rollback = database.prepare("ROLLBACK");
  }

  commit(batches: readonly Batch<Change>[]): Promise<BatchResult[]> {
    return this.#alone(() => this.#metered(batches));
  }

  #metered(batches: readonly Batch<Change>[]): BatchResult[] {
    const commit = () => this.#commitTogether(batches);
    return this.#meter === undefined ? commit() : this.#meter.step("commit", commit);
  }

  #commitTogether(batches: readonly Batch<Change>[]): BatchResult[] {
    try {
      this.#transact(() => this.#write(batches));
      return batches.map(() => ({ state: "ok" }));
    } catch (error) {
      // One that cannot be written must not keep the others from being: each tries for itself.
      if (batches.length === 1) return [{ state: "failed", error: toStoreError(error) }];
      return batches.map((batch) => this.#commitAlone(batch));
    }
  }

  #commitAlone(batch: Batch<Change>): BatchResult {
    try {
      this.#transact(() => this.#write([batch]));
      return { state: "ok" };
    } catch (error) {
      return { state: "failed", error: toStoreError(error) };
    }
  }

  #write(batches: readonly Batch<Change>[]): void {
    for (const [write, rows] of this.#writesOf(batches)) {
      const statement = this.#statements.of(write);
      for (const row of rows) statement.run(...row);
    }
  }

  #transact(write: () => void): void {
    this.#begin.run();
    try {
      write();
      this.#commit.run();
    } catch (error) {
      // After some errors SQLite has rolled back by itself.
      if (this.#database.inTransaction) this.#rollback.run();
      throw error;
    }
  }
}
