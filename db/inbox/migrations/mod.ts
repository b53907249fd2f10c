/** The tables of inboxes, in the order they came. */

import type { MigrationStep } from "../../sql/migrate.ts";
import * as probe from "../../sql/migrations/probe.ts";
import * as tables from "./0001_tables.ts";
import * as deviceSessions from "./0002_device_sessions.ts";
import * as tombstone from "./0002_tombstone.ts";
import * as parkedEvents from "./0004_parked_events.ts";
import * as deliveryLanes from "./0005_delivery_lanes.ts";
import * as unsettledEvents from "./0006_unsettled_events.ts";

/** Every step of the inbox service. */
export const inboxSteps: readonly MigrationStep[] = [
  { name: "0001_tables", ...tables },
  { name: "0002_device_sessions", ...deviceSessions },
  { name: "0002_tombstone", ...tombstone },
  { name: "0003_probe", ...probe },
  { name: "0004_parked_events", ...parkedEvents },
  { name: "0005_delivery_lanes", ...deliveryLanes },
  { name: "0006_unsettled_events", ...unsettledEvents },
];
