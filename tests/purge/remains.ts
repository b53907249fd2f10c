/** Looks for something in everything that a suite keeps: every cell of every table, and every byte of every file. */

import { Database } from "bun:sqlite";
import { readdirSync } from "node:fs";
import { join } from "node:path";
import pg from "pg";

/** Where a suite keeps what it keeps. */
export type Place = { dataDir: string } | { databaseUrl: string };

/** The tables in which a cell has the text, in any case and also as bytes, as `document.journal`. */
export function tablesWith(place: Place, text: string): Promise<string[]> {
  return tablesWhere(place, (row) => row.includes(text.toLowerCase()));
}

/** Every table, with the tables below an index of words. */
export function allTables(place: Place): Promise<string[]> {
  return tablesWhere(place, undefined);
}

/**
 * The files in a folder that have the text in them, in any case, byte by byte. By another process: one
 * that closes a file gives up the locks that SQLite has on it in the same process.
 */
export function filesWith(dataDir: string, text: string): string[] {
  const { stdout, exitCode } = Bun.spawnSync(
    ["grep", "--recursive", "--files-with-matches", "--text", "--ignore-case", "-F", text, dataDir],
    { env: { LC_ALL: "C" } },
  );
  if (exitCode > 1) throw new Error(`Cannot look into files: grep ended with ${exitCode}`);
  return stdout.toString().split("\n").filter(Boolean);
}

type Holds = ((row: string) => boolean) | undefined;

/** Without a condition, also those that are empty. */
async function tablesWhere(place: Place, holds: Holds): Promise<string[]> {
  const tables =
    "dataDir" in place
      ? inSqlite(place.dataDir, holds)
      : await inPostgres(place.databaseUrl, holds);
  return tables.sort();
}

function inSqlite(dataDir: string, holds: Holds): string[] {
  return readdirSync(dataDir)
    .filter((name) => name.endsWith(".db") && name !== "lock.db")
    .flatMap((file) => {
      using database = new Database(join(dataDir, file), { readonly: true });
      const tables = database
        .query<{ name: string }, []>("SELECT name FROM sqlite_master WHERE type = 'table'")
        .all();
      return tables
        .filter(
          ({ name }) =>
            holds === undefined ||
            database
              .query<Record<string, unknown>, []>(`SELECT * FROM "${name}"`)
              .all()
              .some((row) => holds(textOf(row))),
        )
        .map(({ name }) => `${file.replace(/\.db$/, "")}.${name}`);
    });
}

/** All cells of a row, bytes as the letters that they stand for. */
function textOf(row: Record<string, unknown>): string {
  const cells = Object.values(row).map((cell) =>
    cell instanceof Uint8Array ? Buffer.from(cell).toString("latin1") : String(cell),
  );
  return cells.join("\n").toLowerCase();
}

async function inPostgres(url: string, holds: Holds): Promise<string[]> {
  const client = new pg.Client(url);
  await client.connect();
  try {
    const { rows: tables } = await client.query(
      `SELECT table_schema AS schema, table_name AS name FROM information_schema.tables
       WHERE table_schema NOT IN ('pg_catalog', 'information_schema')`,
    );
    const found: string[] = [];
    for (const { schema, name } of tables) {
      const { rows } = await client.query(`SELECT * FROM "${schema}"."${name}"`);
      if (holds === undefined || rows.some((row) => holds(textOf(row)))) {
        found.push(`${schema}.${name}`);
      }
    }
    return found;
  } finally {
    await client.end();
  }
}
