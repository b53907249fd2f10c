/** Opens everything that is kept: in SQLite files of one process, or in Postgres. */

import { join } from "node:path";
import type {
  AccountStore,
  ActorStore,
  Clock,
  DeliveryQueue,
  DocumentQueries,
  DocumentTypes,
  InboxQueries,
  InboxTypes,
  Log,
  Outbox,
  ParkedEvents,
  PushDevices,
  ShardTable,
} from "../actors/mod.ts";
import { SessionEnds } from "../actors/mod.ts";
import {
  type AccountSchema,
  type AccountsOptions,
  joinAccounts,
  openAccounts,
  type SqlSessionStore,
} from "./account.ts";
import { PostgresShardTable } from "./cluster/shard_table.ts";
import { documentMigrations } from "./document/migrations/mod.ts";
import { PostgresDocumentStore } from "./document/postgres_store.ts";
import { SqlDocumentQueries } from "./document/queries.ts";
import type { DocumentSchema } from "./document/schema.ts";
import { SqliteDocumentStore } from "./document/sqlite_store.ts";
import { SqlDeliveryQueue } from "./inbox/delivery_queue.ts";
import { inboxMigrations } from "./inbox/migrations/mod.ts";
import { SqlParkedEvents } from "./inbox/parked_events.ts";
import { PostgresInboxStore } from "./inbox/postgres_store.ts";
import { SqlPushDevices } from "./inbox/push_devices.ts";
import { SqlInboxQueries } from "./inbox/queries.ts";
import type { InboxSchema } from "./inbox/schema.ts";
import { SqliteInboxStore } from "./inbox/sqlite_store.ts";
import { openPostgres } from "./postgres/open.ts";
import { type Databases, locationsOf, type Service } from "./postgres/services.ts";
import type { SqlDatabase } from "./sql/dialect.ts";
import { readLineage } from "./sql/lineage.ts";
import { SqlOutbox } from "./sql/outbox.ts";
import type { Probed } from "./sql/service_health.ts";
import type { Checkpoints } from "./sqlite/checkpoints.ts";
import { assertDataFiles } from "./sqlite/data_files.ts";
import { openSqlite } from "./sqlite/open.ts";

/** Everything that is kept. */
export interface Stores {
  accounts: AccountStore;
  /** Its `forget` is for what another process says. */
  sessions: SqlSessionStore;
  /** What ends with sessions that end here; what is stored of it is on the list. */
  sessionEnds: SessionEnds;
  documentStore: ActorStore<DocumentTypes>;
  /** Of the documents; see `lineage.ts`. */
  lineage: string;
  documentQueries: DocumentQueries;
  inboxStore: ActorStore<InboxTypes>;
  inboxQueries: InboxQueries;
  deliveries: DeliveryQueue;
  pushDevices: PushDevices;
  /** Events that consumers could not handle. */
  parkedEvents: ParkedEvents;
  /** One of each service that tells something. */
  outboxes: readonly Outbox[];
  /** The SQLite files; none in Postgres. */
  files: readonly string[];
  /**
   * Leaves nothing in files of what was deleted before; each log is handed over to be emptied. Does
   * nothing in Postgres, which keeps dead rows until they are vacuumed.
   */
  eraseDeleted(logs: Pick<Checkpoints, "empty">): Promise<void>;
  /** Only in Postgres: SQLite belongs to one process. */
  shardTable: ShardTable | undefined;
  /** Finds out how each service's database is. */
  probes: Readonly<Record<string, Probed>>;
  close(): Promise<void>;
}

/** How to open it. */
export interface StoresOptions extends Pick<AccountsOptions, "onAccountChanged" | "meter"> {
  clock: Clock;
  log?: Log | undefined;
}

