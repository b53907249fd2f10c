/**
 * Where documents live: a journal of deltas and Loro updates, and a snapshot that replaces the older
 * updates from time to time. Deltas and authors stay, for history and to rebase late edits.
 *
 * A commit runs without giving up the thread, so that nothing on this connection comes in between.
 * Its statements are built by Kysely once and then only given their values.
 */

import type { Database, Statement } from "bun:sqlite";
import type { Kysely } from "kysely";
import {
  type ActorStore,
  type Batch,
  type BatchResult,
  type DocumentAnswer,
  type DocumentChange,
  type DocumentNeed,
  type DocumentTypes,
  type JournalEntry,
  limits,
  type SharedRole,
  type StoredDocument,
} from "../actors/mod.ts";
import type { DocumentSchema } from "./document_schema.ts";
import { toStoreError } from "./store_error.ts";

type Connection = { kysely: Kysely<DocumentSchema>; database: Database };
type Statements = ReturnType<typeof prepareStatements>;

/** Documents in SQLite. */
export class SqliteDocumentStore implements ActorStore<DocumentTypes> {
  readonly #kysely: Kysely<DocumentSchema>;
  readonly #database: Database;
  readonly #statements: Statements;

  constructor({ kysely, database }: Connection) {
    this.#kysely = kysely;
    this.#database = database;
    this.#statements = prepareStatements({ kysely, database });
  }

  async load(id: string): Promise<StoredDocument | undefined> {
    const row = await this.#kysely
      .selectFrom("document")
      .select(["owner_id", "created_at", "deleted_at", "version"])
      .where("id", "=", id)
      .executeTakeFirst();
    if (!row) return undefined;
    return {
      id,
      ownerId: row.owner_id,
      createdAt: row.created_at,
      deletedAt: row.deleted_at ?? undefined,
      version: row.version,
      members: await this.#members(id),
      links: await this.#links(id),
      ...(await this.#text(id)),
      recent: await this.#entriesAfter(id, row.version - limits.recentVersionsLoadedMax),
    };
  }

  async fetch(id: string, need: DocumentNeed): Promise<DocumentAnswer> {
    if (need.type === "entries") {
      return { type: "entries", entries: await this.#entriesAfter(id, need.afterVersion) };
    }
    const row = await this.#kysely
      .selectFrom("journal")
      .select("frontiers")
      .where("document_id", "=", id)
      .where("version", "=", need.version)
      .executeTakeFirst();
    // Version 0 is the empty text, which has no frontiers and no row.
    const frontiers = need.version === 0 ? EMPTY_FRONTIERS : row?.frontiers;
    return { type: "frontiers", frontiers, entries: await this.#entriesAfter(id, need.version) };
  }

  async commit(batches: readonly Batch<DocumentChange>[]): Promise<BatchResult[]> {
    try {
      this.#transact(() => {
        for (const batch of batches) this.#write(batch);
      });
      return batches.map(() => ({ state: "ok" }));
    } catch (error) {
      // One that cannot be written must not keep the others from being: each tries for itself.
      if (batches.length === 1) return [{ state: "failed", error: toStoreError(error) }];
      return batches.map((batch) => this.#commitAlone(batch));
    }
  }

  #commitAlone(batch: Batch<DocumentChange>): BatchResult {
    try {
      this.#transact(() => this.#write(batch));
      return { state: "ok" };
    } catch (error) {
      return { state: "failed", error: toStoreError(error) };
    }
  }

  #transact(write: () => void): void {
    this.#statements.begin.run();
    try {
      write();
      this.#statements.commit.run();
    } catch (error) {
      // After some errors SQLite has rolled back by itself.
      if (this.#database.inTransaction) this.#statements.rollback.run();
      throw error;
    }
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
        break;
    }
  }

