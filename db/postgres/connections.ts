/**
 * The connections of one service to Postgres: a pool of its own, so that no service takes another's,
 * behind a circuit breaker, so that calls fail at once while Postgres is away instead of queuing.
 *
 * While the breaker is open only a probe of ours tries, over a fresh connection; when it comes through,
 * a new pool takes the place of the one whose connections may be dead without knowing.
 */

import {
  type CircuitBreakerPolicy,
  CircuitState,
  ConsecutiveBreaker,
  circuitBreaker,
  handleWhen,
  TimeoutStrategy,
  timeout,
} from "cockatiel";
import pg from "pg";
import { limits } from "../../actors/mod.ts";
import { fromPostgresError, isAway, unavailable } from "./errors.ts";

/** Whether the database can be asked. */
export type DatabaseState = "ok" | "down";

/** A statement with its values; one with a name is prepared once per connection. */
export interface Statement {
  name?: string;
  text: string;
  values?: unknown[];
}

/** What a statement answers. */
export interface StatementResult {
  command: string;
  rowCount: number | null;
  // The shape of a row is known only by who wrote the statement.
  // biome-ignore lint/suspicious/noExplicitAny: see above
  rows: any[];
}

/** A connection in somebody's hands. */
export interface Lease {
  query(statement: Statement): Promise<StatementResult>;
  query(text: string, values?: readonly unknown[]): Promise<StatementResult>;
}

/** How to connect. */
export interface ConnectionOptions {
  url: string;
  /** The schema in which names without one are looked up. */
  schema: string;
  connectionsMax: number;
  /** Off for migrations and copies, which take as long as they take. */
  hasTimeouts?: boolean;
  onState?: ((state: DatabaseState) => void) | undefined;
  /** Called with what statements fail by. */
  onError?: ((error: unknown) => void) | undefined;
}

/** A probe that was answered so long ago says nothing anymore. */
const PROBE_TEXT = "SELECT 1";
/** What the pool says when none of its connections came free in time. */
const POOL_IS_BUSY = "timeout exceeded when trying to connect";
/** What may be sent again on another connection when the first thing on a connection is lost. */
const REPEATABLE = /^\s*(?:SELECT|BEGIN|START)\b/i;

/** Connections to Postgres that heal by themselves. */
export class PostgresConnections {
  /** Kysely looks here for what it needs to cancel a query. */
  readonly options: pg.PoolConfig;
  readonly #breaker: CircuitBreakerPolicy;
  readonly #probeTimeout = timeout(limits.databaseConnectMsMax * 2, TimeoutStrategy.Aggressive);
  readonly #onState: (state: DatabaseState) => void;
  readonly #onError: (error: unknown) => void;
  #pool: pg.Pool;
  #answeredAt = 0;
  #probing: Promise<void> | undefined;
  #probeTimer: ReturnType<typeof setTimeout> | undefined;
  #isClosed = false;

