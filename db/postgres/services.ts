/** Which services there are in Postgres, each in a schema of its own. */

import { accountPostgresMigrations } from "../account/migrations/mod.ts";
import { clusterPostgresMigrations } from "../cluster/migrations/mod.ts";
import { documentPostgresMigrations } from "../document/migrations/mod.ts";
import { inboxPostgresMigrations } from "../inbox/migrations/mod.ts";
import type { PostgresLocation } from "./open.ts";

/** The services. */
export type Service = "account" | "document" | "inbox" | "cluster";

/** Where each service's schema is, and how many connections it may have. */
export interface Databases {
  account: string;
  document: string;
  inbox: string;
  cluster: string;
  connectionsMax: number;
  migrateOnStart: boolean;
}

/** Where each service's data are, and what they have to look like. */
export function locationsOf(
  databases: Pick<Databases, Service>,
): Record<Service, PostgresLocation> {
  const { account, document, inbox, cluster } = databases;
  return {
    account: { url: account, schema: "account", migrations: accountPostgresMigrations },
    document: { url: document, schema: "document", migrations: documentPostgresMigrations },
    inbox: { url: inbox, schema: "inbox", migrations: inboxPostgresMigrations },
    cluster: { url: cluster, schema: "cluster", migrations: clusterPostgresMigrations },
  };
}
