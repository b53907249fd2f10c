/**
 * What stores of actors write and read, said once for both databases. SQLite runs a prepared statement for
 * each row; Postgres takes hundreds of rows at once, a column at a time.
 *
 * A statement that is more than a plain insert, update or delete is written over `given`, a table of the
 * rows that are handed in: one row in SQLite, all of them in Postgres.
 */

/** What a column holds, as both databases know it. */
export type ColumnType = "text" | "int" | "time" | "bytes";

/** The value of one column in one row. */
export type Cell = string | number | Uint8Array | null;

/** Columns by name, in the order of the cells. */
export type Columns = Readonly<Record<string, ColumnType>>;

/** A statement before it has its name. */
export interface Unnamed {
  readonly columns: Columns;
  readonly sqlite: string;
  readonly postgres: string;
}

/** One way to write rows of one shape. */
export interface Write extends Unnamed {
  /** Unlike any other's of its service. */
  readonly name: string;
}

/** The same for rows that are looked for. */
export interface UnnamedRead<Row> extends Unnamed {
  /** Never there: it carries the type of the rows. */
  readonly row?: Row;
}

/** One way to look for rows by what is given. */
export interface Read<Row> extends UnnamedRead<Row> {
  readonly name: string;
}

/** What to write: rows of one shape, each cell in the place of its column. */
export type Rows = readonly [write: Write, rows: readonly (readonly Cell[])[]];

const POSTGRES_TYPES = { text: "text", int: "int4", time: "int8", bytes: "bytea" } as const;

/** New rows; what becomes of those whose key is there already is said by `onConflict`. */
export function insert(
  table: string,
  columns: Columns,
  options: {
    key?: readonly string[];
    onConflict?: "replace" | "ignore";
    /** Columns that stay as they are in a row that is replaced. */
    keep?: readonly string[];
  } = {},
): Unnamed {
  const { key = [], onConflict, keep = [] } = options;
  const names = Object.keys(columns);
  const set = names
    .filter((name) => !key.includes(name) && !keep.includes(name))
    .map((name) => `${name} = excluded.${name}`);
  const target = key.length > 0 ? ` (${key.join(", ")})` : "";
  const ends = {
    none: "",
    ignore: ` ON CONFLICT${target} DO NOTHING`,
    replace: ` ON CONFLICT${target} DO UPDATE SET ${set.join(", ")}`,
  };
  const into = `INSERT INTO ${table} (${names.join(", ")})`;
  const end = ends[onConflict ?? "none"];
  return {
    columns,
    sqlite: `${into} VALUES (${names.map(() => "?").join(", ")})${end}`,
    postgres: `${into} SELECT * FROM unnest(${arraysOf(columns)})${end}`,
  };
}

/** Rows that match go. */
export function remove(table: string, match: Columns): Unnamed {
  return {
    columns: match,
    sqlite: `DELETE FROM ${table} WHERE ${matching(match, (name) => `${name} = ?`)}`,
    postgres: `DELETE FROM ${table} USING ${givenIn(match)}
      WHERE ${matching(match, (name) => `${table}.${name} = given.${name}`)}`,
  };
}

/** Columns of rows that match are set; the cells to set come first. */
export function update(table: string, set: Columns, match: Columns): Unnamed {
  const columns = { ...set, ...match };
  const values = (value: (name: string) => string) =>
    Object.keys(set)
      .map((name) => `${name} = ${value(name)}`)
      .join(", ");
  return {
    columns,
    sqlite: `UPDATE ${table} SET ${values(() => "?")}
      WHERE ${matching(match, (name) => `${name} = ?`)}`,
    postgres: `UPDATE ${table} SET ${values((name) => `given.${name}`)} FROM ${givenIn(columns)}
      WHERE ${matching(match, (name) => `${table}.${name} = given.${name}`)}`,
  };
}

/** Any statement over `given`. */
export function write(columns: Columns, text: string): Unnamed {
  const names = Object.keys(columns);
  return {
    columns,
    sqlite: `${oneRow(names)} ${text}`,
    postgres: `WITH given (${names.join(", ")}) AS (SELECT * FROM unnest(${arraysOf(columns)})) ${text}`,
  };
}

/** Rows that are selected from `given` and what is joined to it; of each given row in turn. */
export function read<Row>(
  columns: Columns,
  { select, from = "" }: { select: string; from?: string },
): UnnamedRead<Row> {
  const names = Object.keys(columns);
  const given = `unnest(${arraysOf(columns)}) WITH ORDINALITY AS given (${names.join(", ")}, nth)`;
  return {
    columns,
    sqlite: `${oneRow(names)} SELECT ${select} FROM given ${from}`,
    postgres: `SELECT given.nth AS nth, ${select} FROM ${given} ${from}`,
  };
}

/** Gives statements the names that they have in a table of them. */
export function named<Statements extends Readonly<Record<string, Unnamed>>>(
  statements: Statements,
): Named<Statements> {
  const entries = Object.entries(statements).map(([name, it]) => [name, { name, ...it }] as const);
  return Object.fromEntries(entries) as Named<Statements>;
}

type Named<Statements> = {
  readonly [Name in keyof Statements]: Statements[Name] & { readonly name: string };
};

function oneRow(names: readonly string[]): string {
  const marks = names.map((_, index) => `?${index + 1}`).join(", ");
  return `WITH given (${names.join(", ")}) AS (VALUES (${marks}))`;
}

function givenIn(columns: Columns): string {
  return `unnest(${arraysOf(columns)}) AS given (${Object.keys(columns).join(", ")})`;
}

function arraysOf(columns: Columns): string {
  return Object.values(columns)
    .map((type, index) => `$${index + 1}::${POSTGRES_TYPES[type]}[]`)
    .join(", ");
}

function matching(columns: Columns, condition: (name: string) => string): string {
  return Object.keys(columns).map(condition).join(" AND ");
}
