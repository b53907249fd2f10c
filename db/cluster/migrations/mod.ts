/** The tables of a cluster, in the order they came; there are none in SQLite. */

import type { Migrations } from "../../sql/migrate.ts";
import * as postgresProbe from "../../sql/migrations/probe_postgres.ts";
import * as postgresTables from "./0001_tables.ts";

/** Every migration of the cluster's own schema by name. */
export const clusterPostgresMigrations: Migrations = {
  "0001_tables": postgresTables,
  "0002_probe": postgresProbe,
};
