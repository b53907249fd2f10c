/** Opens everything that is kept: in SQLite files of one process, or in Postgres. */

import { join } from "node:path";
import { type Log, type Outbox, SessionEnds } from "../actors/mod.ts";
import { openPostgres } from "./postgres/open.ts";
import type { AnyService, OpenService, ServiceDatabase, ServiceTools } from "./service.ts";
import {
  allServices,
  type Databases,
  embeddedServices,
  locationOf,
  type Ports,
} from "./services.ts";
import { sqliteMigrations } from "./sql/migrate.ts";
import type { Probed } from "./sql/service_health.ts";
import type { Checkpoints } from "./sqlite/checkpoints.ts";
import { assertDataFiles } from "./sqlite/data_files.ts";
import { openSqlite } from "./sqlite/open.ts";

/** Everything that is kept. */
export interface Stores extends Ports {
  /** What ends with sessions that end here; what is stored of it is on the list. */
  sessionEnds: SessionEnds;
  /** Calls a function when somebody's sessions or account have changed here. */
  observeAccounts(observer: (userId: string) => void): void;
  /** One of each service that tells something. */
  outboxes: readonly Outbox[];
  /** The SQLite files; none in Postgres. */
  files: readonly string[];
  /**
   * Leaves nothing in files of what was deleted before; each log is handed over to be emptied. Does
   * nothing in Postgres, which keeps dead rows until they are vacuumed.
   */
  eraseDeleted(logs: Pick<Checkpoints, "empty">): Promise<void>;
  /** Finds out how each service's database is. */
  probes: Readonly<Record<string, Probed>>;
  close(): Promise<void>;
}

/** How to open it. */
export interface StoresOptions extends Pick<ServiceTools, "clock" | "meter"> {
  log?: Log | undefined;
}

/** Opens the SQLite files in a folder. Throws when one cannot be opened; then none is left open. */
export async function openEmbeddedStores(dataDir: string, options: StoresOptions): Promise<Stores> {
  assertDataFiles(dataDir, embeddedServices);
  const fileOf = ({ name }: AnyService) => join(dataDir, `${name}.db`);
  const stores = await openStores(embeddedServices, options, (service) =>
    openSqlite(fileOf(service), sqliteMigrations(service.steps), options),
  );
  return {
    ...stores,
    files: embeddedServices.map(fileOf),
    async eraseDeleted(logs) {
      await stores.eraseDeleted(logs);
      for (const service of embeddedServices) {
        if (service.leavesTraces) await logs.empty(fileOf(service));
      }
    },
  };
}

/** Opens the services' schemas in Postgres, each with connections of its own. */
export async function openPostgresStores(
  databases: Databases,
  options: StoresOptions,
): Promise<Stores> {
  const { connectionsMax, migrateOnStart } = databases;
  const stores = await openStores(allServices, options, (service) =>
    openPostgres({ ...locationOf(service, databases), connectionsMax, migrateOnStart }),
  );
  return { ...stores, eraseDeleted: async () => {} };
}

interface Opened extends OpenService<object> {
  name: string;
  probe: Probed;
}

async function openStores(
  services: readonly AnyService[],
  options: StoresOptions,
  openDatabase: (service: AnyService) => Promise<ServiceDatabase<unknown>>,
): Promise<Stores> {
  const { clock, meter, log } = options;
  const sessionEnds = new SessionEnds((what, error) => {
    log?.error("cannot end what belongs to a session", { what, error: String(error) });
  });
  const observers: ((userId: string) => void)[] = [];
  const onAccountChanged = (userId: string) => {
    for (const observer of observers) observer(userId);
  };
  const tools = { clock, sessionEnds, onAccountChanged, meter };
  const databases = await allOrNone(services.map(openDatabase));
  const close = async () => {
    await Promise.all(databases.map((database) => database.close()));
  };
  try {
    const opened: Opened[] = [];
    for (const [index, service] of services.entries()) {
      const database = databases[index] as ServiceDatabase<unknown>;
      const { name } = service;
      opened.push({ name, probe: database.probe, ...(await service.open(database, tools)) });
    }
    const observeAccounts = (observer: (userId: string) => void) => void observers.push(observer);
    return { ...joinServices(opened), sessionEnds, observeAccounts, close };
  } catch (error) {
    await close();
    throw error;
  }
}

function joinServices(
  opened: readonly Opened[],
): Omit<Stores, "sessionEnds" | "observeAccounts" | "close"> {
  const ports: object = Object.assign({}, ...opened.map((service) => service.ports));
  return {
    // A cluster's own tables are not everywhere.
    ...({ shardTable: undefined, ...ports } as Ports),
    outboxes: opened.flatMap(({ outbox }) => outbox ?? []),
    files: [],
    async eraseDeleted() {
      for (const service of opened) await service.eraseDeleted?.();
    },
    probes: Object.fromEntries(opened.map(({ name, probe }) => [name, probe])),
  };
}

/** Waits for all; when one fails, closes those that were opened. */
async function allOrNone<Database extends { close(): Promise<void> }>(
  opening: readonly Promise<Database>[],
): Promise<Database[]> {
  const results = await Promise.allSettled(opening);
  const opened = results.flatMap((result) => (result.status === "fulfilled" ? [result.value] : []));
  const failed = results.find((result) => result.status === "rejected");
  if (failed === undefined) return opened;
  await Promise.all(opened.map((database) => database.close()));
  throw failed.reason;
}