  constructor(options: ConnectionOptions) {
    this.options = poolConfig(options);
    this.#onState = options.onState ?? (() => {});
    this.#onError = options.onError ?? (() => {});
    this.#breaker = circuitBreaker(handleWhen(isAway), {
      halfOpenAfter: 0,
      breaker: new ConsecutiveBreaker(limits.databaseFailuresMax),
    });
    this.#breaker.onBreak(() => this.#opened());
    this.#breaker.onReset(() => this.#onState("ok"));
    this.#pool = this.#createPool();
  }

  /** Answers at once with what is known, and asks the database when that is old. */
  state(): DatabaseState {
    const isOld = Date.now() - this.#answeredAt > limits.databaseProbeMs;
    if (this.#isOk && isOld && !this.#isClosed) void this.#probe();
    return this.#isOk ? "ok" : "down";
  }

  /** Takes a connection; it has to be released. Throws `store_failed`. */
  connect(): Promise<LeasedConnection> {
    return new Promise((resolve, reject) => {
      if (!this.#isOk || this.#isClosed) {
        reject(unavailable());
        return;
      }
      // The breaker counts a whole use: connections that are there and do not answer are away too.
      this.#breaker
        .execute(async () => {
          const lease = new LeasedConnection(await this.#acquire(), {
            replace: () => this.#acquire(),
            onError: this.#onError,
          });
          resolve(lease);
          await lease.ended;
          this.#answeredAt = Date.now();
        })
        .catch((error) => reject(fromPostgresError(error)));
    });
  }

  /** Lends a connection to a function. */
  async use<Value>(run: (lease: Lease) => Promise<Value>): Promise<Value> {
    const lease = await this.connect();
    try {
      return await run(lease);
    } finally {
      lease.release();
    }
  }

  /** Runs one statement. */
  query(statement: Statement): Promise<StatementResult> {
    return this.use((lease) => lease.query(statement));
  }

  /** Runs a function in a transaction; what it throws rolls everything back. */
  transaction<Value>(run: (lease: Lease) => Promise<Value>): Promise<Value> {
    return this.use(async (lease) => {
      await lease.query("BEGIN");
      try {
        const value = await run(lease);
        const { command } = await lease.query("COMMIT");
        if (command !== "COMMIT") throw unavailable(new Error(`received ${command}`));
        return value;
      } catch (error) {
        // Without an answer the connection is given up, and the transaction with it.
        await lease.query("ROLLBACK").catch(() => {});
        throw error;
      }
    });
  }

  /** Waits for what runs, then closes the connections; what does not answer is left alone. */
  async end(): Promise<void> {
    if (this.#isClosed) return;
    this.#isClosed = true;
    clearTimeout(this.#probeTimer);
    await this.#probing;
    let timer: ReturnType<typeof setTimeout> | undefined;
    const patience = new Promise<void>((resolve) => {
      timer = setTimeout(resolve, limits.databaseConnectMsMax);
    });
    await Promise.race([this.#pool.end(), patience]);
    clearTimeout(timer);
  }

  get #isOk(): boolean {
    return this.#breaker.state === CircuitState.Closed;
  }

  async #acquire(): Promise<pg.PoolClient> {
    try {
      return await this.#pool.connect();
    } catch (error) {
      // All connections were in use for too long: the database is busy with us, and not away.
      if (error instanceof Error && error.message === POOL_IS_BUSY) throw unavailable();
      throw error;
    }
  }

  #createPool(): pg.Pool {
    const pool = new pg.Pool(this.options);
    // A connection that nobody uses was lost: the pool has forgotten it already.
    pool.on("error", () => void this.#probe());
    // One that was lost in somebody's hands: whoever has it hears it from the next statement.
    pool.on("connect", (client) => client.on("error", () => {}));
    return pool;
  }

  #opened(): void {
    this.#onState("down");
    const lost = this.#pool;
    this.#pool = this.#createPool();
    void lost.end().catch(() => {});
    this.#probeSoon();
  }

  #probeSoon(): void {
    if (this.#isClosed) return;
    clearTimeout(this.#probeTimer);
    this.#probeTimer = setTimeout(() => void this.#probe(), limits.databaseProbeMs);
  }

  /** Asks over a fresh connection until the breaker knows whether the database is there. */
  #probe(): Promise<void> {
    this.#probing ??= this.#probeUntilKnown().finally(() => {
      this.#probing = undefined;
    });
    return this.#probing;
  }

  async #probeUntilKnown(): Promise<void> {
    do {
      try {
        await this.#breaker.execute(() => this.#probeTimeout.execute(() => this.#ask()));
        this.#answeredAt = Date.now();
        return;
      } catch {
        // The breaker counts it.
      }
    } while (this.#isOk && !this.#isClosed);
    this.#probeSoon();
  }

  async #ask(): Promise<void> {
    const client = new pg.Client({ ...this.options, query_timeout: limits.databaseConnectMsMax });
    client.on("error", () => {});
    try {
      await client.connect();
      await client.query(PROBE_TEXT);
    } finally {
      void client.end().catch(() => {});
    }
  }
}

