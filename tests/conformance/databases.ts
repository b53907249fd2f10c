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
import { accountMigrations } from "../../db/account/migrations/mod.ts";
import type { AccountSchema } from "../../db/account/schema.ts";
import { PostgresShardTable } from "../../db/cluster/shard_table.ts";
import { documentMigrations } from "../../db/document/migrations/mod.ts";
import { PostgresDocumentStore } from "../../db/document/postgres_store.ts";
import { SqlDocumentQueries } from "../../db/document/queries.ts";
import type { DocumentSchema } from "../../db/document/schema.ts";
import { SqliteDocumentStore } from "../../db/document/sqlite_store.ts";
import { SqlDeliveryQueue } from "../../db/inbox/delivery_queue.ts";
import { inboxMigrations } from "../../db/inbox/migrations/mod.ts";
import { SqlParkedEvents } from "../../db/inbox/parked_events.ts";
import { PostgresInboxStore } from "../../db/inbox/postgres_store.ts";
import { SqlPushDevices } from "../../db/inbox/push_devices.ts";
import { SqlInboxQueries } from "../../db/inbox/queries.ts";
import type { InboxSchema } from "../../db/inbox/schema.ts";
import { SqliteInboxStore } from "../../db/inbox/sqlite_store.ts";
import { openPostgres, type PostgresDatabase } from "../../db/postgres/open.ts";
import { locationsOf, type Service } from "../../db/postgres/services.ts";
import type { SqlDatabase } from "../../db/sql/dialect.ts";
import { SqlOutbox } from "../../db/sql/outbox.ts";
import { openSqlite } from "../../db/sqlite/open.ts";
import { testDatabase } from "../support/test_database.ts";

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
      open: () => openSqlite<AccountSchema>(":memory:", accountMigrations),
      end: async () => {},
    },
    {
      name: "Postgres",
      async open() {
        const database = await postgres.open<AccountSchema>("account");
        await empty(database, ["account", "session", "invitation", "setting"]);
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
        const database = await openSqlite<DocumentSchema>(":memory:", documentMigrations);
        return join(database, clock, (options) => new SqliteDocumentStore(database, options));
      },
      end: async () => {},
    },
    {
      name: "Postgres",
      async open() {
        await postgres.open("cluster");
        const database = await postgres.open<DocumentSchema>("document");
        await empty(database, DOCUMENT_TABLES);
        const shared = { ...database, close: async () => {} };
        return join(shared, clock, (options) => new PostgresDocumentStore(database, options));
      },
      end: () => postgres.end(),
    },
  ];
}

const DOCUMENT_TABLES = [
  ...["document", "journal", "snapshot", "member", "link", "pin", "watch", "mention", "search"],
  ...["outbox", "tombstone"],
];

const INBOX_TABLES = [
  ...["inbox", "entry", "item", "mute", "delivery", "push_device", "tombstone", "ended_subject"],
  "parked_event",
];

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
        const database = await openSqlite<InboxSchema>(":memory:", inboxMigrations);
        return joinInboxes(database, new SqliteInboxStore(database), undefined);
      },
      end: async () => {},
    },
    {
      name: "Postgres",
      async open() {
        const shards = await postgres.shardTable();
        const database = await postgres.open<InboxSchema>("inbox");
        await empty(database, INBOX_TABLES);
        const shared = { ...database, close: async () => {} };
        return joinInboxes(shared, new PostgresInboxStore(database), shards);
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
  readonly #opened = new Map<Service, Promise<PostgresDatabase<unknown>>>();
  #url: Promise<string> | undefined;

  /** The address of the database; one is made for this. */
  url(): Promise<string> {
    this.#url ??= testDatabase();
    return this.#url;
  }

  /** Opens a service's schema, once. */
  async open<Schema>(service: Service): Promise<PostgresDatabase<Schema>> {
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

  async #open(service: Service): Promise<PostgresDatabase<unknown>> {
    const url = await this.url();
    const location = locationsOf({ account: url, document: url, inbox: url, cluster: url })[
      service
    ];
    return openPostgres({ ...location, connectionsMax: CONNECTIONS, migrateOnStart: true });
  }
}

async function empty<Schema>(
  { kysely }: SqlDatabase<Schema>,
  tables: readonly string[],
): Promise<void> {
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
