/** The tables of inboxes, in the order they came. */

import type { Migrations } from "../../migrate.ts";
import * as tables from "./0001_tables.ts";
import * as postgresTables from "./postgres/0001_tables.ts";

/** Every migration of the inbox service in SQLite by name. */
export const inboxMigrations: Migrations = {
  "0001_tables": tables,
};

/** Every migration of the inbox service in Postgres by name. */
export const inboxPostgresMigrations: Migrations = {
  "0001_tables": postgresTables,
};
