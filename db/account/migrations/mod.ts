/** The tables of accounts, in the order they came. */

import type { Migrations } from "../../sql/migrate.ts";
import * as probe from "../../sql/migrations/probe.ts";
import * as postgresProbe from "../../sql/migrations/probe_postgres.ts";
import * as tables from "./0001_tables.ts";
import * as postgresTables from "./postgres/0001_tables.ts";

/** Every migration of the account service in SQLite by name. */
export const accountMigrations: Migrations = {
  "0001_tables": tables,
  "0002_probe": probe,
};

/** Every migration of the account service in Postgres by name. */
export const accountPostgresMigrations: Migrations = {
  "0001_tables": postgresTables,
  "0002_probe": postgresProbe,
};
