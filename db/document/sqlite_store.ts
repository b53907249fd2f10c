/**
 * Where documents live: a journal of deltas and Loro updates, and a snapshot that replaces the older
 * updates from time to time. Deltas and authors stay, for history and to rebase late edits.
 *
 * Statements are built by Kysely once and then only given their values. Reads wait for nobody: what
 * they read is written by commits alone.
 */

import type { Database, Statement } from "bun:sqlite";
import type { Kysely } from "kysely";
import {
  type ActorStore,
  type Batch,
  type BatchResult,
  type DocumentAnswer,
  type DocumentChange,
  type DocumentMember,
  type DocumentNeed,
  type DocumentTypes,
  type JournalEntry,
  limits,
  type PersonId,
  type SharedRole,
  type StepMeter,
  type StoredDocument,
  type Tombstone,
} from "../../actors/mod.ts";
import { type TombstoneTable, toTombstone } from "../sql/tombstone.ts";
import { SqliteCommits } from "../sqlite/commits.ts";
import type { Alone } from "../sqlite/driver.ts";
import { type DocumentSchema, type EntryRow, type LinkRow, toEntry, toLink } from "./schema.ts";

type Connection = {
  kysely: Kysely<DocumentSchema>;
  alone: Alone;
  database: Database;
  meter?: StepMeter | undefined;
};
type Statements = ReturnType<typeof prepareStatements>;
type Reads = ReturnType<typeof prepareReads>;

/** Documents in SQLite. */
export class SqliteDocumentStore implements ActorStore<DocumentTypes> {
  readonly #commits: SqliteCommits<DocumentChange>;
  readonly #statements: Statements;
  readonly #reads: Reads;
  readonly #onEvents: () => void;

  /** `onEvents` is called when events were committed. */
  constructor(
    { kysely, alone, database, meter }: Connection,
    { onEvents = () => {} }: { onEvents?: () => void } = {},
  ) {
    this.#commits = new SqliteCommits({ alone, database, meter }, (batch) => this.#write(batch));
    this.#statements = prepareStatements({ kysely, database });
    this.#reads = prepareReads(database);
    this.#onEvents = onEvents;
  }

  async load(id: string): Promise<StoredDocument | Tombstone | undefined> {
    const row = this.#reads.document.get(id);
    if (!row) return toTombstone(this.#reads.tombstone.get(id));
    const { snapshot_version: version, snapshot_bytes: bytes } = row;
    const snapshot = version === null || bytes === null ? undefined : { version, bytes };
    const recentAfter = row.version - limits.recentVersionsLoadedMax;
    // The newest entries come with their updates: one visit to the journal instead of two.
    const recent = this.#reads.recent.all(id, recentAfter);
    return {
      id,
      ownerId: row.owner_id,
      createdAt: row.created_at,
      deletedAt: row.deleted_at ?? undefined,
      version: row.version,
      members: row.has_members === 0 ? [] : this.#reads.members.all(id).map(toMember),
      links: row.has_links === 0 ? [] : this.#reads.links.all(id).map(toLink),
      snapshot,
      updates: [
        ...this.#updatesBetween(id, { after: version ?? 0, upTo: recentAfter }),
        ...recent.filter(hasBytes).map(({ version, bytes }) => ({ version, bytes })),
      ],
      recent: newest(recent).map(toEntry),
    };
  }

  async fetch(id: string, need: DocumentNeed): Promise<DocumentAnswer> {
    if (need.type === "operation") {
      const found = this.#reads.operation.get(id, need.operationId, need.afterVersion);
      return { type: "operation", version: found?.version };
    }
    return { type: "entries", entries: this.#entriesAfter(id, need.afterVersion) };
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

  #write({ id, changes }: Batch<DocumentChange>): void {
    let head: JournalEntry | undefined;
    for (const change of changes) {
      if (change.type === "append") head = change.entry;
      this.#writeChange(id, change);
    }
    if (head) this.#statements.head.run(head.version, head.at, head.authorId, id);
  }

  #writeChange(id: string, change: DocumentChange): void {
    const run = this.#statements;
    switch (change.type) {
      case "create":
        run.create.run(id, change.ownerId, change.at, change.at, change.ownerId);
        break;
      case "append":
        this.#append(id, change);
        break;
      case "snapshot":
        run.snapshot.run(id, change.version, change.bytes);
        run.forget.run(id, change.version);
        break;
      case "member":
        if (change.role === undefined) run.removeMember.run(id, change.userId);
        else run.member.run(id, change.userId, change.role, change.linkId ?? null);
        break;
      case "link": {
        const { link } = change;
        run.link.run(
          link.id,
          id,
          link.role,
          link.tokenHash,
          link.createdAt,
          link.expiresAt ?? null,
        );
        break;
      }
      case "unlink":
        run.removeLink.run(change.linkId);
        run.removeLinkMembers.run(id, change.linkId);
        break;
      case "delete":
        run.setDeleted.run(change.at, id);
        break;
      case "restore":
        run.setDeleted.run(null, id);
        break;
      case "purge":
        for (const statement of run.purge) statement.run(id);
        run.bury.run(id, change.at, change.ownerId ?? null);
        break;
      case "event":
        run.tell.run(change.event.id, JSON.stringify(change.event), change.event.at);
        break;
    }
  }

  #append(id: string, change: Extract<DocumentChange, { type: "append" }>): void {
    const { version, operationId, authorId, at, delta } = change.entry;
    const text = JSON.stringify(delta);
    const { update, frontiers } = change;
    this.#statements.append.run(id, version, operationId, authorId, at, text, update, frontiers);
  }

