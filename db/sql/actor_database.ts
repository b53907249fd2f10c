/** What a store of actors needs of its database, whichever of the two it is. */

import type { Batch, BatchResult } from "../../actors/mod.ts";
import type { SqlDatabase } from "./dialect.ts";
import type { Cell, Read, Rows } from "./table.ts";

/** What batches of changes write, in order; the meaning of a change, said once. */
export type WritesOf<Change> = (batches: readonly Batch<Change>[]) => readonly Rows[];

/** Writes batches durably. */
export interface Commits<Change> {
  /** Writes all in one transaction, or each for itself when one of them cannot be written. */
  commit(batches: readonly Batch<Change>[]): Promise<BatchResult[]>;
}

/** An open database, as stores of actors use it. */
export interface ActorDatabase<Schema> extends SqlDatabase<Schema> {
  readonly engine: "sqlite" | "postgres";
  commits<Change>(writesOf: WritesOf<Change>): Commits<Change>;
  /**
   * The rows for what is given. In SQLite it is answered at once; in Postgres together with what others
   * ask in the same moment.
   */
  read<Row>(read: Read<Row>, given: readonly Cell[]): Promise<Row[]>;
}