/** Opens the SQLite files in a folder. Throws when one cannot be opened; then none is left open. */
export async function openEmbeddedStores(dataDir: string, options: StoresOptions): Promise<Stores> {
  assertDataFiles(dataDir);
  const { clock } = options;
  const fileOf = (service: string) => join(dataDir, `${service}.db`);
  const { sessionEnds, onSessionsEnded } = endSessions(options);
  const [account, document, inbox] = await allOrNone([
    openAccounts(fileOf("account"), clock, { ...options, onSessionsEnded }),
    openSqlite<DocumentSchema>(fileOf("document"), documentMigrations, options),
    openSqlite<InboxSchema>(fileOf("inbox"), inboxMigrations, options),
  ]);
  const { accounts, sessions } = account;
  const outbox = new SqlOutbox("document", document);
  const onEvents = () => outbox.written();
  const all = [account, document, inbox];
  const lineage = await lineageOf(document, all);
  const documentQueries = new SqlDocumentQueries(document, clock, { onEvents });
  return {
    accounts,
    sessions,
    sessionEnds,
    lineage,
    documentStore: new SqliteDocumentStore(document, { onEvents }),
    documentQueries,
    inboxStore: new SqliteInboxStore(inbox),
    ...joinInboxes(inbox, sessionEnds),
    outboxes: [outbox],
    files: ["account", "document", "inbox"].map(fileOf),
    async eraseDeleted(logs) {
      await documentQueries.eraseDeleted();
      for (const service of ["document", "inbox"]) await logs.empty(fileOf(service));
    },
    shardTable: undefined,
    probes: { account: account.probe, document: document.probe, inbox: inbox.probe },
    async close() {
      await Promise.all(all.map((one) => one.close()));
    },
  };
}

/** Opens the services' schemas in Postgres, each with connections of its own. */
export async function openPostgresStores(
  databases: Databases,
  options: StoresOptions,
): Promise<Stores> {
  const { clock } = options;
  const [account, document, inbox, cluster] = await openSchemas(databases);
  const { sessionEnds, onSessionsEnded } = endSessions(options);
  const { accounts, sessions } = joinAccounts(account, clock, { ...options, onSessionsEnded });
  const outbox = new SqlOutbox("document", document);
  const onEvents = () => outbox.written();
  const all = [account, document, inbox, cluster];
  const lineage = await lineageOf(document, all);
  return {
    accounts,
    sessions,
    sessionEnds,
    lineage,
    documentStore: new PostgresDocumentStore(document, { onEvents }),
    documentQueries: new SqlDocumentQueries(document, clock, { onEvents }),
    inboxStore: new PostgresInboxStore(inbox),
    ...joinInboxes(inbox, sessionEnds),
    outboxes: [outbox],
    files: [],
    eraseDeleted: async () => {},
    shardTable: new PostgresShardTable(cluster),
    probes: {
      account: account.probe,
      document: document.probe,
      inbox: inbox.probe,
      cluster: cluster.probe,
    },
    async close() {
      await Promise.all(all.map((one) => one.close()));
    },
  };
}

function endSessions({ log }: StoresOptions) {
  const sessionEnds = new SessionEnds((what, error) => {
    log?.error("cannot end what belongs to a session", { what, error: String(error) });
  });
  return { sessionEnds, onSessionsEnded: (ids: readonly string[]) => sessionEnds.tell(ids) };
}

async function lineageOf(
  { kysely }: SqlDatabase<DocumentSchema>,
  opened: readonly { close(): Promise<void> }[],
): Promise<string> {
  try {
    return await readLineage(kysely);
  } catch (error) {
    await Promise.all(opened.map((one) => one.close()));
    throw error;
  }
}

function joinInboxes(database: SqlDatabase<InboxSchema>, sessionEnds: SessionEnds) {
  const pushDevices = new SqlPushDevices(database);
  sessionEnds.add({ name: "push devices", end: (ids) => pushDevices.removeOfSessions(ids) });
  return {
    inboxQueries: new SqlInboxQueries(database),
    deliveries: new SqlDeliveryQueue(database),
    parkedEvents: new SqlParkedEvents(database),
    pushDevices,
  };
}

function openSchemas(databases: Databases) {
  const { connectionsMax, migrateOnStart } = databases;
  const locations = locationsOf(databases);
  const optionsOf = (service: Service) => ({
    ...locations[service],
    connectionsMax,
    migrateOnStart,
  });
  return allOrNone([
    openPostgres<AccountSchema>(optionsOf("account")),
    openPostgres<DocumentSchema>(optionsOf("document")),
    openPostgres<InboxSchema>(optionsOf("inbox")),
    openPostgres<unknown>(optionsOf("cluster")),
  ]);
}

/** Waits for all; when one fails, closes those that were opened. */
async function allOrNone<Opened extends readonly { close(): Promise<void> }[]>(
  opening: readonly [...{ [Index in keyof Opened]: Promise<Opened[Index]> }],
): Promise<Opened> {
  const results = await Promise.allSettled<{ close(): Promise<void> }>(opening);
  const opened = results.flatMap((result) => (result.status === "fulfilled" ? [result.value] : []));
  if (opened.length === results.length) return opened as unknown as Opened;
  await Promise.all(opened.map((one) => one.close()));
  return (await Promise.all(opening)) as unknown as Opened;
}
