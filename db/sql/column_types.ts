/** What the two databases say differently in a migration, so that each table is said once. */

import {
  type ColumnDataType,
  type ColumnDefinitionBuilder,
  type CreateTableBuilder,
  type RawBuilder,
  sql,
} from "kysely";

/** A column's type in one of the databases. */
export type DataType = ColumnDataType | RawBuilder<unknown>;

/** The words of one database. */
export interface ColumnTypes {
  readonly engine: "sqlite" | "postgres";
  /** Text compared byte by byte, whatever the database's language. */
  readonly TEXT: DataType;
  /** Milliseconds since 1970. */
  readonly TIME: DataType;
  readonly BYTES: DataType;
  /** Counts rows as they come; with `identity`. */
  readonly NUMBER: DataType;
  /** A primary key that the database gives out, never twice. */
  identity(column: ColumnDefinitionBuilder): ColumnDefinitionBuilder;
  /** Rows of a table that are found by their whole key are kept under it, where the database can. */
  withoutRowid<Table extends string, Column extends string>(
    table: CreateTableBuilder<Table, Column>,
  ): CreateTableBuilder<Table, Column>;
}

/** SQLite. */
export const sqliteTypes: ColumnTypes = {
  engine: "sqlite",
  TEXT: "text",
  TIME: "integer",
  BYTES: "blob",
  NUMBER: "integer",
  identity: (column) => column.primaryKey().autoIncrement(),
  withoutRowid: (table) => table.modifyEnd(sql`WITHOUT ROWID`),
};

/** Postgres. */
export const postgresTypes: ColumnTypes = {
  engine: "postgres",
  TEXT: sql`text COLLATE "C"`,
  TIME: "bigint",
  BYTES: "bytea",
  NUMBER: "bigint",
  identity: (column) => column.primaryKey().generatedByDefaultAsIdentity(),
  withoutRowid: (table) => table,
};
