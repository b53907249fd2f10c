/** The read side of documents: lists, full-text search and who may see what. */

import {
  type ExpressionBuilder,
  type Kysely,
  type RawBuilder,
  sql,
  type Transaction,
} from "kysely";
import {
  type BacklogOptions,
  type Clock,
  type DocumentLink,
  type DocumentProjection,
  type DocumentQueries,
  type DocumentRole,
  type DocumentScope,
  type DocumentSort,
  type DocumentSummary,
  type ListedDocument,
  limits,
  type Page,
  type PersonId,
  type SharedRole,
  type StoredRevision,
} from "../../actors/mod.ts";
import type { SqlDatabase, SqlDialect } from "../sql/dialect.ts";
import { writeEvent } from "../sql/outbox.ts";
import { acquaintancesOf, isGood } from "./access.ts";
import { changed, mentioned } from "./events.ts";
import { eraseRemains } from "./remains.ts";
import { readRevision } from "./revision.ts";
import { type DocumentSchema, toLink } from "./schema.ts";
import { type DocumentSearch, documentSearch, type SearchRows } from "./search.ts";

type ListOptions = Parameters<DocumentQueries["list"]>[1];
type Tables = DocumentSchema & { m: DocumentSchema["member"]; p: DocumentSchema["pin"] };

/** The order of a list: by what, and whether it falls. */
interface Order {
  key: RawBuilder<number | string>;
  falls: boolean;
}

const ORDER: Record<DocumentSort, Order> = {
  changed: { key: sql`document.changed_at`, falls: true },
  created: { key: sql`document.created_at`, falls: true },
  // Both databases take the case from ASCII alone here, and compare byte by byte.
  title: { key: sql`lower(document.title)`, falls: false },
};

/** Whether a document is pinned, as a number, because one of the two has no other truth. */
const PINNED = sql<number>`CASE WHEN p.user_id IS NULL THEN 0 ELSE 1 END`;

/** Where the next part of a list begins: behind this row. */
interface Cursor {
  pinned: number;
  key: number | string;
  number: number;
}

/** The read side, over either database. */
export class SqlDocumentQueries implements DocumentQueries {
  readonly #kysely: Kysely<DocumentSchema>;
  readonly #dialect: SqlDialect;
  readonly #search: DocumentSearch;
  readonly #clock: Clock;
  readonly #onEvents: () => void;

  /** `onEvents` is called when events were committed. */
  constructor(
    { kysely, dialect }: SqlDatabase<DocumentSchema>,
    clock: Clock,
    { onEvents = () => {} }: { onEvents?: () => void } = {},
  ) {
    this.#kysely = kysely;
    this.#dialect = dialect;
    this.#search = documentSearch(dialect);
    this.#clock = clock;
    this.#onEvents = onEvents;
  }

  async list(userId: PersonId, options: ListOptions): Promise<Page<ListedDocument>> {
    const { query, sort = "changed", scope = "all", cursor, limit = limits.pageItemsMax } = options;
    const order = ORDER[sort];
    let rows = this.#visible(userId, scope).select(order.key.as("sort_key"));
    if (query?.trim()) {
      const condition = this.#search.condition(query);
      // Somebody who typed only punctuation looks for nothing that could be found.
      if (condition === undefined) return { items: [], nextCursor: undefined };
      rows = rows.where(condition);
    }
    const after = parseCursor(cursor, sort);
    if (after) rows = rows.where((where) => isBehind(where, order, after));
    const found = await rows
      .orderBy(sql`pinned`, "desc")
      .orderBy(sql`sort_key`, order.falls ? "desc" : "asc")
      .orderBy("document.number", "desc")
      .limit(limit + 1)
      .execute();
    const items = found.slice(0, limit);
    const last = items.at(-1);
    const isMore = found.length > limit && last !== undefined;
    return {
      items: items.map((row) => ({
        ...toSummary(row),
        role: roleFrom(row, userId),
        pinned: row.pinned === 1,
      })),
      nextCursor: isMore
        ? formatCursor({ pinned: last.pinned, key: last.sort_key, number: last.number })
        : undefined,
    };
  }

  async summary(id: string): Promise<DocumentSummary | undefined> {
    const row = await this.#summaries().where("document.id", "=", id).executeTakeFirst();
    return row && toSummary(row);
  }

