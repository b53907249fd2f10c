/** The tables of documents, in the order they came. */

import type { MigrationStep } from "../../sql/migrate.ts";
import * as outbox from "../../sql/migrations/outbox.ts";
import * as probe from "../../sql/migrations/probe.ts";
import * as tombstone from "../../sql/migrations/tombstone.ts";
import * as tables from "./0001_tables.ts";
import * as watching from "./0003_watching.ts";
import * as searchParts from "./0004_search_parts.ts";
import * as setting from "./0004_setting.ts";
import * as remains from "./0007_remains.ts";
import * as memberIds from "./0008_member_ids.ts";
import * as deletedIndex from "./0009_deleted_index.ts";

/** Every step of the document service; they came to the two databases at different times. */
export const documentSteps: readonly MigrationStep[] = [
  { name: "0001_tables", ...tables },
  { name: { sqlite: "0002_outbox" }, ...outbox },
  { name: { sqlite: "0003_watching", postgres: "0002_watching" }, ...watching },
  { name: { sqlite: "0004_search_parts" }, ...searchParts },
  { name: { sqlite: "0004_setting", postgres: "0003_setting" }, ...setting },
  { name: { sqlite: "0005_tombstone", postgres: "0003_tombstone" }, ...tombstone },
  { name: { sqlite: "0006_probe", postgres: "0004_probe" }, ...probe },
  { name: { sqlite: "0007_remains" }, ...remains },
  { name: { sqlite: "0008_member_ids", postgres: "0005_member_ids" }, ...memberIds },
  // In Postgres since the first tables.
  { name: { sqlite: "0009_deleted_index" }, ...deletedIndex },
];
