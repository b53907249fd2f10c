/** Column types of Postgres that all services share. */

import { type ColumnDataType, type RawBuilder, sql } from "kysely";

type DataType = ColumnDataType | RawBuilder<unknown>;

/** Text compared byte by byte, as SQLite does, whatever the database's language. */
export const TEXT: DataType = sql`text COLLATE "C"`;
/** Milliseconds since 1970. */
export const TIME: DataType = "bigint";
