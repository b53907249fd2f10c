/** The tables of documents, in the order they came. */

import type { Migrations } from "../../sql/migrate.ts";
import * as probe from "../../sql/migrations/probe.ts";
import * as postgresProbe from "../../sql/migrations/probe_postgres.ts";
import * as tables from "./0001_tables.ts";
import * as outbox from "./0002_outbox.ts";
import * as watching from "./0003_watching.ts";
import * as searchParts from "./0004_search_parts.ts";
import * as setting from "./0004_setting.ts";
import * as tombstone from "./0005_tombstone.ts";
import * as remains from "./0007_remains.ts";
import * as memberIds from "./0008_member_ids.ts";
import * as postgresTables from "./postgres/0001_tables.ts";
import * as postgresWatching from "./postgres/0002_watching.ts";
import * as postgresSetting from "./postgres/0003_setting.ts";
import * as postgresTombstone from "./postgres/0003_tombstone.ts";
import * as postgresMemberIds from "./postgres/0005_member_ids.ts";

/** Every migration of the document service in SQLite by name. */
export const documentMigrations: Migrations = {
  "0001_tables": tables,
  "0002_outbox": outbox,
  "0003_watching": watching,
  "0004_search_parts": searchParts,
  "0004_setting": setting,
  "0005_tombstone": tombstone,
  "0006_probe": probe,
  "0007_remains": remains,
  "0008_member_ids": memberIds,
};

/** Every migration of the document service in Postgres by name. */
export const documentPostgresMigrations: Migrations = {
  "0001_tables": postgresTables,
  "0002_watching": postgresWatching,
  "0003_setting": postgresSetting,
  "0003_tombstone": postgresTombstone,
  "0004_probe": postgresProbe,
  "0005_member_ids": postgresMemberIds,
};
