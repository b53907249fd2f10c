/** The tables of a cluster: who owns which shard, and which nodes are alive. */

import { type Kysely, sql } from "kysely";
import type { ColumnTypes } from "../../sql/column_types.ts";

const SHARDS = 1_024;

/** Creates the tables; every shard is there from the beginning, so that it can be locked. */
export async function up(db: Kysely<unknown>, { TEXT }: ColumnTypes): Promise<void> {
  await db.schema
    .createTable("shard")
    .addColumn("shard", "integer", (column) => column.primaryKey())
    .addColumn("owner", TEXT)
    .addColumn("epoch", "bigint", (column) => column.notNull().defaultTo(0))
    // Never written. Whoever may update it may lock the row, and can do no more: see decision 0005.
    .addColumn("fence", "boolean")
    .execute();
  await sql`INSERT INTO shard (shard) SELECT * FROM generate_series(0, ${sql.lit(SHARDS - 1)})`.execute(
    db,
  );
  await db.schema
    .createTable("node")
    .addColumn("id", TEXT, (column) => column.primaryKey())
    .addColumn("name", TEXT, (column) => column.notNull())
    .addColumn("takes_shards", "boolean", (column) => column.notNull())
    .addColumn("sees_register", "boolean", (column) => column.notNull())
    // By the database's clock alone.
    .addColumn("lease_until", "timestamptz", (column) => column.notNull())
    .execute();
}
