/**
 * A service is what a noun keeps: a file of its own in SQLite, and a schema, connections and a role of its
 * own in Postgres. It is described once; opening, migrating, copying from one database to the other,
 * emptying in tests, settings and health go through the list in `services.ts`.
 */

import type { Clock, Outbox, SessionEnds, StepMeter } from "../actors/mod.ts";
import type { Lease } from "./postgres/connections.ts";
import type { PostgresDatabase } from "./postgres/open.ts";
import type { MigrationStep } from "./sql/migrate.ts";
import type { OpenDatabase } from "./sqlite/open.ts";
import type { SqliteSource } from "./sqlite/source.ts";

/** The database of one service, open. */
export type ServiceDatabase<Schema> = OpenDatabase<Schema> | PostgresDatabase<Schema>;

/** What services are opened with. */
export interface ServiceTools {
  clock: Clock;
  /** What ends with a session that ends here. */
  sessionEnds: SessionEnds;
  /** Whose sessions or account are different from now on, so that other processes can be told. */
  onAccountChanged?: ((userId: string) => void) | undefined;
  /** Where long steps of databases on this thread name themselves. */
  meter?: StepMeter | undefined;
}

/** An open service. */
export interface OpenService<Ports> {
  /** What the suite works with. */
  ports: Ports;
  /** What it has to tell the others. */
  outbox?: Outbox;
  /** Leaves nothing in the tables of what was deleted before; where that is done in slices. */
  eraseDeleted?(): Promise<void>;
}

/** How one noun is kept. */
export interface Service<Schema, Ports> {
  /** Names its file, its schema, and its setting: `document.db`, `document`, `DOCUMENT_DATABASE_URL`. */
  readonly name: string;
  readonly steps: readonly MigrationStep[];
  /** Every table with rows of its own, in the order of their references. The first has a row once people came. */
  readonly tables: readonly string[];
  /** Tables that are made anew from the others, or hold what belongs to one database. */
  readonly rebuilt: readonly string[];
  /** Where it is kept; what a cluster needs is in Postgres alone. */
  readonly keptIn: "both" | "postgres";
  /** Whether what was deleted has to be gone from the logs beside its file at once. */
  readonly leavesTraces: boolean;
  /**
   * The migration of documents that it came with, where it came later: an installation that was not
   * started since has no file of it yet.
   */
  readonly cameWith?: string;
  open(database: ServiceDatabase<Schema>, tools: ServiceTools): Promise<OpenService<Ports>>;
  /** Finishes what is to be done in SQLite before the copy. */
  prepareCopy?(source: SqliteSource<Schema>): Promise<void>;
  /** Compares more than counts and makes anew what is; answers with lines that say so. */
  checkCopy?(source: SqliteSource<Schema>, target: Lease): Promise<string[]>;
}

/** Any service, where it does not matter which. */
export type AnyService = Service<unknown, object>;

/** What an open service offers. */
export type PortsOf<S> = S extends Service<infer _, infer Ports> ? Ports : never;
