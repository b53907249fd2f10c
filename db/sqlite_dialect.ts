/**
 * Kysely over `bun:sqlite`. One connection per file: Kysely's own lock hands it to one query or one
 * transaction at a time and lets the others queue, because the adapter says that there are no more.
 * Why this is ours: docs/decisions/0002-sqlite-driver.md.
 */

import { type Database, SQLiteError, type SQLQueryBindings } from "bun:sqlite";
import {
  CompiledQuery,
  type DatabaseConnection,
  type Dialect,
  type Driver,
  type QueryResult,
  SqliteAdapter,
  SqliteIntrospector,
  SqliteQueryCompiler,
} from "kysely";
import type { StepMeter } from "../actors/mod.ts";
import { toStoreError } from "./store_error.ts";

/** For databases that nothing else waits for. */
const UNMETERED: StepMeter = { step: (_name, take) => take() };

/** The dialect for one open database; the caller keeps the handle. Long queries name themselves. */
export function bunSqliteDialect(database: Database, meter: StepMeter = UNMETERED): Dialect {
  return {
    createAdapter: () => new TransactionalSqliteAdapter(),
    createDriver: () => new BunSqliteDriver(database, meter),
    createIntrospector: (kysely) => new SqliteIntrospector(kysely),
    createQueryCompiler: () => new SqliteQueryCompiler(),
  };
}

/**
 * What an error below means to the suite: a full disk or a database out of reach becomes one of our
 * errors. Broken constraints and SQL that SQLite does not understand stay as they are, because what
 * they mean depends on the caller.
 */
export function fromDriverError(error: unknown): unknown {
  if (!(error instanceof SQLiteError)) return error;
  const code = error.code ?? "";
  const isTheCallers = code === "SQLITE_ERROR" || code.startsWith("SQLITE_CONSTRAINT");
  return isTheCallers ? error : toStoreError(error);
}

/** SQLite changes schemas inside transactions, so a migration that fails leaves nothing behind. */
class TransactionalSqliteAdapter extends SqliteAdapter {
  override get supportsTransactionalDdl(): boolean {
    return true;
  }
}

class BunSqliteDriver implements Driver {
  readonly #database: Database;
  readonly #connection: BunSqliteConnection;

  constructor(database: Database, meter: StepMeter) {
    this.#database = database;
    this.#connection = new BunSqliteConnection(database, meter);
  }

  async init(): Promise<void> {}

  async acquireConnection(): Promise<DatabaseConnection> {
    return this.#connection;
  }

  /**
   * Takes the write lock at once: a transaction that began by reading could not wait for another
   * process's write later, SQLite would refuse it on the spot.
   */
  async beginTransaction(connection: DatabaseConnection): Promise<void> {
    await connection.executeQuery(CompiledQuery.raw("begin immediate"));
  }

  async commitTransaction(connection: DatabaseConnection): Promise<void> {
    await connection.executeQuery(CompiledQuery.raw("commit"));
  }

  async rollbackTransaction(connection: DatabaseConnection): Promise<void> {
    // A full disk makes SQLite roll back by itself; a second rollback would hide the first error.
    if (!this.#database.inTransaction) return;
    await connection.executeQuery(CompiledQuery.raw("rollback"));
  }

  async releaseConnection(): Promise<void> {}

  async destroy(): Promise<void> {
    this.#database.close();
  }
}

class BunSqliteConnection implements DatabaseConnection {
  readonly #database: Database;
  readonly #meter: StepMeter;

  constructor(database: Database, meter: StepMeter) {
    this.#database = database;
    this.#meter = meter;
  }

  async executeQuery<Row>(query: CompiledQuery): Promise<QueryResult<Row>> {
    try {
      return this.#meter.step(nameOf(query), () => this.#execute<Row>(query));
    } catch (error) {
      throw fromDriverError(error);
    }
  }

  #execute<Row>({ sql, parameters }: CompiledQuery): QueryResult<Row> {
    using statement = this.#database.prepare<Row, SQLQueryBindings[]>(sql);
    const values = parameters as SQLQueryBindings[];
    if (statement.columnNames.length > 0) return { rows: statement.all(...values) };
    const { changes, lastInsertRowid } = statement.run(...values);
    return { rows: [], numAffectedRows: BigInt(changes), insertId: BigInt(lastInsertRowid) };
  }

  async *streamQuery<Row>(query: CompiledQuery): AsyncIterableIterator<QueryResult<Row>> {
    using statement = this.#database.prepare<Row, SQLQueryBindings[]>(query.sql);
    for (const row of statement.iterate(...(query.parameters as SQLQueryBindings[]))) {
      yield { rows: [row] };
    }
  }
}

/** The beginning of a statement says enough; values are not in it. */
function nameOf({ sql }: CompiledQuery): string {
  return sql.replace(/\s+/g, " ").slice(0, 60);
}
