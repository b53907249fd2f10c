/**
 * Where inboxes live, in either database: entries with the things in them, what was muted, what has to
 * leave by channels, and a count.
 */

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
  StoredInbox,
  Tombstone,
} from "../../actors/mod.ts";
import type { ActorDatabase, Commits } from "../sql/actor_database.ts";
import { named, read } from "../sql/table.ts";
import { toTombstone } from "../sql/tombstone.ts";
import {
  ENTRY_COLUMNS,
  type EntryRow,
  type InboxSchema,
  IS_COUNTED,
  toEntry,
  toPreferences,
} from "./schema.ts";
import { inboxWritesOf } from "./writes.ts";

/** Inboxes. */
export class SqlInboxStore implements ActorStore<InboxTypes> {
  readonly #database: ActorDatabase<InboxSchema>;
  readonly #commits: Commits<InboxChange>;

  constructor(database: ActorDatabase<InboxSchema>) {
    this.#database = database;
    this.#commits = database.commits(inboxWritesOf);
  }

  async load(id: string): Promise<StoredInbox | Tombstone | undefined> {
    const [row] = await this.#database.read(READS.inbox, [id]);
    if (row === undefined) return undefined;
    if (row.ended_at !== null) return toTombstone({ at: row.ended_at, owner_id: null });
    return { unread: row.unread, preferences: toPreferences(row.preferences) };
  }

  async fetch(id: string, need: InboxNeed): Promise<InboxAnswer> {
    switch (need.type) {
      case "subject":
        return await this.#subject(id, need);
      case "entries":
        return { type: "entries", entries: await this.#entries(id, need.ids) };
      case "count_unread":
        return { type: "count", count: await this.#countUnread(id, need.filter) };
      case "count_read_at": {
        const [row] = await this.#database.read(READS.countReadAt, [id, need.readAt]);
        return { type: "count", count: row?.count ?? 0 };
      }
    }
  }

  commit(batches: readonly Batch<InboxChange>[]): Promise<BatchResult[]> {
    return this.#commits.commit(batches);
  }

  async #subject(
    id: string,
    { subject, eventId }: Extract<InboxNeed, { type: "subject" }>,
  ): Promise<InboxAnswer> {
    const [row] = await this.#database.read(READS.subject, [id, subject, eventId ?? null]);
    return {
      type: "subject",
      isKnown: Boolean(row?.is_known),
      isMuted: Boolean(row?.is_muted),
      isEnded: Boolean(row?.is_ended),
      entry: row === undefined || row.id === null ? undefined : toEntry(row),
    };
  }

  async #entries(id: string, ids: readonly string[]): Promise<InboxEntry[]> {
    const asked = [...new Set(ids)].map((entryId) =>
      this.#database.read(READS.entry, [id, entryId]),
    );
    return (await Promise.all(asked)).flat().map(toEntry);
  }

  async #countUnread(id: string, { app, until }: EntryFilter): Promise<number> {
    const given = [id, app ?? null, until ?? null];
    const [row] = await this.#database.read(READS.countUnread, given);
    return row?.count ?? 0;
  }
}

interface InboxRow {
  unread: number;
  preferences: string | null;
  /** When its life ended. */
  ended_at: number | null;
}

/** An entry or none, with what is known of its subject; the truth is a number in SQLite. */
type SubjectRow = EntryRow &
  Record<"is_known" | "is_muted" | "is_ended", boolean | number> & { id: string | null };

interface CountRow {
  count: number;
}

const COLUMNS = ENTRY_COLUMNS.map((name) => `entry.${name}`).join(", ");
const OWNER = { user_id: "text" } as const;

const READS = named({
  inbox: read<InboxRow>(OWNER, {
    select: `coalesce(inbox.unread, 0) AS unread, inbox.preferences, tombstone.at AS ended_at`,
    from: `LEFT JOIN inbox ON inbox.user_id = given.user_id
      LEFT JOIN tombstone ON tombstone.id = given.user_id
      WHERE inbox.user_id IS NOT NULL OR tombstone.id IS NOT NULL`,
  }),
  entry: read<EntryRow>(
    { ...OWNER, id: "text" },
    {
      select: COLUMNS,
      from: "JOIN entry ON entry.user_id = given.user_id AND entry.id = given.id",
    },
  ),
  subject: read<SubjectRow>(
    { ...OWNER, subject: "text", event_id: "text" },
    {
      select: `${COLUMNS},
        EXISTS (SELECT 1 FROM item
          WHERE item.user_id = given.user_id AND item.event_id = given.event_id) AS is_known,
        EXISTS (SELECT 1 FROM mute
          WHERE mute.user_id = given.user_id AND mute.subject = given.subject) AS is_muted,
        EXISTS (SELECT 1 FROM ended_subject
          WHERE ended_subject.subject = given.subject) AS is_ended`,
      from: `LEFT JOIN entry
        ON entry.subject = given.subject AND entry.user_id = given.user_id`,
    },
  ),
  countUnread: read<CountRow>(
    { ...OWNER, app: "text", until: "time" },
    {
      select: `(SELECT count(*) FROM entry WHERE entry.user_id = given.user_id AND ${IS_COUNTED}
        AND (given.app IS NULL OR entry.app = given.app)
        AND (given.until IS NULL OR entry.at <= given.until)) AS count`,
    },
  ),
  // What was put away since then is not counted, even when it is unread again.
  countReadAt: read<CountRow>(
    { ...OWNER, read_at: "time" },
    {
      select: `(SELECT count(*) FROM entry
        WHERE entry.user_id = given.user_id AND entry.read_at = given.read_at
          AND archived_at IS NULL AND snoozed_until IS NULL AND withdrawn_at IS NULL) AS count`,
    },
  ),
});
