/** The few things that SQLite and Postgres say differently, so that the stores over both are one. */

import { type Expression, type Kysely, type SqlBool, sql } from "kysely";

/** How one of the two databases says it. */
export interface SqlDialect {
  readonly name: "sqlite" | "postgres";
  /** Whether `FOR UPDATE` is needed and known; SQLite has one writer at a time anyway. */
  readonly locksRows: boolean;
  /** Whether a column is one of the values, however many there are: parameters are limited. */
  isOneOf(column: Expression<string>, values: readonly string[]): Expression<SqlBool>;
}

/** A database of one service, whichever it is. */
export interface SqlDatabase<Schema> {
  readonly kysely: Kysely<Schema>;
  readonly dialect: SqlDialect;
}

/** SQLite. */
export const sqliteSql: SqlDialect = {
  name: "sqlite",
  locksRows: false,
  isOneOf: (column, values) =>
    sql<boolean>`${column} IN (SELECT value FROM json_each(${JSON.stringify(values)}))`,
};

/** Postgres. */
export const postgresSql: SqlDialect = {
  name: "postgres",
  locksRows: true,
  isOneOf: (column, values) => sql<boolean>`${column} = ANY (${[...values]})`,
};