  #entriesAfter(id: string, version: number): JournalEntry[] {
    const entries: JournalEntry[] = [];
    let units = 0;
    for (const row of this.#reads.entries.iterate(id, version, limits.entriesReadMax)) {
      entries.push(toEntry(row));
      units += row.delta.length;
      if (units >= limits.entriesReadUnitsMax) break;
    }
    return entries;
  }

  #updatesBetween(id: string, { after, upTo }: { after: number; upTo: number }) {
    return after < upTo ? this.#reads.updates.all(id, after, upTo) : [];
  }
}

/** A snapshot has taken the bytes of what it holds. */
function hasBytes<Row extends { bytes: Uint8Array | null }>(
  row: Row,
): row is Row & { bytes: Uint8Array } {
  return row.bytes !== null;
}

/** The newest rows, as long as what they hold is little; always the last one. */
function newest<Row extends EntryRow>(rows: readonly Row[]): readonly Row[] {
  let units = 0;
  const tooOld = rows.findLastIndex((row, index) => {
    units += row.delta.length;
    return units > limits.entriesReadUnitsMax && index < rows.length - 1;
  });
  return rows.slice(tooOld + 1);
}

function toMember(row: {
  user_id: PersonId;
  role: string;
  link_id: string | null;
}): DocumentMember {
  return { userId: row.user_id, role: row.role as SharedRole, linkId: row.link_id ?? undefined };
}

interface DocumentRow {
  owner_id: PersonId;
  created_at: number;
  deleted_at: number | null;
  version: number;
  snapshot_version: number | null;
  snapshot_bytes: Uint8Array | null;
  has_members: 0 | 1;
  has_links: 0 | 1;
}

/** What is read whenever a note is opened; building it anew each time would cost more than reading. */
function prepareReads(database: Database) {
  return {
    // Most notes are nobody else's: two statements less for them.
    document: database.prepare<DocumentRow, [string]>(
      `SELECT owner_id, created_at, deleted_at, document.version,
         snapshot.version AS snapshot_version, snapshot.bytes AS snapshot_bytes,
         EXISTS (SELECT 1 FROM member WHERE document_id = document.id) AS has_members,
         EXISTS (SELECT 1 FROM link WHERE document_id = document.id) AS has_links
       FROM document LEFT JOIN snapshot ON snapshot.document_id = document.id
       WHERE document.id = ?`,
    ),
    tombstone: database.prepare<TombstoneTable, [string]>(
      "SELECT id, at, owner_id FROM tombstone WHERE id = ?",
    ),
    members: database.prepare<
      { user_id: PersonId; role: string; link_id: string | null },
      [string]
    >("SELECT user_id, role, link_id FROM member WHERE document_id = ?"),
    links: database.prepare<LinkRow, [string]>(
      "SELECT id, role, token_hash, created_at, expires_at FROM link WHERE document_id = ? ORDER BY id",
    ),
    updates: database.prepare<{ version: number; bytes: Uint8Array }, [string, number, number]>(
      `SELECT version, loro_update AS bytes FROM journal
       WHERE document_id = ? AND version > ? AND version <= ? AND loro_update IS NOT NULL
       ORDER BY version`,
    ),
    recent: database.prepare<EntryRow & { bytes: Uint8Array | null }, [string, number]>(
      `SELECT version, operation_id, author_id, at, delta, loro_update AS bytes FROM journal
       WHERE document_id = ? AND version > ? ORDER BY version`,
    ),
    operation: database.prepare<{ version: number }, [string, string, number]>(
      "SELECT version FROM journal WHERE document_id = ? AND operation_id = ? AND version > ?",
    ),
    entries: database.prepare<EntryRow, [string, number, number]>(
      `SELECT version, operation_id, author_id, at, delta FROM journal
       WHERE document_id = ? AND version > ? ORDER BY version LIMIT ?`,
    ),
  };
}

