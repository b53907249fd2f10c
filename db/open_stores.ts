/** Opens everything that is kept: in SQLite files of one process, or in Postgres. */

import { join } from "node:path";
import type {
  AccountStore,
  ActorStore,
  Clock,
  DocumentQueries,
  DocumentTypes,
  Outbox,
  SessionStore,
  ShardTable,
} from "../actors/mod.ts";
import type { AccountSchema } from "./account_schema.ts";
import { SqlDocumentQueries } from "./document_queries.ts";
import type { DocumentSchema } from "./document_schema.ts";
import { SqliteDocumentStore } from "./document_store.ts";
import { documentMigrations } from "./migrations/document/mod.ts";
import { openSqlite } from "./open.ts";
import {
  type Accounts,
  type AccountsOptions,
  joinAccounts,
  openAccounts,
} from "./open_accounts.ts";
import { SqlOutbox } from "./outbox.ts";
import type { DatabaseState } from "./postgres/connections.ts";
import { PostgresDocumentStore } from "./postgres/document_store.ts";
import { openPostgres } from "./postgres/open.ts";
import { type Databases, locationsOf } from "./postgres/services.ts";
import { PostgresShardTable } from "./postgres/shard_table.ts";

/** Everything that is kept. */
export interface Stores {
  accounts: AccountStore;
  sessions: SessionStore;
  /** Another process says that a person's sessions or account are different from now on. */
  forget(userId: string): void;
  documentStore: ActorStore<DocumentTypes>;
  documentQueries: DocumentQueries;
  documentOutbox: Outbox;
  /** Only in Postgres. */
  shards: ShardTable | undefined;
  /** Which of the databases can be asked; answers at once. SQLite always can. */
  states(): Record<"account" | "document" | "cluster", DatabaseState>;
  close(): Promise<void>;
}

/** Where everything is kept. */
export interface StoresOptions extends AccountsOptions {
  clock: Clock;
  /** The folder of the SQLite files. */
  dataDir: string;
  /** Postgres instead. */
  databases: Databases | undefined;
  /** Called when a service's database goes away and when it is back. */
  onState?: ((service: string, state: DatabaseState) => void) | undefined;
}

/** Opens all services' databases. Throws when one cannot be opened; then none is left open. */
export function openStores(options: StoresOptions): Promise<Stores> {
  const { databases } = options;
  return databases === undefined ? openFiles(options) : openSchemas(databases, options);
}

async function openFiles({ dataDir, clock, onForget }: StoresOptions): Promise<Stores> {
  const [account, document] = await allOrNone([
    openAccounts(join(dataDir, "account.db"), clock, { onForget }),
    openSqlite<DocumentSchema>(join(dataDir, "document.db"), documentMigrations),
  ]);
  const outbox = new SqlOutbox(document);
  const onEvents = () => outbox.written();
  return {
    ...accountStores(account),
    documentStore: new SqliteDocumentStore(document, { onEvents }),
    documentQueries: new SqlDocumentQueries(document, clock, { onEvents }),
    documentOutbox: outbox,
    shards: undefined,
    states: () => ({ account: "ok", document: "ok", cluster: "ok" }),
    async close() {
      await Promise.all([account.close(), document.close()]);
    },
  };
}

async function openSchemas(databases: Databases, options: StoresOptions): Promise<Stores> {
  const { clock, onForget, onState } = options;
  const { connectionsMax, migrateOnStart } = databases;
  const locations = locationsOf(databases);
  const optionsOf = (service: keyof typeof locations) => ({
    ...locations[service],
    connectionsMax,
    migrateOnStart,
    onState: (state: DatabaseState) => onState?.(service, state),
  });
  const [account, document, cluster] = await allOrNone([
    openPostgres<AccountSchema>(optionsOf("account")),
    openPostgres<DocumentSchema>(optionsOf("document")),
    openPostgres<unknown>(optionsOf("cluster")),
  ]);
  const outbox = new SqlOutbox(document);
  const onEvents = () => outbox.written();
  return {
    ...accountStores(joinAccounts(account, clock, { onForget })),
    documentStore: new PostgresDocumentStore(document, { onEvents }),
    documentQueries: new SqlDocumentQueries(document, clock, { onEvents }),
    documentOutbox: outbox,
    shards: new PostgresShardTable(cluster),
    states: () => ({
      account: account.state(),
      document: document.state(),
      cluster: cluster.state(),
    }),
    async close() {
      await Promise.all([account.close(), document.close(), cluster.close()]);
    },
  };
}

function accountStores({ accounts, sessions, forget }: Accounts) {
  return { accounts, sessions, forget };
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
