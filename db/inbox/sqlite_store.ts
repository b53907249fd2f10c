/**
 * Where inboxes live: entries with the things in them, what was muted, what has to leave by channels,
 * and a count. Statements are prepared once; reads wait for nobody, because what they read is written
 * by commits alone.
 */

import type { Database } from "bun:sqlite";
import type { Kysely } from "kysely";
import type {
  ActorStore,
  Batch,
  BatchResult,
  EntryFilter,
  InboxAnswer,
  InboxChange,
  InboxEntry,
  InboxNeed,
  InboxTypes,
  StepMeter,
  StoredInbox,
  Tombstone,
} from "../../actors/mod.ts";
import { type TombstoneTable, toTombstone } from "../sql/tombstone.ts";
import { SqliteCommits } from "../sqlite/commits.ts";
import type { Alone } from "../sqlite/driver.ts";
import {
  deliveryCells,
  ENTRY_COLUMNS,
  type EntryRow,
  entryCells,
  type InboxSchema,
  IS_COUNTED,
  itemCells,
  toEntry,
  toPreferences,
} from "./schema.ts";

type Connection = {
  kysely: Kysely<InboxSchema>;
  alone: Alone;
  database: Database;
  meter?: StepMeter | undefined;
};
type Statements = ReturnType<typeof prepareStatements>;
type Reads = ReturnType<typeof prepareReads>;

/** Inboxes in SQLite. */
export class SqliteInboxStore implements ActorStore<InboxTypes> {
  readonly #commits: SqliteCommits<InboxChange>;
  readonly #statements: Statements;
  readonly #reads: Reads;

  constructor(connection: Connection) {
    this.#commits = new SqliteCommits(connection, (batch) => this.#write(batch));
    this.#statements = prepareStatements(connection.database);
    this.#reads = prepareReads(connection.database);
  }

  async load(id: string): Promise<StoredInbox | Tombstone | undefined> {
    const row = this.#reads.inbox.get(id);
    return row
      ? { unread: row.unread, preferences: toPreferences(row.preferences) }
      : toTombstone(this.#reads.tombstone.get(id));
  }

  async fetch(id: string, need: InboxNeed): Promise<InboxAnswer> {
    switch (need.type) {
      case "subject":
        return this.#subject(id, need);
      case "entries":
        return { type: "entries", entries: this.#entries(id, need.ids) };
      case "count_unread":
        return {
          type: "count",
          count: this.#reads.countUnread.get(id, ...filterCells(need.filter))?.n ?? 0,
        };
      case "count_read_at":
        return { type: "count", count: this.#reads.countReadAt.get(id, need.readAt)?.n ?? 0 };
    }
  }

  commit(batches: readonly Batch<InboxChange>[]): Promise<BatchResult[]> {
    return this.#commits.commit(batches);
  }

  #subject(
    id: string,
    { subject, eventId }: Extract<InboxNeed, { type: "subject" }>,
  ): Extract<InboxAnswer, { type: "subject" }> {
    const row = this.#reads.entryAbout.get(id, subject);
    return {
      type: "subject",
      isKnown: eventId !== undefined && this.#reads.item.get(id, eventId) !== null,
      isMuted: this.#reads.mute.get(id, subject) !== null,
      isEnded: this.#reads.ended.get(subject) !== null,
      entry: row ? toEntry(row) : undefined,
    };
  }

  #entries(id: string, ids: readonly string[]): InboxEntry[] {
    return [...new Set(ids)].flatMap((entryId) => {
      const row = this.#reads.entry.get(id, entryId);
      return row ? [toEntry(row)] : [];
    });
  }

  #write({ id, changes }: Batch<InboxChange>): void {
    for (const change of changes) this.#writeChange(id, change);
  }

  #writeChange(id: string, change: InboxChange): void {
    const run = this.#statements;
    switch (change.type) {
      case "entry": {
        const { entry, item } = change;
        run.entry.run(id, ...entryCells(entry));
        if (item) run.item.run(id, ...itemCells(entry.id, item));
        break;
      }
      case "read_all":
        run.readAll.run(change.at, id, ...filterCells(change.filter));
        break;
      case "unread_all":
        run.unreadAll.run(id, change.readAt);
        break;
      case "mute":
        run.mute.run(id, change.subject, change.at);
        break;
      case "unmute":
        run.unmute.run(id, change.subject);
        break;
      case "forget":
        for (const entryId of change.ids) {
          for (const statement of run.forget) statement.run(id, entryId);
        }
        break;
      case "erase":
        for (const statement of run.erase) statement.run(id, change.subject);
        break;
      case "preferences":
        run.preferences.run(id, JSON.stringify(change.preferences));
        break;
      case "deliver":
        run.deliver.run(id, ...deliveryCells(change.delivery));
        break;
      case "unread":
        run.unread.run(id, change.unread);
        break;
      case "purge":
        for (const statement of run.purge) statement.run(id);
        run.bury.run(id, change.at);
        break;
    }
  }
}

type FilterCells = [string | null, string | null, number | null, number | null];

/** Twice each, because a filter that is not there matches all. */
function filterCells({ app, until }: EntryFilter): FilterCells {
  return [app ?? null, app ?? null, until ?? null, until ?? null];
}