  async role(id: string, userId: PersonId): Promise<DocumentRole | undefined> {
    const now = this.#clock.now();
    const row = await this.#kysely
      .selectFrom("document")
      .leftJoin("member as m", (join) =>
        join
          .onRef("m.document_id", "=", "document.id")
          .on("m.user_id", "=", userId)
          .on(isGood(now)),
      )
      .select(["owner_id", "m.role as member_role"])
      .where("id", "=", id)
      .executeTakeFirst();
    if (!row) return undefined;
    return row.owner_id === userId
      ? "owner"
      : ((row.member_role as SharedRole | null) ?? undefined);
  }

  async link(
    tokenHash: string,
    now: number,
  ): Promise<{ documentId: string; link: DocumentLink } | undefined> {
    const row = await this.#kysely
      .selectFrom("link")
      .selectAll()
      .where("token_hash", "=", tokenHash)
      .where((where) => where.or([where("expires_at", "is", null), where("expires_at", ">", now)]))
      .executeTakeFirst();
    return row && { documentId: row.document_id, link: toLink(row) };
  }

  async audience(id: string): Promise<PersonId[]> {
    const rows = await this.#kysely
      .selectFrom("document")
      .select("owner_id as user_id")
      .where("id", "=", id)
      .union(this.#kysely.selectFrom("member").select("user_id").where("document_id", "=", id))
      .execute();
    return rows.map((row) => row.user_id);
  }

  acquaintances(userId: PersonId, limit: number): Promise<PersonId[]> {
    return acquaintancesOf(this.#kysely, { userId, limit, now: this.#clock.now() });
  }

  async setPinned(id: string, userId: PersonId, pinned: boolean): Promise<void> {
    const write = pinned
      ? this.#kysely
          .insertInto("pin")
          .columns(["document_id", "user_id"])
          .expression(this.#present(id).select(sql.val(userId).as("user_id")))
          .onConflict((conflict) => conflict.doNothing())
      : this.#kysely.deleteFrom("pin").where("user_id", "=", userId).where("document_id", "=", id);
    await write.execute();
  }

  async setWatching(id: string, userId: PersonId, isWatching: boolean): Promise<void> {
    const is_watching = Number(isWatching);
    await this.#kysely
      .insertInto("watch")
      .columns(["document_id", "user_id", "is_watching"])
      .expression(
        this.#present(id).select([
          sql.val(userId).as("user_id"),
          sql.val(is_watching).as("is_watching"),
        ]),
      )
      .onConflict((conflict) =>
        conflict.columns(["document_id", "user_id"]).doUpdateSet({ is_watching }),
      )
      .execute();
  }

  async watchers(id: string): Promise<PersonId[]> {
    const rows = await this.#watching(id).execute();
    return rows.map(({ user_id }) => user_id);
  }

  async isWatching(id: string, userId: PersonId): Promise<boolean> {
    const row = await this.#kysely
      .selectFrom(this.#watching(id).as("watching"))
      .select("user_id")
      .where("user_id", "=", userId)
      .executeTakeFirst();
    return row !== undefined;
  }

  revision(id: string, version: number): Promise<StoredRevision | undefined> {
    return readRevision(this.#kysely, { id, version }, this.#clock);
  }

  async unprojected({ limit, cursor }: BacklogOptions): Promise<Page<string>> {
    const rows = await this.#kysely
      .selectFrom("document")
      .select(["id", "number"])
      .where(sql<boolean>`version <> projected_version`)
      .where("number", ">", Number(cursor ?? 0))
      .orderBy("number")
      .limit(limit)
      .execute();
    return {
      items: rows.map((row) => row.id),
      nextCursor: rows.length < limit ? undefined : String(rows.at(-1)?.number),
    };
  }

  async expired(
    before: number,
    { limit, cursor }: BacklogOptions,
  ): Promise<Page<{ id: string; ownerId: PersonId }>> {
    const [deletedAt = 0, number = 0] = (cursor ?? "0 0").split(" ").map(Number);
    const rows = await this.#kysely
      .selectFrom("document")
      .select(["id", "owner_id", "deleted_at", "number"])
      .where("deleted_at", "<", before)
      .where(sql<boolean>`(deleted_at, number) > (${deletedAt}, ${number})`)
      .orderBy("deleted_at")
      .orderBy("number")
      .limit(limit)
      .execute();
    const last = rows.at(-1);
    const isMore = last !== undefined && rows.length === limit;
    return {
      items: rows.map((row) => ({ id: row.id, ownerId: row.owner_id })),
      nextCursor: isMore ? `${last.deleted_at} ${last.number}` : undefined,
    };
  }

  async project(id: string, projection: DocumentProjection): Promise<void> {
    const row = await this.#behind(this.#kysely, id, projection).executeTakeFirst();
    if (!row) return;
    const searched = { number: row.number, title: projection.title, text: projection.text };
    const rows = await this.#search.prepare(this.#kysely, searched, this.#clock);
    const isTold = await this.#kysely
      .transaction()
      .execute((transaction) => this.#project(transaction, id, { projection, rows }));
    if (isTold) this.#onEvents();
  }

  /** Leaves nothing in large tables and no words in the index of what was deleted or edited before. */
  async eraseDeleted(): Promise<void> {
    if (this.#dialect.name === "sqlite") await eraseRemains(this.#kysely, this.#clock);
    await this.#search.erase(this.#kysely, this.#clock);
  }

  /** A document whose read side is not newer than a projection. */
  #behind(kysely: Kysely<DocumentSchema>, id: string, { version }: DocumentProjection) {
    return kysely
      .selectFrom("document")
      .select(["number", "projected_version"])
      .where("id", "=", id)
      .where("projected_version", "<=", version);
  }

  /** Writes nothing over a newer projection; answers whether there is something to be told. */
  async #project(
    transaction: Transaction<DocumentSchema>,
    id: string,
    { projection, rows }: { projection: DocumentProjection; rows: SearchRows },
  ): Promise<boolean> {
    const { version, title, excerpt, words, mentions } = projection;
    await this.#search.queue(transaction, id);
    const row = await this.#behind(transaction, id, projection)
      // Edits go on meanwhile; only a purge has to wait.
      .$if(this.#dialect.locksRows, (query) => query.forKeyShare())
      .executeTakeFirst();
    if (!row) return false;
    await this.#search.write(transaction, { number: row.number, title }, rows);
    await transaction
      .updateTable("document")
      .set({
        title,
        excerpt,
        projected_version: version,
        ...(words === undefined ? {} : { words }),
      })
      .where("number", "=", row.number)
      .execute();
    const events = row.projected_version === version ? [] : [changed(id, projection)];
    for (const userId of mentions ? await newlyMentioned(transaction, id, mentions) : []) {
      const event = mentioned(id, userId, projection);
      if (userId !== event.byId) events.push(event);
    }
    const now = this.#clock.now();
    for (const event of events) await writeEvent(transaction, event, now);
    return events.length > 0;
  }

  /** A document that is there until the statement has ended: nothing is written about a purged one. */
  #present(id: string) {
    return this.#kysely
      .selectFrom("document")
      .select("document.id as document_id")
      .where("document.id", "=", id)
      .$if(this.#dialect.locksRows, (query) => query.forKeyShare());
  }

  /** The owner unless they said no, and whoever said yes and still has access. */
  #watching(id: string) {
    const now = this.#clock.now();
    const owner = this.#kysely
      .selectFrom("document")
      .select("owner_id as user_id")
      .where("id", "=", id)
      .where(({ not, exists, selectFrom }) =>
        not(
          exists(
            selectFrom("watch")
              .select("watch.user_id")
              .whereRef("watch.document_id", "=", "document.id")
              .whereRef("watch.user_id", "=", "document.owner_id")
              .where("is_watching", "=", 0),
          ),
        ),
      );
    return owner.union(
      this.#kysely
        .selectFrom("watch")
        .innerJoin("member as m", (join) =>
          join
            .onRef("m.document_id", "=", "watch.document_id")
            .onRef("m.user_id", "=", "watch.user_id")
            .on(isGood(now)),
        )
        .select("watch.user_id")
        .where("watch.document_id", "=", id)
        .where("is_watching", "=", 1),
    );
  }

  #summaries() {
    return this.#kysely.selectFrom("document").select((select) => [
      "document.number",
      "document.id",
      "document.title",
      "document.excerpt",
      "document.owner_id",
      "document.created_at",
      "document.changed_at",
      "document.changed_by",
      "document.deleted_at",
      "document.words",
      select
        .selectFrom("member")
        .select((count) => count.fn.countAll<number>().as("n"))
        .whereRef("member.document_id", "=", "document.id")
        .as("member_count"),
      select
        .selectFrom("link")
        .select((count) => count.fn.countAll<number>().as("n"))
        .whereRef("link.document_id", "=", "document.id")
        .as("link_count"),
    ]);
  }

