/** Opens one service's schema in Postgres, and brings it up to date or checks that it is. */

import { Kysely, PostgresDialect, type PostgresPool, sql } from "kysely";
import type { ActorDatabase } from "../sql/actor_database.ts";
import { postgresSql } from "../sql/dialect.ts";
import { type Migrations, migrate } from "../sql/migrate.ts";
import { type Probed, ServiceHealth } from "../sql/service_health.ts";
import { PostgresConnections } from "./connections.ts";
import { postgresAilment } from "./errors.ts";
import { FencedCommits } from "./fenced_commits.ts";
import { GatheredRows } from "./gathered_rows.ts";
import { PostgresProbe } from "./probe.ts";

/** One service's schema, open. */
export interface PostgresDatabase<Schema> extends ActorDatabase<Schema> {
  readonly engine: "postgres";
  /** The connections below, for prepared statements on hot paths. */
  readonly connections: PostgresConnections;
  /** Finds out how it is. */
  readonly probe: Probed;
  /** Waits for what runs, then closes the connections. */
  close(): Promise<void>;
}

/** Where a service's data are in Postgres. */
export interface PostgresLocation {
  url: string;
  /** The service's own schema, such as `document`. */
  schema: string;
  migrations: Migrations;
}

/** How to open it. */
export interface PostgresOptions extends PostgresLocation {
  connectionsMax: number;
  /** Off where the role may not: then the schema has to be up to date. */
  migrateOnStart: boolean;
}

/** Any number: whoever starts takes the lock by it, so that the others wait until schemas are there. */
const SETUP_LOCK = 5_382_614_071;

/** Opens a service's schema. Throws when it cannot be reached or is not the one that is wanted. */
export async function openPostgres<Schema>(
  options: PostgresOptions,
): Promise<PostgresDatabase<Schema>> {
  if (options.migrateOnStart) await migratePostgres(options);
  const health = new ServiceHealth();
  const connections = new PostgresConnections({
    ...options,
    onState: (state) => (state === "down" ? health.met("down") : health.healed("down")),
    onError: (error) => health.met(postgresAilment(error)),
  });
  const kysely = createKysely<Schema>(connections);
  const close = () => connections.end();
  try {
    await assertCurrent(kysely, options);
  } catch (error) {
    await close();
    throw error;
  }
  const probe = new PostgresProbe(connections, health);
  const reads = new GatheredRows(connections);
  return {
    engine: "postgres",
    kysely,
    dialect: postgresSql,
    connections,
    commits: (writesOf) => new FencedCommits(connections, writesOf),
    read: (read, given) => reads.read(read, given),
    probe,
    close,
  };
}

/** Query builders over connections that are somebody else's to end. */
export function createKysely<Schema>(connections: PostgresConnections): Kysely<Schema> {
  // Kysely lists the commands that a result may name; the driver does not.
  const pool = connections as unknown as PostgresPool;
  return new Kysely<Schema>({ dialect: new PostgresDialect({ pool }) });
}

/**
 * Makes the schema where there is none, and runs what has not run yet; answers the names of it. Nodes
 * may start together: one does it and the others wait.
 */
export async function migratePostgres(location: PostgresLocation): Promise<string[]> {
  const { schema, migrations } = location;
  // One connection holds the lock while the other works.
  const connections = new PostgresConnections({
    ...location,
    connectionsMax: 2,
    hasTimeouts: false,
  });
  const kysely = createKysely<unknown>(connections);
  try {
    return await connections.use(async (lock) => {
      await lock.query(`SELECT pg_advisory_lock(${SETUP_LOCK})`);
      try {
        await createSchema(kysely, schema);
        return await migrate(kysely, migrations, schema);
      } finally {
        await lock.query(`SELECT pg_advisory_unlock(${SETUP_LOCK})`).catch(() => {});
      }
    });
  } catch (error) {
    throw new Error(`Cannot open schema "${schema}": ${describe(error)}`, { cause: error });
  } finally {
    await connections.end();
  }
}

/** Asked before, because making one needs a right even when it is there. */
async function createSchema(kysely: Kysely<unknown>, schema: string): Promise<void> {
  const { rows } = await sql`SELECT 1 FROM pg_namespace WHERE nspname = ${schema}`.execute(kysely);
  if (rows.length === 0) await kysely.schema.createSchema(schema).execute();
}

async function assertCurrent<Schema>(
  kysely: Kysely<Schema>,
  { schema, migrations }: PostgresLocation,
): Promise<void> {
  const wanted = Object.keys(migrations).sort().at(-1) ?? "none";
  const received = await newestMigration(kysely, schema);
  if (received === wanted) return;
  // One that is unknown was written by a newer version, which a migration would not mend.
  const isBehind = received === "none" || Object.hasOwn(migrations, received);
  const remedy = isBehind ? 'run "suite migrate"' : "run a newer version of the suite";
  throw new Error(
    `Cannot open schema "${schema}": wanted migration "${wanted}", received "${received}"; ${remedy}`,
  );
}

async function newestMigration<Schema>(kysely: Kysely<Schema>, schema: string): Promise<string> {
  const table = `${schema}.kysely_migration`;
  const { rows } = await sql<{
    table: string | null;
  }>`SELECT to_regclass(${table}) AS "table"`.execute(kysely);
  if (rows[0]?.table == null) return "none";
  const { rows: names } = await sql<{ name: string }>`SELECT name FROM ${sql.table(table)}
    ORDER BY name DESC LIMIT 1`.execute(kysely);
  return names[0]?.name ?? "none";
}

function describe(error: unknown): string {
  const inner = error instanceof Error && error.cause instanceof Error ? error.cause : error;
  return inner instanceof Error ? inner.message : String(inner);
}
