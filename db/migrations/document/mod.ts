/** The tables of documents, in the order they came. */

import type { Migrations } from "../../migrate.ts";
import * as tables from "./0001_tables.ts";
import * as outbox from "./0002_outbox.ts";
import * as postgresTables from "./postgres/0001_tables.ts";

/** Every migration of the document service in SQLite by name. */
export const documentMigrations: Migrations = {
  "0001_tables": tables,
  "0002_outbox": outbox,
};

/** Every migration of the document service in Postgres by name. */
export const documentPostgresMigrations: Migrations = {
  "0001_tables": postgresTables,
};