const COLUMNS = ENTRY_COLUMNS.join(", ");
const MATCHES = `user_id = ? AND ${IS_COUNTED}
  AND (? IS NULL OR app = ?) AND (? IS NULL OR at <= ?)`;

function prepareReads(database: Database) {
  return {
    inbox: database.prepare<{ unread: number; preferences: string | null }, [string]>(
      "SELECT unread, preferences FROM inbox WHERE user_id = ?",
    ),
    entry: database.prepare<EntryRow, [string, string]>(
      `SELECT ${COLUMNS} FROM entry WHERE user_id = ? AND id = ?`,
    ),
    entryAbout: database.prepare<EntryRow, [string, string]>(
      `SELECT ${COLUMNS} FROM entry WHERE user_id = ? AND subject = ?`,
    ),
    item: database.prepare<unknown, [string, string]>(
      "SELECT 1 FROM item WHERE user_id = ? AND event_id = ?",
    ),
    mute: database.prepare<unknown, [string, string]>(
      "SELECT 1 FROM mute WHERE user_id = ? AND subject = ?",
    ),
    ended: database.prepare<unknown, [string]>("SELECT 1 FROM ended_subject WHERE subject = ?"),
    tombstone: database.prepare<TombstoneTable, [string]>(
      "SELECT id, at, owner_id FROM tombstone WHERE id = ?",
    ),
    countUnread: database.prepare<{ n: number }, [string, ...FilterCells]>(
      `SELECT count(*) AS n FROM entry WHERE ${MATCHES}`,
    ),
    // What was put away since then is not counted, even when it is unread again.
    countReadAt: database.prepare<{ n: number }, [string, number]>(
      `SELECT count(*) AS n FROM entry WHERE user_id = ? AND read_at = ?
       AND archived_at IS NULL AND snoozed_until IS NULL AND withdrawn_at IS NULL`,
    ),
  };
}

function prepareStatements(database: Database) {
  const set = [...ENTRY_COLUMNS.filter((name) => name !== "id"), "app"]
    .map((name) => `${name} = excluded.${name}`)
    .join(", ");
  const marks = Array.from(ENTRY_COLUMNS, () => "?").join(", ");
  const deleteOf = (table: keyof InboxSchema) =>
    database.prepare(`DELETE FROM ${table} WHERE user_id = ?`);
  const eraseOf = (table: "item" | "delivery") =>
    database.prepare(
      `DELETE FROM ${table} WHERE user_id = ?1 AND entry_id IN (
         SELECT id FROM entry WHERE user_id = ?1 AND subject = ?2
       )`,
    );
  return {
    // Whichever key is there already: the row keeps its id.
    entry: database.prepare(
      `INSERT INTO entry (user_id, ${COLUMNS}, app) VALUES (?, ${marks}, ?)
       ON CONFLICT DO UPDATE SET ${set}`,
    ),
    item: database.prepare(
      `INSERT INTO item (user_id, entry_id, event_id, kind, reason, by_id, by_name, at)
       VALUES (?, ?, ?, ?, ?, ?, ?, ?)`,
    ),
    readAll: database.prepare(`UPDATE entry SET read_at = ? WHERE ${MATCHES}`),
    unreadAll: database.prepare(
      `UPDATE entry SET read_at = NULL, unread_items = max(1, unread_items)
       WHERE user_id = ? AND read_at = ?`,
    ),
    mute: database.prepare(
      `INSERT INTO mute (user_id, subject, title, at)
       SELECT ?1, ?2, coalesce((SELECT title FROM entry WHERE user_id = ?1 AND subject = ?2), ''), ?3
       WHERE true
       ON CONFLICT DO UPDATE SET title = excluded.title, at = excluded.at`,
    ),
    unmute: database.prepare("DELETE FROM mute WHERE user_id = ? AND subject = ?"),
    preferences: database.prepare(
      `INSERT INTO inbox (user_id, preferences) VALUES (?, ?)
       ON CONFLICT DO UPDATE SET preferences = excluded.preferences`,
    ),
    unread: database.prepare(
      `INSERT INTO inbox (user_id, unread) VALUES (?, ?)
       ON CONFLICT DO UPDATE SET unread = excluded.unread`,
    ),
    deliver: database.prepare(
      `INSERT INTO delivery
         (user_id, id, entry_id, channel, pace, notification, due_at, state, answer, done_at)
       VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?) ON CONFLICT DO NOTHING`,
    ),
    forget: [
      database.prepare("DELETE FROM entry WHERE user_id = ? AND id = ?"),
      database.prepare("DELETE FROM item WHERE user_id = ? AND entry_id = ?"),
      database.prepare("DELETE FROM delivery WHERE user_id = ? AND entry_id = ?"),
    ],
    erase: [
      eraseOf("item"),
      eraseOf("delivery"),
      database.prepare("DELETE FROM entry WHERE user_id = ? AND subject = ?"),
      database.prepare("DELETE FROM mute WHERE user_id = ? AND subject = ?"),
    ],
    bury: database.prepare("INSERT INTO tombstone (id, at) VALUES (?, ?)"),
    purge: [
      ...(["inbox", "entry", "item", "mute", "delivery", "push_device"] as const).map(deleteOf),
    ],
  };
}
