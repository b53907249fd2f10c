/** The list of all services: a new noun that keeps something adds its line here. */

import { account } from "./account.ts";
import { cluster } from "./cluster.ts";
import { document } from "./document.ts";
import { inbox } from "./inbox.ts";
import type { PostgresLocation } from "./postgres/open.ts";
import type { AnyService, PortsOf } from "./service.ts";
import { postgresMigrations } from "./sql/migrate.ts";

/** By name, in the order in which they are opened and copied. */
export const services = { account, document, inbox, cluster } as const;

type Services = typeof services;
type Union = PortsOf<Services[keyof Services]>;
type Intersection<U> = (U extends unknown ? (part: U) => void : never) extends (
  part: infer All,
) => void
  ? All
  : never;

/** What all services offer together. */
export type Ports = Intersection<Union>;

/** All of them. */
export const allServices: readonly AnyService[] = Object.values(services);

/** What settings call them. */
export const serviceNames: readonly string[] = allServices.map(({ name }) => name);

/** Those that SQLite has files of. */
export const embeddedServices: readonly AnyService[] = allServices.filter(
  ({ keptIn }) => keptIn === "both",
);

/** Where Postgres is, and how many connections each service may have. */
export interface Databases {
  url: string;
  /** Those of services that have one of their own, by name. */
  urls: Readonly<Record<string, string>>;
  connectionsMax: number;
  /** Whether opening brings schemas up to date. */
  migrateOnStart: boolean;
}

/** Where a service's data are in Postgres, and what they have to look like. */
export function locationOf(
  { name, steps }: Pick<AnyService, "name" | "steps">,
  { url, urls }: Pick<Databases, "url" | "urls">,
): PostgresLocation {
  return { url: urls[name] ?? url, schema: name, migrations: postgresMigrations(steps) };
}