  /** What somebody has in their list, by scope. */
  #visible(userId: PersonId, scope: DocumentScope) {
    const now = this.#clock.now();
    const rows = this.#summaries()
      .leftJoin("member as m", (join) =>
        join
          .onRef("m.document_id", "=", "document.id")
          .on("m.user_id", "=", userId)
          .on(isGood(now)),
      )
      .leftJoin("pin as p", (join) =>
        join.onRef("p.document_id", "=", "document.id").on("p.user_id", "=", userId),
      )
      .select("m.role as member_role")
      .select(PINNED.as("pinned"));
    if (scope === "trash") {
      return rows
        .where("document.owner_id", "=", userId)
        .where("document.deleted_at", "is not", null);
    }
    const present = rows.where("document.deleted_at", "is", null);
    if (scope === "mine") return present.where("document.owner_id", "=", userId);
    if (scope === "shared") return present.where("m.user_id", "is not", null);
    return present.where((where) =>
      where.or([where("document.owner_id", "=", userId), where("m.user_id", "is not", null)]),
    );
  }
}

function isBehind(where: ExpressionBuilder<Tables, "document">, order: Order, after: Cursor) {
  const behind = order.falls
    ? sql<boolean>`${order.key} < ${after.key}`
    : sql<boolean>`${order.key} > ${after.key}`;
  return where.or([
    sql<boolean>`${PINNED} < ${after.pinned}`,
    where.and([
      sql<boolean>`${PINNED} = ${after.pinned}`,
      where.or([
        behind,
        where.and([
          sql<boolean>`${order.key} = ${after.key}`,
          where("document.number", "<", after.number),
        ]),
      ]),
    ]),
  ]);
}

