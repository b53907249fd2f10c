/** Copies the rows of a service's tables from SQLite to Postgres, in parts that fit in memory. */

import type { Database } from "bun:sqlite";
import type { Lease } from "./postgres/connections.ts";

const ROWS_PER_PART = 1_000;
const BYTES_PER_PART = 4_000_000;

/** A table and how many rows of it there are. */
export interface TableCount {
  table: string;
  rows: number;
}

interface Column {
  name: string;
  /** The type's name in Postgres, such as `int8`. */
  type: string;
}

/**
 * Copies tables in the order they are given, which is that of their references. Throws when one is not
 * empty or when a count differs in the end. Nobody else can read or write the tables meanwhile.
 */
export async function copyTables(
  source: Database,
  target: Lease,
  options: { schema: string; tables: readonly string[]; also: readonly string[] },
): Promise<TableCount[]> {
  const { schema, tables, also } = options;
  const locked = [...tables, ...also].map(quote).join(", ");
  await target.query(`LOCK TABLE ${locked} IN ACCESS EXCLUSIVE MODE`);
  for (const table of tables) await assertEmpty(target, { schema, table });
  const counts: TableCount[] = [];
  for (const table of tables) {
    const columns = await columnsOf(target, { schema, table });
    await copyRows(source, target, { table, columns });
    await setSequence(target, { table, columns });
    counts.push(await compareCounts(source, target, table));
  }
  return counts;
}

async function assertEmpty(
  target: Lease,
  { schema, table }: { schema: string; table: string },
): Promise<void> {
  const rows = await countIn(target, table);
  if (rows === 0) return;
  throw new Error(
    `Cannot copy to schema "${schema}": wanted an empty database, received ${rows} rows in "${table}"`,
  );
}

async function columnsOf(
  target: Lease,
  { schema, table }: { schema: string; table: string },
): Promise<Column[]> {
  const { rows } = await target.query(
    `SELECT column_name AS name, udt_name AS type FROM information_schema.columns
     WHERE table_schema = $1 AND table_name = $2 ORDER BY ordinal_position`,
    [schema, table],
  );
  return rows;
}

async function copyRows(
  source: Database,
  target: Lease,
  { table, columns }: { table: string; columns: readonly Column[] },
): Promise<void> {
  const names = columns.map(({ name }) => quote(name)).join(", ");
  const arrays = columns.map(({ type }, index) => `$${index + 1}::${type}[]`).join(", ");
  const text = `INSERT INTO ${quote(table)} (${names}) SELECT * FROM unnest(${arrays})`;
  for (const rows of partsOf(source, `SELECT ${names} FROM ${quote(table)}`)) {
    const values = columns.map((_, index) => rows.map((row) => row[index]));
    await target.query({ name: `copy_${table}`, text, values });
  }
}

/** Rows as they come, so many at a time. */
function* partsOf(source: Database, text: string): Generator<unknown[][]> {
  using statement = source.prepare<Record<string, unknown>, []>(text);
  let part: unknown[][] = [];
  let bytes = 0;
  for (const row of statement.iterate()) {
    const cells = Object.values(row);
    part.push(cells);
    bytes += cells.reduce((sum: number, cell) => sum + sizeOf(cell), 0);
    if (part.length < ROWS_PER_PART && bytes < BYTES_PER_PART) continue;
    yield part;
    part = [];
    bytes = 0;
  }
  if (part.length > 0) yield part;
}

function sizeOf(cell: unknown): number {
  return typeof cell === "string" || cell instanceof Uint8Array ? cell.length : 8;
}

/** Numbers that are given out go on behind those that were copied. */
async function setSequence(
  target: Lease,
  { table, columns }: { table: string; columns: readonly Column[] },
): Promise<void> {
  if (!columns.some(({ name }) => name === "number")) return;
  await target.query(
    `SELECT setval(pg_get_serial_sequence($1, 'number'), max(number)) FROM ${quote(table)}
     HAVING max(number) IS NOT NULL`,
    [table],
  );
}

async function compareCounts(source: Database, target: Lease, table: string): Promise<TableCount> {
  const { rows: wanted } = source
    .query<{ rows: number }, []>(`SELECT count(*) AS rows FROM ${quote(table)}`)
    .get() ?? { rows: 0 };
  const rows = await countIn(target, table);
  if (rows === wanted) return { table, rows };
  throw new Error(`Cannot copy table "${table}": wanted ${wanted} rows, received ${rows}`);
}

async function countIn(target: Lease, table: string): Promise<number> {
  const { rows } = await target.query(`SELECT count(*) AS rows FROM ${quote(table)}`);
  return rows[0].rows;
}

function quote(name: string): string {
  return `"${name}"`;
}