/** A table with rows of documents. */
type DocumentPart = "member" | "link" | "pin" | "watch" | "mention";

function prepareStatements({ kysely, database }: Pick<Connection, "kysely" | "database">) {
  const prepare = (query: { compile(): { sql: string } }): Statement =>
    database.prepare(query.compile().sql);
  const deleteOf = (table: DocumentPart) =>
    prepare(kysely.deleteFrom(table).where("document_id", "=", ""));
  return {
    ...prepareText(kysely, prepare),
    ...prepareSharing(kysely, prepare),
    tell: prepare(
      kysely
        .insertInto("outbox")
        .values({ event_id: "", event: "", created_at: 0 })
        .onConflict((conflict) => conflict.column("event_id").doNothing()),
    ),
    bury: prepare(kysely.insertInto("tombstone").values({ id: "", at: 0, owner_id: "" })),
    purge: [
      // What may be large is erased in slices: see `document_remains.ts`.
      database.prepare(
        "INSERT INTO remains (number, document_id) SELECT number, id FROM document WHERE id = ?",
      ),
      deleteOf("member"),
      deleteOf("link"),
      deleteOf("pin"),
      deleteOf("watch"),
      deleteOf("mention"),
      prepare(kysely.deleteFrom("document").where("id", "=", "")),
    ],
  };
}

type Prepare = (query: { compile(): { sql: string } }) => Statement;

/** Stands for a parameter. */
const ANYBODY = "" as PersonId;

/** Values here stand for parameters: only their order matters. */
function prepareText(kysely: Kysely<DocumentSchema>, prepare: Prepare) {
  const bytes = new Uint8Array();
  return {
    create: prepare(
      kysely
        .insertInto("document")
        .values({ id: "", owner_id: ANYBODY, created_at: 0, changed_at: 0, changed_by: "" }),
    ),
    head: prepare(
      kysely
        .updateTable("document")
        .set({ version: 0, changed_at: 0, changed_by: "" })
        .where("id", "=", ""),
    ),
    append: prepare(
      kysely.insertInto("journal").values({
        document_id: "",
        version: 0,
        operation_id: "",
        author_id: "",
        at: 0,
        delta: "",
        loro_update: bytes,
        frontiers: bytes,
      }),
    ),
    snapshot: prepare(
      kysely
        .insertInto("snapshot")
        .values({ document_id: "", version: 0, bytes })
        .onConflict((conflict) =>
          conflict.column("document_id").doUpdateSet((set) => ({
            version: set.ref("excluded.version"),
            bytes: set.ref("excluded.bytes"),
          })),
        ),
    ),
    forget: prepare(
      kysely
        .updateTable("journal")
        .set((set) => ({ loro_update: set.lit(null) }))
        .where("document_id", "=", "")
        .where("version", "<=", 0)
        .where("loro_update", "is not", null),
    ),
    setDeleted: prepare(kysely.updateTable("document").set({ deleted_at: 0 }).where("id", "=", "")),
  };
}

function prepareSharing(kysely: Kysely<DocumentSchema>, prepare: Prepare) {
  return {
    member: prepare(
      kysely
        .insertInto("member")
        .values({ document_id: "", user_id: ANYBODY, role: "", link_id: "" })
        .onConflict((conflict) =>
          conflict.columns(["document_id", "user_id"]).doUpdateSet((set) => ({
            role: set.ref("excluded.role"),
            link_id: set.ref("excluded.link_id"),
          })),
        ),
    ),
    removeMember: prepare(
      kysely.deleteFrom("member").where("document_id", "=", "").where("user_id", "=", ANYBODY),
    ),
    link: prepare(
      kysely.insertInto("link").values({
        id: "",
        document_id: "",
        role: "",
        token_hash: "",
        created_at: 0,
        expires_at: 0,
      }),
    ),
    removeLink: prepare(kysely.deleteFrom("link").where("id", "=", "")),
    removeLinkMembers: prepare(
      kysely.deleteFrom("member").where("document_id", "=", "").where("link_id", "=", ""),
    ),
  };
}
