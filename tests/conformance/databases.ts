/**
 * Both kinds of database, so that one suite of tests can hold for each. SQLite is new for every test;
 * Postgres has one database for each test file, which is emptied in between.
 */

import { sql } from "kysely";
import {
  type ActorStore,
  type ActorTypes,
  type Clock,
  type DocumentTypes,
  type DomainEvent,
  type InboxTypes,
  type ShardTable,
  Tombstone,
} from "../../actors/mod.ts";
import { type AccountSchema, account } from "../../db/account.ts";
import { PostgresShardTable } from "../../db/cluster/shard_table.ts";
import { SqlDocumentQueries } from "../../db/document/queries.ts";
import { SqlDocumentStore } from "../../db/document/store.ts";
import { type DocumentSchema, document } from "../../db/document.ts";
import { SqlDeliveryQueue } from "../../db/inbox/delivery_queue.ts";
import { SqlParkedEvents } from "../../db/inbox/parked_events.ts";
import { SqlPushDevices } from "../../db/inbox/push_devices.ts";
import { SqlInboxQueries } from "../../db/inbox/queries.ts";
import { SqlInboxStore } from "../../db/inbox/store.ts";
import { type InboxSchema, inbox } from "../../db/inbox.ts";
import { openPostgres, type PostgresDatabase } from "../../db/postgres/open.ts";
import type { AnyService } from "../../db/service.ts";
import { locationOf, services } from "../../db/services.ts";
import type { SqlDatabase } from "../../db/sql/dialect.ts";
import { sqliteMigrations } from "../../db/sql/migrate.ts";
import { SqlOutbox } from "../../db/sql/outbox.ts";
import { openSqlite } from "../../db/sqlite/open.ts";
import { testDatabase } from "../support/test_database.ts";

type ServiceName = keyof typeof services;

const CONNECTIONS = 10;

/** An open database of one service. */
export type TestDatabase<Schema> = SqlDatabase<Schema> & { close(): Promise<void> };

/** One kind of database, for one test file. */
export interface DatabaseKind<Opened> {
  name: "SQLite" | "Postgres";
  /** An empty one; whoever gets it closes it. */
  open(): Promise<Opened>;
  /** Called when the file is done. */
  end(): Promise<void>;
}

/** Everything that the document service keeps, open. */
export interface TestDocuments {
  database: TestDatabase<DocumentSchema>;
  store: ActorStore<DocumentTypes>;
  queries: SqlDocumentQueries;
  outbox: SqlOutbox;
  /** How often the outbox said that there is something in it. */
  told: () => number;
  close(): Promise<void>;
}

/** Databases for accounts. */
export function accountDatabases(): DatabaseKind<TestDatabase<AccountSchema>>[] {
  const postgres = new SharedSchemas();
  return [
    {
      name: "SQLite",
      open: () => openSqlite<AccountSchema>(":memory:", sqliteMigrations(account.steps)),
      end: async () => {},
    },
    {
      name: "Postgres",
      async open() {
        const database = await postgres.open<AccountSchema>("account");
        await empty(database, account);
        return { ...database, close: async () => {} };
      },
      end: () => postgres.end(),
    },
  ];
}

/** Databases for documents. */
export function documentDatabases(clock: Clock): DatabaseKind<TestDocuments>[] {
  const postgres = new SharedSchemas();
  return [
    {
      name: "SQLite",
      async open() {
        const database = await openSqlite<DocumentSchema>(
          ":memory:",
          sqliteMigrations(document.steps),
        );
        return join(database, clock, (options) => new SqlDocumentStore(database, options));
      },
      end: async () => {},
    },
    {
      name: "Postgres",
      async open() {
        await postgres.open("cluster");
        const database = await postgres.open<DocumentSchema>("document");
        await empty(database, document);
        const shared = { ...database, close: async () => {} };
        return join(shared, clock, (options) => new SqlDocumentStore(database, options));
      },
      end: () => postgres.end(),
    },
  ];
}

/** Everything that the inbox service keeps, open. */
export interface TestInboxes {
  database: TestDatabase<InboxSchema>;
  store: ActorStore<InboxTypes>;
  queries: SqlInboxQueries;
  deliveries: SqlDeliveryQueue;
  pushDevices: SqlPushDevices;
  parkedEvents: SqlParkedEvents;
  /** Who owns which shard, where writes are fenced. */
  shards: ShardTable | undefined;
  close(): Promise<void>;
}

