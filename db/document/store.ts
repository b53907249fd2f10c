/**
 * Where documents live, in either database: a journal of deltas and Loro updates, and a snapshot that
 * replaces the older updates from time to time. Deltas and authors stay, for history and to rebase late
 * edits.
 */

import type {
  ActorStore,
  Batch,
  BatchResult,
  DocumentAnswer,
  DocumentChange,
  DocumentNeed,
  DocumentTypes,
  StoredDocument,
  Tombstone,
} from "../../actors/mod.ts";
import type { PostgresDatabase } from "../postgres/open.ts";
import type { Commits } from "../sql/actor_database.ts";
import { named, read } from "../sql/table.ts";
import type { OpenDatabase } from "../sqlite/open.ts";
import type { DocumentLoads } from "./loads.ts";
import { PostgresDocumentLoads } from "./postgres_loads.ts";
import type { DocumentSchema } from "./schema.ts";
import { SqliteDocumentLoads } from "./sqlite_loads.ts";
import { documentWrites } from "./writes.ts";

type Database = OpenDatabase<DocumentSchema> | PostgresDatabase<DocumentSchema>;

/** Documents. */
export class SqlDocumentStore implements ActorStore<DocumentTypes> {
  readonly #database: Database;
  readonly #commits: Commits<DocumentChange>;
  readonly #loads: DocumentLoads;
  readonly #onEvents: () => void;

  /** `onEvents` is called when events were committed. */
  constructor(database: Database, { onEvents = () => {} }: { onEvents?: () => void } = {}) {
    this.#database = database;
    this.#commits = database.commits(documentWrites(database.engine));
    this.#loads =
      database.engine === "sqlite"
        ? new SqliteDocumentLoads(database)
        : new PostgresDocumentLoads(database.connections);
    this.#onEvents = onEvents;
  }

  load(id: string): Promise<StoredDocument | Tombstone | undefined> {
    return this.#loads.load(id);
  }

  async fetch(id: string, need: DocumentNeed): Promise<DocumentAnswer> {
    if (need.type === "entries") {
      return { type: "entries", entries: await this.#loads.entriesAfter(id, need.afterVersion) };
    }
    const given = [id, need.operationId, need.afterVersion];
    const [row] = await this.#database.read(READS.operation, given);
    return { type: "operation", version: row?.version };
  }

  async commit(batches: readonly Batch<DocumentChange>[]): Promise<BatchResult[]> {
    const results = await this.#commits.commit(batches);
    const isTold = batches.some(
      ({ changes }, index) =>
        results[index]?.state === "ok" && changes.some(({ type }) => type === "event"),
    );
    if (isTold) this.#onEvents();
    return results;
  }
}

const READS = named({
  operation: read<{ version: number }>(
    { document_id: "text", operation_id: "text", version: "int" },
    {
      select: "journal.version",
      from: `JOIN journal ON journal.document_id = given.document_id
        AND journal.operation_id = given.operation_id AND journal.version > given.version`,
    },
  ),
});
