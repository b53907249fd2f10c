/** The tables of accounts, in the order they came. */

import type { Migrations } from "../../migrate.ts";
import * as tables from "./0001_tables.ts";

/** Every migration of the account service by name. */
export const accountMigrations: Migrations = {
  "0001_tables": tables,
};
