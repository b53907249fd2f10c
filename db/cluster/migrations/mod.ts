/** The tables of a cluster, in the order they came; there are none in SQLite. */

import type { MigrationStep } from "../../sql/migrate.ts";
import * as probe from "../../sql/migrations/probe.ts";
import * as tables from "./0001_tables.ts";

/** Every step of the cluster's own schema. */
export const clusterSteps: readonly MigrationStep[] = [
  { name: "0001_tables", ...tables },
  { name: "0002_probe", ...probe },
];