  #append(id: string, change: Extract<DocumentChange, { type: "append" }>): void {
    const { version, operationId, authorId, at, delta } = change.entry;
    const text = JSON.stringify(delta);
    const { update, frontiers } = change;
    this.#statements.append.run(id, version, operationId, authorId, at, text, update, frontiers);
  }

  async #members(id: string): Promise<StoredDocument["members"]> {
    const rows = await this.#kysely
      .selectFrom("member")
      .select(["user_id", "role", "link_id"])
      .where("document_id", "=", id)
      .execute();
    return rows.map((row) => ({
      userId: row.user_id,
      role: row.role as SharedRole,
      linkId: row.link_id ?? undefined,
    }));
  }

  async #links(id: string): Promise<StoredDocument["links"]> {
    const rows = await this.#kysely
      .selectFrom("link")
      .selectAll()
      .where("document_id", "=", id)
      .execute();
    return rows.map((row) => ({
      id: row.id,
      role: row.role as SharedRole,
      tokenHash: row.token_hash,
      createdAt: row.created_at,
      expiresAt: row.expires_at ?? undefined,
    }));
  }

  async #text(id: string): Promise<Pick<StoredDocument, "snapshot" | "updates">> {
    const snapshot = await this.#kysely
      .selectFrom("snapshot")
      .select(["version", "bytes"])
      .where("document_id", "=", id)
      .executeTakeFirst();
    const rows = await this.#kysely
      .selectFrom("journal")
      .select(["version", "loro_update"])
      .where("document_id", "=", id)
      .where("version", ">", snapshot?.version ?? 0)
      .orderBy("version")
      .execute();
    const updates = rows.flatMap((row) =>
      row.loro_update ? [{ version: row.version, bytes: row.loro_update }] : [],
    );
    return { snapshot, updates };
  }

  async #entriesAfter(id: string, version: number): Promise<JournalEntry[]> {
    const rows = await this.#kysely
      .selectFrom("journal")
      .select(["version", "operation_id", "author_id", "at", "delta"])
      .where("document_id", "=", id)
      .where("version", ">", version)
      .orderBy("version")
      .execute();
    return rows.map((row) => ({
      version: row.version,
      operationId: row.operation_id,
      authorId: row.author_id,
      at: row.at,
      delta: JSON.parse(row.delta),
    }));
  }
}

/** Loro's encoding of no frontiers at all: a list of length zero. */
const EMPTY_FRONTIERS = new Uint8Array([0]);

function prepareStatements({ kysely, database }: Connection) {
  const prepare = (query: { compile(): { sql: string } }): Statement =>
    database.prepare(query.compile().sql);
  const deleteOf = (table: "journal" | "snapshot" | "member" | "link" | "pin") =>
    prepare(kysely.deleteFrom(table).where("document_id", "=", ""));
  return {
    begin: database.prepare("BEGIN IMMEDIATE"),
    commit: database.prepare("COMMIT"),
    rollback: database.prepare("ROLLBACK"),
    ...prepareText(kysely, prepare),
    ...prepareSharing(kysely, prepare),
    purge: [
      database.prepare(
        "DELETE FROM search WHERE rowid = (SELECT number FROM document WHERE id = ?)",
      ),
      deleteOf("journal"),
      deleteOf("snapshot"),
      deleteOf("member"),
      deleteOf("link"),
      deleteOf("pin"),
      prepare(kysely.deleteFrom("document").where("id", "=", "")),
    ],
  };
}

type Prepare = (query: { compile(): { sql: string } }) => Statement;

/** Values here stand for parameters: only their order matters. */
function prepareText(kysely: Kysely<DocumentSchema>, prepare: Prepare) {
  const bytes = new Uint8Array();
  return {
    create: prepare(
      kysely
        .insertInto("document")
        .values({ id: "", owner_id: "", created_at: 0, changed_at: 0, changed_by: "" }),
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
        .values({ document_id: "", user_id: "", role: "", link_id: "" })
        .onConflict((conflict) =>
          conflict.columns(["document_id", "user_id"]).doUpdateSet((set) => ({
            role: set.ref("excluded.role"),
            link_id: set.ref("excluded.link_id"),
          })),
        ),
    ),
    removeMember: prepare(
      kysely.deleteFrom("member").where("document_id", "=", "").where("user_id", "=", ""),
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
