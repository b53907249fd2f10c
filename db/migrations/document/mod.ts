/** The tables of documents, in the order they came. */

import type { Migrations } from "../../migrate.ts";
import * as tables from "./0001_tables.ts";

/** Every migration of the document service by name. */
export const documentMigrations: Migrations = {
  "0001_tables": tables,
};
