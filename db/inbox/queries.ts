/** The read side of inboxes, over either database: lists, and what is looked for beyond one inbox. */

import { type Kysely, type RawBuilder, sql } from "kysely";
import type {
  BacklogOptions,
  Delivery,
  InboxEntries,
  InboxEntry,
  InboxItem,
  InboxPreferences,
  InboxQueries,
  InboxView,
  NotificationKind,
  Page,
  PersonId,
} from "../../actors/mod.ts";
import type { SqlDatabase } from "../sql/dialect.ts";
import {
  type InboxSchema,
  IS_COUNTED,
  toDelivery,
  toEntry,
  toItem,
  toPreferences,
} from "./schema.ts";

type ListOptions = Parameters<InboxQueries["list"]>[1];

/** One run of entries in one order, for which there is an index. */
interface Part {
  holds: RawBuilder<boolean>;
  key: "at" | "snoozed_until";
  falls: boolean;
}

const UNREAD: Part = { holds: sql.raw(IS_COUNTED), key: "at", falls: true };
const READ: Part = {
  holds: sql`read_at IS NOT NULL AND archived_at IS NULL AND snoozed_until IS NULL
    AND withdrawn_at IS NULL`,
  key: "at",
  falls: true,
};
const SNOOZED: Part = {
  holds: sql`snoozed_until IS NOT NULL AND archived_at IS NULL AND withdrawn_at IS NULL`,
  key: "snoozed_until",
  falls: false,
};
const ARCHIVED: Part = {
  holds: sql`archived_at IS NOT NULL AND withdrawn_at IS NULL`,
  key: "at",
  falls: true,
};

/** What a view shows, one part behind the other. */
const PARTS: Record<InboxView, readonly Part[]> = {
  inbox: [UNREAD, READ],
  unread: [UNREAD],
  snoozed: [SNOOZED],
  archived: [ARCHIVED],
};

/** Where the next page begins: behind this entry. */
interface Cursor {
  part: number;
  key: number;
  id: string;
}

/** The read side. */
export class SqlInboxQueries implements InboxQueries {
  readonly #kysely: Kysely<InboxSchema>;
  readonly #locksRows: boolean;

  constructor({ kysely, dialect }: SqlDatabase<InboxSchema>) {
    this.#kysely = kysely;
    this.#locksRows = dialect.locksRows;
  }

  async list(userId: PersonId, options: ListOptions): Promise<Page<InboxEntry>> {
    const { view, app, cursor, limit } = options;
    const parts = PARTS[view];
    const after = parseCursor(cursor, parts.length);
    const found: { entry: InboxEntry; cursor: Cursor }[] = [];
    for (const [number, part] of parts.entries()) {
      const rest = limit + 1 - found.length;
      if (rest === 0 || (after && number < after.part)) continue;
      const behind = after?.part === number ? after : undefined;
      for (const row of await this.#rows(userId, part, { app, after: behind, limit: rest })) {
        const place = { part: number, key: row[part.key] ?? 0, id: row.id };
        found.push({ entry: toEntry(row), cursor: place });
      }
    }
    const items = found.slice(0, limit);
    const last = found.length > limit ? items.at(-1) : undefined;
    return {
      items: items.map(({ entry }) => entry),
      nextCursor: last && formatCursor(last.cursor),
    };
  }

  async entry(userId: PersonId, id: string): Promise<InboxEntry | undefined> {
    const row = await this.#kysely
      .selectFrom("entry")
      .selectAll()
      .where("user_id", "=", userId)
      .where("id", "=", id)
      .executeTakeFirst();
    return row && toEntry(row);
  }

  async items(userId: PersonId, entryId: string, limit: number): Promise<InboxItem[]> {
    const rows = await this.#kysely
      .selectFrom("item")
      .selectAll()
      .where("user_id", "=", userId)
      .where("entry_id", "=", entryId)
      .orderBy("at", "desc")
      .orderBy("event_id", "desc")
      .limit(limit)
      .execute();
    return rows.map(toItem);
  }

  async deliveries(userId: PersonId, entryId: string, limit: number): Promise<Delivery[]> {
    const rows = await this.#kysely
      .selectFrom("delivery")
      .selectAll()
      .where("user_id", "=", userId)
      .where("entry_id", "=", entryId)
      .orderBy("due_at", "desc")
      .orderBy("id", "desc")
      .limit(limit)
      .execute();
    return rows.map(toDelivery);
  }

  async mutes(userId: PersonId): Promise<{ subject: string; title: string; at: number }[]> {
    return await this.#kysely
      .selectFrom("mute")
      .leftJoin("entry", (join) =>
        join
          .onRef("entry.subject", "=", "mute.subject")
          .onRef("entry.user_id", "=", "mute.user_id"),
      )
      .select((select) => [
        "mute.subject",
        select.fn.coalesce("entry.title", "mute.title").as("title"),
        "mute.at",
      ])
      .where("mute.user_id", "=", userId)
      .orderBy("mute.at", "desc")
      .orderBy("mute.subject")
      .execute();
  }

  async unread(userId: PersonId): Promise<number> {
    const row = await this.#kysely
      .selectFrom("inbox")
      .select("unread")
      .where("user_id", "=", userId)
      .executeTakeFirst();
    return row?.unread ?? 0;
  }

  async preferences(userId: PersonId): Promise<InboxPreferences | undefined> {
    const row = await this.#kysely
      .selectFrom("inbox")
      .select("preferences")
      .where("user_id", "=", userId)
      .executeTakeFirst();
    return toPreferences(row?.preferences);
  }

  due(now: number, options: BacklogOptions): Promise<Page<InboxEntries>> {
    return this.#backlog("snoozed_until", sql`snoozed_until <= ${now}`, options);
  }

