/**
 * Kysely over `bun:sqlite`. One connection per file, handed to one query or one transaction at a time;
 * the others queue. Why this is ours: docs/decisions/0002-sqlite-driver.md.
 */

import { type Database, SQLiteError, type SQLQueryBindings } from "bun:sqlite";
import {
  CompiledQuery,
  type ConnectionProvider,
  type DatabaseConnection,
  DefaultQueryExecutor,
  type Dialect,
  type Driver,
  Kysely,
  type QueryResult,
  SqliteAdapter,
  SqliteIntrospector,
  SqliteQueryCompiler,
} from "kysely";
import type { StepMeter } from "../../actors/mod.ts";
import { toStoreError } from "../sql/store_error.ts";

/** For databases that nothing else waits for. */
const UNMETERED: StepMeter = { step: (_name, take) => take() };

/**
 * Kysely on the one connection of an open database; the caller keeps the handle. Who has written is
 * answered after `synced`, while others have the connection already. Long queries name themselves.
 */
export function openSyncedKysely<Schema>(
  database: Database,
  { meter, synced }: { meter?: StepMeter | undefined; synced: () => Promise<void> },
): { kysely: Kysely<Schema>; alone: Alone } {
  const connection = new BunSqliteConnection(database, meter);
  const provider = new SyncedConnections(connection, synced);
  const driver = new BunSqliteDriver(database, connection);
  const dialect: Dialect = {
    createAdapter: () => new TransactionalSqliteAdapter(),
    createDriver: () => driver,
    createIntrospector: (kysely) => new SqliteIntrospector(kysely),
    createQueryCompiler: () => new SqliteQueryCompiler(),
  };
  const executor = new DefaultQueryExecutor(
    dialect.createQueryCompiler(),
    dialect.createAdapter(),
    provider,
  );
  return {
    kysely: new Kysely<Schema>({ config: { dialect }, dialect, driver, executor }),
    alone: (run) => provider.alone(run),
  };
}

/**
 * Runs a synchronous function while nobody else has the connection. What it has committed is on the disk
 * when it is answered.
 */
export type Alone = <Value>(run: () => Value) => Promise<Value>;

/** Hands the one connection to one after the other, and lets those who wrote wait for the disk. */
class SyncedConnections implements ConnectionProvider {
  readonly #connection: BunSqliteConnection;
  readonly #synced: () => Promise<void>;
  #last: Promise<unknown> = Promise.resolve();

  constructor(connection: BunSqliteConnection, synced: () => Promise<void>) {
    this.#connection = connection;
    this.#synced = synced;
  }

  async provideConnection<Value>(
    consumer: (connection: DatabaseConnection) => Promise<Value>,
  ): Promise<Value> {
    const { value, hasWritten } = await this.#inTurn(async () => {
      this.#connection.hasWritten = false;
      const value = await consumer(this.#connection);
      return { value, hasWritten: this.#connection.hasWritten };
    });
    if (hasWritten) await this.#waitForDisk();
    return value;
  }

  async alone<Value>(run: () => Value): Promise<Value> {
    const value = await this.#inTurn(async () => run());
    await this.#waitForDisk();
    return value;
  }

  #inTurn<Value>(take: () => Promise<Value>): Promise<Value> {
    const taken = this.#last.then(take);
    this.#last = taken.catch(() => {});
    return taken;
  }

  async #waitForDisk(): Promise<void> {
    try {
      await this.#synced();
    } catch (error) {
      throw toStoreError(error);
    }
  }
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

  constructor(database: Database, connection: BunSqliteConnection) {
    this.#database = database;
    this.#connection = connection;
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
  /** Whether a statement has run that may have written something. */
  hasWritten = false;

  constructor(database: Database, meter = UNMETERED) {
    this.#database = database;
    this.#meter = meter;
  }

  async executeQuery<Row>(query: CompiledQuery): Promise<QueryResult<Row>> {
    if (!isRead(query)) this.hasWritten = true;
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

/** Statements that leave nothing which has to be on the disk. */
const READS: readonly RegExp[] = [
  /^\s*(?:select|pragma|begin|rollback)\b/i,
  // A command to an index of words: it orders what is there, and the next commit takes that along.
  /^\s*insert into (\w+) \(\1, /i,
];

function isRead({ query, sql }: CompiledQuery): boolean {
  return query.kind === "SelectQueryNode" || READS.some((pattern) => pattern.test(sql));
}

/** The beginning of a statement says enough; values are not in it. */
function nameOf({ sql }: CompiledQuery): string {
  return sql.replace(/\s+/g, " ").slice(0, 60);
}