/** Databases for inboxes. */
export function inboxDatabases(): DatabaseKind<TestInboxes>[] {
  const postgres = new SharedSchemas();
  return [
    {
      name: "SQLite",
      async open() {
        const database = await openSqlite<InboxSchema>(":memory:", sqliteMigrations(inbox.steps));
        return joinInboxes(database, new SqlInboxStore(database), undefined);
      },
      end: async () => {},
    },
    {
      name: "Postgres",
      async open() {
        const shards = await postgres.shardTable();
        const database = await postgres.open<InboxSchema>("inbox");
        await empty(database, inbox);
        const shared = { ...database, close: async () => {} };
        return joinInboxes(shared, new SqlInboxStore(database), shards);
      },
      end: () => postgres.end(),
    },
  ];
}

function joinInboxes(
  database: TestDatabase<InboxSchema>,
  store: ActorStore<InboxTypes>,
  shards: ShardTable | undefined,
): TestInboxes {
  return {
    database,
    store,
    queries: new SqlInboxQueries(database),
    deliveries: new SqlDeliveryQueue(database),
    pushDevices: new SqlPushDevices(database),
    parkedEvents: new SqlParkedEvents(database),
    shards,
    close: () => database.close(),
  };
}

function join(
  database: TestDatabase<DocumentSchema>,
  clock: Clock,
  createStore: (options: { onEvents(): void }) => ActorStore<DocumentTypes>,
): TestDocuments {
  let told = 0;
  const outbox = new SqlOutbox("document", database);
  outbox.onWritten(() => {
    told++;
  });
  const options = { onEvents: () => outbox.written() };
  return {
    database,
    store: createStore(options),
    queries: new SqlDocumentQueries(database, clock, options),
    outbox,
    told: () => told,
    close: () => database.close(),
  };
}

/** Postgres alone: all schemas of one database, for one test file. */
export class SharedSchemas {
  readonly #opened = new Map<ServiceName, Promise<PostgresDatabase<unknown>>>();
  #url: Promise<string> | undefined;

  /** The address of the database; one is made for this. */
  url(): Promise<string> {
    this.#url ??= testDatabase();
    return this.#url;
  }

  /** Opens a service's schema, once. */
  async open<Schema>(service: ServiceName): Promise<PostgresDatabase<Schema>> {
    const known = this.#opened.get(service) ?? this.#open(service);
    this.#opened.set(service, known);
    return (await known) as PostgresDatabase<Schema>;
  }

  /** The table of shards in the same database. */
  async shardTable(): Promise<ShardTable> {
    return new PostgresShardTable(await this.open("cluster"));
  }

  /** Closes everything. */
  async end(): Promise<void> {
    for (const database of this.#opened.values()) await (await database).close();
  }

  async #open(service: ServiceName): Promise<PostgresDatabase<unknown>> {
    const url = await this.url();
    const location = locationOf(services[service], { url, urls: {} });
    return openPostgres({ ...location, connectionsMax: CONNECTIONS, migrateOnStart: true });
  }
}

async function empty<Schema>(
  { kysely }: SqlDatabase<Schema>,
  { tables: kept, rebuilt }: Pick<AnyService, "tables" | "rebuilt">,
): Promise<void> {
  const tables = [...kept, ...rebuilt];
  const names = sql.join(tables.map((table) => sql.table(table)));
  await sql`TRUNCATE ${names} RESTART IDENTITY`.execute(kysely);
}

/** What is stored of an actor that lives, or undefined. Throws when its life has ended. */
export async function loadLiving<T extends ActorTypes>(
  store: ActorStore<T>,
  id: string,
): Promise<T["stored"] | undefined> {
  const stored = await store.load(id);
  if (stored instanceof Tombstone) throw new Error(`Cannot load "${id}": its life has ended`);
  return stored;
}

/** Hands out everything that an outbox holds. */
export async function emptyOutbox(outbox: SqlOutbox): Promise<DomainEvent[]> {
  const events: DomainEvent[] = [];
  while (
    (await outbox.relay(100, async (part) => {
      events.push(...part);
    })) > 0
  );
  return events;
}
