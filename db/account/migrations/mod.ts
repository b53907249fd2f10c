/** The tables of accounts, in the order they came. */

import type { MigrationStep } from "../../sql/migrate.ts";
import * as probe from "../../sql/migrations/probe.ts";
import * as tables from "./0001_tables.ts";

/** Every step of the account service. */
export const accountSteps: readonly MigrationStep[] = [
  { name: "0001_tables", ...tables },
  { name: "0002_probe", ...probe },
];