/** A connection of the pool in somebody's hands. */
export class LeasedConnection implements Lease {
  /** Settles when the connection is given back; rejects when it was lost. */
  readonly ended: Promise<void>;
  readonly #replace: () => Promise<pg.PoolClient>;
  readonly #onError: (error: unknown) => void;
  #client: pg.PoolClient | undefined;
  #queries = 0;
  #lost: unknown;
  #isReleased = false;
  #end: { resolve(): void; reject(error: unknown): void };

  constructor(
    client: pg.PoolClient,
    { replace, onError }: { replace(): Promise<pg.PoolClient>; onError(error: unknown): void },
  ) {
    const { promise, ...end } = Promise.withResolvers<void>();
    this.#client = client;
    this.#replace = replace;
    this.#onError = onError;
    this.ended = promise;
    this.#end = end;
  }

  async query(
    statement: string | Statement,
    values?: readonly unknown[],
  ): Promise<StatementResult> {
    const config = typeof statement === "string" ? { text: statement, values } : statement;
    this.#queries++;
    try {
      return await this.#send(config as pg.QueryConfig);
    } catch (error) {
      if (isAway(error)) this.#lost ??= error;
      this.#onError(error);
      throw fromPostgresError(error);
    }
  }

  /** Gives the connection back, or up when it was lost. */
  release(isSpoiled = false): void {
    if (this.#isReleased) return;
    this.#isReleased = true;
    this.#client?.release(isSpoiled || this.#lost !== undefined);
    if (this.#lost === undefined) this.#end.resolve();
    else this.#end.reject(this.#lost);
  }

  /** A connection may have died while nobody used it: then the first statement goes over another. */
  async #send(config: pg.QueryConfig): Promise<StatementResult> {
    const client = this.#client;
    if (client === undefined) throw unavailable(this.#lost);
    const isFirst = this.#queries === 1;
    try {
      return await client.query(config);
    } catch (error) {
      const mayRepeat = isFirst && this.#queries === 1 && REPEATABLE.test(config.text);
      if (!mayRepeat || !isAway(error)) throw error;
      this.#client = undefined;
      client.release(true);
      this.#client = await this.#replace();
      return await this.#client.query(config);
    }
  }
}

const INT8 = 20;
const BYTEA = 17;

function poolConfig(options: ConnectionOptions): pg.PoolConfig {
  const hasTimeouts = options.hasTimeouts ?? true;
  return {
    connectionString: options.url,
    max: options.connectionsMax,
    application_name: `suite ${options.schema}`,
    // A commit that was answered is on disk.
    options: `-c search_path=${options.schema} -c synchronous_commit=on`,
    connectionTimeoutMillis: limits.databaseConnectMsMax,
    keepAlive: true,
    keepAliveInitialDelayMillis: 10_000,
    // Statements that do not depend on each other's answers go out together.
    pipeline: true,
    ...(hasTimeouts
      ? {
          statement_timeout: limits.statementMsMax,
          query_timeout: limits.statementAnswerMsMax,
          lock_timeout: limits.lockWaitMsMax,
          idle_in_transaction_session_timeout: limits.transactionIdleMsMax,
        }
      : {}),
    types: { getTypeParser: typeParser as typeof pg.types.getTypeParser },
  };
}

/** Times and counts fit in a number; bytes come without the buffer they were cut from. */
function typeParser(oid: number, format?: "text" | "binary") {
  if (format !== "binary" && oid === INT8) return Number;
  if (format !== "binary" && oid === BYTEA) return (text: string) => fromHex(text);
  return pg.types.getTypeParser(oid, format as "text");
}

function fromHex(text: string): Uint8Array {
  return Uint8Array.fromHex(text.slice(2));
}