/** Replaces whom the text names; answers whom it did not name before. */
async function newlyMentioned(
  transaction: Transaction<DocumentSchema>,
  id: string,
  mentions: readonly PersonId[],
): Promise<PersonId[]> {
  const rows = await transaction
    .selectFrom("mention")
    .select("user_id")
    .where("document_id", "=", id)
    .execute();
  const before = new Set(rows.map(({ user_id }) => user_id));
  const now = new Set(mentions);
  const gone = [...before.difference(now)];
  if (gone.length > 0) {
    await transaction
      .deleteFrom("mention")
      .where("document_id", "=", id)
      .where("user_id", "in", gone)
      .execute();
  }
  const added = [...now.difference(before)];
  if (added.length > 0) {
    const rows = added.map((userId) => ({ document_id: id, user_id: userId }));
    await transaction.insertInto("mention").values(rows).execute();
  }
  return added;
}

function formatCursor(cursor: Cursor): string {
  return Buffer.from(JSON.stringify([cursor.pinned, cursor.key, cursor.number])).toString(
    "base64url",
  );
}

function parseCursor(text: string | undefined, sort: DocumentSort): Cursor | undefined {
  if (!text) return undefined;
  try {
    const [pinned, key, number] = JSON.parse(Buffer.from(text, "base64url").toString());
    const isKey =
      sort === "title" ? typeof key === "string" && !key.includes("\0") : Number.isSafeInteger(key);
    return Number.isSafeInteger(pinned) && isKey && Number.isSafeInteger(number)
      ? { pinned, key, number }
      : undefined;
  } catch {
    // A cursor somebody made up: begin at the beginning.
    return undefined;
  }
}

/** A row of `#summaries`. */
interface SummaryRow {
  id: string;
  title: string;
  excerpt: string;
  owner_id: PersonId;
  created_at: number;
  changed_at: number;
  changed_by: string;
  deleted_at: number | null;
  words: number;
  member_count: number | null;
  link_count: number | null;
}

function toSummary(row: SummaryRow): DocumentSummary {
  return {
    id: row.id,
    title: row.title,
    excerpt: row.excerpt,
    ownerId: row.owner_id,
    createdAt: row.created_at,
    changedAt: row.changed_at,
    changedBy: row.changed_by,
    deletedAt: row.deleted_at ?? undefined,
    words: row.words,
    memberCount: row.member_count ?? 0,
    linkCount: row.link_count ?? 0,
  };
}

function roleFrom(
  row: { owner_id: string; member_role: string | null },
  userId: PersonId,
): DocumentRole {
  return row.owner_id === userId ? "owner" : row.member_role === "write" ? "write" : "read";
}
