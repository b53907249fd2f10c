/** What moves from SQLite to Postgres, service by service. */

import type { Kysely } from "kysely";
import { systemClock } from "../actors/mod.ts";
import { accountMigrations } from "./account/migrations/mod.ts";
import { checkDocuments } from "./document/copy.ts";
import { documentMigrations } from "./document/migrations/mod.ts";
import { eraseRemains } from "./document/remains.ts";
import type { DocumentSchema } from "./document/schema.ts";
import { inboxMigrations } from "./inbox/migrations/mod.ts";
import type { Lease } from "./postgres/connections.ts";
import type { Service } from "./postgres/services.ts";
import type { Migrations } from "./sql/migrate.ts";
import type { SqliteSource } from "./sqlite/source.ts";

/** One service's tables. */
export interface CopiedService {
  /** Also the name of its file, without the ending, and of its schema. */
  service: Service;
  /** Those of SQLite. */
  migrations: Migrations;
  /**
   * The migration of documents that a service came with, where it came later: an installation that was
   * not started since has no file of it yet.
   */
  cameWith?: string;
  /** Copied row by row, in the order of their references. The first has a row once people came. */
  tables: readonly string[];
  /** Made anew by `check`, or by the command. */
  also: readonly string[];
  /** Finishes what is to be done before the copy. */
  prepare?(source: SqliteSource<unknown>): Promise<void>;
  /** Compares more than counts; answers with lines that say so. */
  check?(source: SqliteSource<unknown>, target: Lease): Promise<string[]>;
}

/** Every service that keeps something in SQLite. */
export const COPIED_SERVICES: readonly CopiedService[] = [
  {
    service: "account",
    migrations: accountMigrations,
    tables: ["account", "session", "invitation", "setting"],
    also: [],
  },
  {
    service: "document",
    migrations: documentMigrations,
    tables: [
      ...["document", "journal", "snapshot", "member", "link", "pin", "watch", "mention"],
      ...["outbox", "tombstone"],
    ],
    also: ["search", "setting"],
    prepare: ({ kysely }) => eraseRemains(kysely as Kysely<DocumentSchema>, systemClock),
    check: checkDocuments,
  },
  {
    service: "inbox",
    migrations: inboxMigrations,
    cameWith: "0003_watching",
    tables: [
      ...["inbox", "mute", "entry", "item", "delivery", "push_device"],
      ...["tombstone", "ended_subject", "parked_event"],
    ],
    also: [],
  },
];