  outdated(before: number, options: BacklogOptions): Promise<Page<InboxEntries>> {
    return this.#backlog("at", sql`at < ${before} AND snoozed_until IS NULL`, options);
  }

  /** Entries of all inboxes in the order of a time, and of their names where that is the same. */
  async #backlog(
    key: "at" | "snoozed_until",
    holds: RawBuilder<boolean>,
    { limit, cursor }: BacklogOptions,
  ): Promise<Page<InboxEntries>> {
    const [time = "0", ...name] = (cursor ?? "0").split(" ");
    const [userId = "", id = ""] = name;
    const rows = await this.#kysely
      .selectFrom("entry")
      .select(["user_id", "id", sql<number>`${sql.ref(key)}`.as("time")])
      .where(holds)
      .where(sql<boolean>`(${sql.ref(key)}, user_id, id) > (${Number(time)}, ${userId}, ${id})`)
      .orderBy(key)
      .orderBy("user_id")
      .orderBy("id")
      .limit(limit)
      .execute();
    const last = rows.at(-1);
    const isMore = last !== undefined && rows.length === limit;
    return {
      items: byInbox(rows),
      nextCursor: isMore ? `${last.time} ${last.user_id} ${last.id}` : undefined,
    };
  }

  async holders(
    subject: string,
    { titleNot }: { titleNot?: string | undefined } = {},
  ): Promise<PersonId[]> {
    let rows = this.#kysely.selectFrom("entry").select("user_id").where("subject", "=", subject);
    if (titleNot !== undefined) rows = rows.where("title", "<>", titleNot);
    return (await rows.orderBy("user_id").execute()).map(({ user_id }) => user_id);
  }

  async subjects(kind: NotificationKind, { prefix }: { prefix: string }): Promise<string[]> {
    const rows = await this.#kysely
      .selectFrom("entry")
      .select("subject")
      .distinct()
      // A range, so that the index of subjects is used.
      .where("subject", ">=", prefix)
      .where("subject", "<", `${prefix}\u{10ffff}`)
      .where("kind", "=", kind)
      .where("withdrawn_at", "is", null)
      .orderBy("subject")
      .execute();
    return rows.map(({ subject }) => subject);
  }

  async endSubject(subject: string, at: number): Promise<PersonId[]> {
    await this.#kysely
      .insertInto("ended_subject")
      .values({ subject, at })
      .onConflict((conflict) => conflict.doNothing())
      .execute();
    const rows = await this.#kysely
      .selectFrom("entry")
      .select("user_id")
      .where("subject", "=", subject)
      .union(this.#kysely.selectFrom("mute").select("user_id").where("subject", "=", subject))
      .execute();
    return rows.map(({ user_id }) => user_id);
  }

  async forget(before: number, limit: number): Promise<number> {
    const deliveries = await this.#forgetDeliveries(before, limit);
    return deliveries + (await this.#forgetItems(before, limit));
  }

  async #forgetDeliveries(before: number, limit: number): Promise<number> {
    const old = this.#kysely
      .selectFrom("delivery")
      .select("id")
      .where("done_at", "<", before)
      .orderBy("done_at")
      .limit(limit)
      // Whoever does the same at the same time takes others.
      .$if(this.#locksRows, (query) => query.forUpdate().skipLocked());
    const { numDeletedRows } = await this.#kysely
      .deleteFrom("delivery")
      .where("id", "in", old)
      .executeTakeFirstOrThrow();
    return Number(numDeletedRows);
  }

  async #forgetItems(before: number, limit: number): Promise<number> {
    const locks = this.#locksRows ? sql`FOR UPDATE SKIP LOCKED` : sql``;
    const { numAffectedRows } = await sql`DELETE FROM item WHERE (user_id, event_id) IN (
      SELECT user_id, event_id FROM item WHERE at < ${before} ORDER BY at LIMIT ${limit} ${locks}
    )`.execute(this.#kysely);
    return Number(numAffectedRows ?? 0);
  }

  #rows(
    userId: PersonId,
    { holds, key, falls }: Part,
    options: { app: string | undefined; after: Cursor | undefined; limit: number },
  ) {
    const { app, after, limit } = options;
    const order = falls ? "desc" : "asc";
    let rows = this.#kysely.selectFrom("entry").selectAll().where("user_id", "=", userId);
    rows = rows.where(holds);
    if (app !== undefined) rows = rows.where("app", "=", app);
    if (after) {
      const place = sql`(${sql.ref(key)}, id)`;
      const behind = sql`(${after.key}, ${after.id})`;
      rows = rows.where(
        falls ? sql<boolean>`${place} < ${behind}` : sql<boolean>`${place} > ${behind}`,
      );
    }
    return rows.orderBy(key, order).orderBy("id", order).limit(limit).execute();
  }
}

function byInbox(rows: readonly { user_id: PersonId; id: string }[]): InboxEntries[] {
  const inboxes = Map.groupBy(rows, ({ user_id }) => user_id);
  return [...inboxes].map(([userId, entries]) => ({
    userId,
    entryIds: entries.map(({ id }) => id),
  }));
}

function formatCursor({ part, key, id }: Cursor): string {
  return Buffer.from(JSON.stringify([part, key, id])).toString("base64url");
}

function parseCursor(text: string | undefined, parts: number): Cursor | undefined {
  if (!text) return undefined;
  try {
    const [part, key, id] = JSON.parse(Buffer.from(text, "base64url").toString());
    const isOurs =
      Number.isInteger(part) &&
      part >= 0 &&
      part < parts &&
      Number.isSafeInteger(key) &&
      typeof id === "string" &&
      !id.includes("\0");
    return isOurs ? { part, key, id } : undefined;
  } catch {
    // A cursor somebody made up: begin at the beginning.
    return undefined;
  }
}
