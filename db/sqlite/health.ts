/** How a SQLite file tells that something is wrong with it, and how it is found out whether it still is. */

import { Database, SQLiteError, type SQLQueryBindings, type Statement } from "bun:sqlite";
import { statSync } from "node:fs";
import { constants, setPriority } from "node:os";
import { fileURLToPath } from "node:url";
import { limits } from "../../actors/mod.ts";
import { type Ailment, type Probed, ServiceHealth } from "../sql/service_health.ts";
import type { Alone } from "./driver.ts";

/** What codes of SQLite begin with, and what they say of the file or the disk below it. */
const AILMENTS: readonly (readonly [code: RegExp, ailment: Ailment])[] = [
  [/^SQLITE_(?:CORRUPT|NOTADB)/, "corrupt"],
  [/^SQLITE_FULL/, "full"],
  [/^SQLITE_(?:IOERR|READONLY|CANTOPEN|PERM|PROTOCOL|NOLFS)/, "down"],
];

const CHECK_PROGRAM = fileURLToPath(new URL("./integrity_check.ts", import.meta.url));

/** What an error says of the database as a whole; most say something of the statement alone. */
function sqliteAilment(error: unknown): Ailment | undefined {
  if (!(error instanceof SQLiteError)) return undefined;
  return AILMENTS.find(([code]) => code.test(error.code ?? ""))?.[1];
}

/**
 * A handle that hears of every error its statements meet, no matter who prepared them. Bun gives each
 * statement functions of its own, so they are replaced where statements are made.
 */
export class ReportingDatabase extends Database {
  readonly health = new ServiceHealth();

  override prepare<Row, Values extends SQLQueryBindings | SQLQueryBindings[]>(
    sql: string,
    values?: Values,
  ): StatementOf<Row, Values> {
    return this.#reporting(() => this.#watched(super.prepare<Row, Values>(sql, values)));
  }

  override query<Row, Values extends SQLQueryBindings | SQLQueryBindings[]>(
    sql: string,
  ): StatementOf<Row, Values> {
    return this.prepare<Row, Values>(sql);
  }

  override run<Values extends SQLQueryBindings[]>(sql: string, ...bindings: Values[]) {
    return this.#reporting(() => super.run(sql, ...bindings));
  }

  /** Marks the database by an error that was met elsewhere, such as at the end of a transaction. */
  report(error: unknown): void {
    this.health.met(sqliteAilment(error));
  }

  #watched<Row, Values extends SQLQueryBindings[]>(
    statement: Statement<Row, Values>,
  ): Statement<Row, Values> {
    const { get, all, values, run, iterate } = statement;
    statement.get = (...given) => this.#reporting(() => get.apply(statement, given));
    statement.all = (...given) => this.#reporting(() => all.apply(statement, given));
    statement.values = (...given) => this.#reporting(() => values.apply(statement, given));
    statement.run = (...given) => this.#reporting(() => run.apply(statement, given));
    statement.iterate = (...given) => this.#reportingEach(iterate.apply(statement, given));
    return statement;
  }

  #reporting<Value>(run: () => Value): Value {
    try {
      return run();
    } catch (error) {
      this.report(error);
      throw error;
    }
  }

  *#reportingEach<Row>(rows: IterableIterator<Row>): IterableIterator<Row> {
    try {
      yield* rows;
    } catch (error) {
      this.report(error);
      throw error;
    }
  }
}

type StatementOf<Row, Values extends SQLQueryBindings | SQLQueryBindings[]> = Statement<
  Row,
  // biome-ignore lint/suspicious/noExplicitAny: as Bun's own declaration says it
  Values extends any[] ? Values : [Values]
>;

/** Probes one file. */
export class SqliteProbe implements Probed {
  readonly health: ServiceHealth;
  readonly #database: ReportingDatabase;
  readonly #path: string;
  readonly #inode: number | undefined;
  readonly #alone: Alone;

  constructor(database: ReportingDatabase, { path, alone }: { path: string; alone: Alone }) {
    this.health = database.health;
    this.#database = database;
    this.#path = path;
    this.#inode = inodeOf(path);
    this.#alone = alone;
  }

  async probe({ isLarge }: { isLarge: boolean }): Promise<"ok" | "busy"> {
    if (inodeOf(this.#path) !== this.#inode) {
      throw new Error(`Cannot reach "${this.#path}": expected the file that was opened`);
    }
    return await this.#alone(() => {
      // This thread does not wait: whoever writes may take its time.
      this.#database.run("PRAGMA busy_timeout = 0");
      try {
        this.#write(isLarge ? limits.probeLargeBytes : 0);
        if (isLarge) this.#write(0);
        return "ok";
      } catch (error) {
        if (error instanceof SQLiteError && error.code?.startsWith("SQLITE_BUSY")) return "busy";
        throw error;
      } finally {
        this.#database.run(`PRAGMA busy_timeout = ${limits.databaseBusyMsMax}`);
      }
    });
  }

  ailmentOf(error: unknown): Ailment {
    return sqliteAilment(error) ?? "down";
  }

  async verify(signal: AbortSignal): Promise<boolean> {
    const child = Bun.spawn([process.execPath, CHECK_PROGRAM, this.#path], {
      // It needs nothing of ours, and the environment has secrets.
      env: {},
      stdio: ["ignore", "ignore", "ignore"],
      killSignal: "SIGKILL",
      signal,
    });
    // Pages, edits and sockets go first.
    setPriority(child.pid, constants.priority.PRIORITY_LOW);
    if ((await child.exited) !== 0) return false;
    // Pages that were read while they were damaged are read anew.
    await this.#alone(() => this.#database.run("PRAGMA shrink_memory"));
    return true;
  }

  /** The commit is synced as any other; the row is read back from what was written. */
  #write(bytes: number): void {
    const written = this.#database.transaction(() => {
      this.#database.run(
        `INSERT INTO probe (id, count, padding) VALUES (1, 1, zeroblob(${bytes}))
         ON CONFLICT (id) DO UPDATE SET count = count + 1, padding = excluded.padding`,
      );
    });
    try {
      written.immediate();
    } catch (error) {
      this.#database.report(error);
      throw error;
    }
    using row = this.#database.prepare("SELECT count, length(padding) AS bytes FROM probe");
    row.get();
  }
}

/** Which file a path leads to; none for a database in memory. Opening it here would lose SQLite its locks. */
function inodeOf(path: string): number | undefined {
  return statSync(path, { throwIfNoEntry: false })?.ino;
}
