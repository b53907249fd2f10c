/** The tables of inboxes, in the order they came. */

import type { Migrations } from "../../sql/migrate.ts";
import * as probe from "../../sql/migrations/probe.ts";
import * as postgresProbe from "../../sql/migrations/probe_postgres.ts";
import * as tables from "./0001_tables.ts";
import * as deviceSessions from "./0002_device_sessions.ts";
import * as tombstone from "./0002_tombstone.ts";
import * as parkedEvents from "./0004_parked_events.ts";
import * as deliveryLanes from "./0005_delivery_lanes.ts";
import * as unsettledEvents from "./0006_unsettled_events.ts";
import * as postgresTables from "./postgres/0001_tables.ts";
import * as postgresDeviceSessions from "./postgres/0002_device_sessions.ts";
import * as postgresTombstone from "./postgres/0002_tombstone.ts";
import * as postgresParkedEvents from "./postgres/0004_parked_events.ts";

/** Every migration of the inbox service in SQLite by name. */
export const inboxMigrations: Migrations = {
  "0001_tables": tables,
  "0002_device_sessions": deviceSessions,
  "0002_tombstone": tombstone,
  "0003_probe": probe,
  "0004_parked_events": parkedEvents,
  "0005_delivery_lanes": deliveryLanes,
  "0006_unsettled_events": unsettledEvents,
};

/** Every migration of the inbox service in Postgres by name. */
export const inboxPostgresMigrations: Migrations = {
  "0001_tables": postgresTables,
  "0002_device_sessions": postgresDeviceSessions,
  "0002_tombstone": postgresTombstone,
  "0003_probe": postgresProbe,
  "0004_parked_events": postgresParkedEvents,
  // The same words in both.
  "0005_delivery_lanes": deliveryLanes,
  "0006_unsettled_events": unsettledEvents,
};
