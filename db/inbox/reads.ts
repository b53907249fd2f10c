/**
 * What inboxes read before they decide. When thousands of people are told something at once, each
 * needs its count and its entry: hundreds of those are one statement.
 */

import {
  type EntryFilter,
  type InboxAnswer,
  type InboxEntry,
  type InboxNeed,
  limits,
  type StoredInbox,
  type Tombstone,
} from "../../actors/mod.ts";
import type { PostgresConnections } from "../postgres/connections.ts";
import { GatheredReads } from "../postgres/gathered_reads.ts";
import { toTombstone } from "../sql/tombstone.ts";
import { ENTRY_COLUMNS, IS_COUNTED, toEntry, toPreferences } from "./schema.ts";

type SubjectAnswer = Extract<InboxAnswer, { type: "subject" }>;

interface SubjectQuestion {
  userId: string;
  subject: string;
  eventId: string | undefined;
}

interface EntriesQuestion {
  userId: string;
  ids: readonly string[];
}

/** Reads of inboxes. */
export class InboxReads {
  readonly #connections: PostgresConnections;
  readonly #loads: GatheredReads<string, StoredInbox | Tombstone | undefined>;
  readonly #subjects: GatheredReads<SubjectQuestion, SubjectAnswer>;
  readonly #entries: GatheredReads<EntriesQuestion, InboxEntry[]>;

  constructor(connections: PostgresConnections) {
    this.#connections = connections;
    const sizes = { questionsMax: limits.inboxesReadMax, queriesMax: limits.loadQueriesMax };
    this.#loads = new GatheredReads((ids) => this.#loadAll(ids), sizes);
    this.#subjects = new GatheredReads((questions) => this.#subjectsOf(questions), sizes);
    this.#entries = new GatheredReads((questions) => this.#entriesOf(questions), sizes);
  }

  /** Reads one inbox. */
  load(id: string): Promise<StoredInbox | Tombstone | undefined> {
    return this.#loads.read(id);
  }

  /** Answers what one inbox needs. */
  async fetch(userId: string, need: InboxNeed): Promise<InboxAnswer> {
    switch (need.type) {
      case "subject": {
        const { subject, eventId } = need;
        return await this.#subjects.read({ userId, subject, eventId });
      }
      case "entries":
        return { type: "entries", entries: await this.#entries.read({ userId, ids: need.ids }) };
      case "count_unread":
        return { type: "count", count: await this.#countUnread(userId, need.filter) };
      case "count_read_at":
        return { type: "count", count: await this.#countReadAt(userId, need.readAt) };
    }
  }

  async #loadAll(ids: readonly string[]): Promise<(StoredInbox | Tombstone | undefined)[]> {
    const { rows } = await this.#connections.query({ name: "load", text: LOAD, values: [ids] });
    const found = new Map(rows.map((row) => [row.user_id, row]));
    return ids.map((id) => {
      const row = found.get(id);
      if (row === undefined || row.ended_at !== null) {
        return row && toTombstone({ at: row.ended_at, owner_id: null });
      }
      return { unread: row.unread, preferences: toPreferences(row.preferences) };
    });
  }

  async #subjectsOf(questions: readonly SubjectQuestion[]): Promise<SubjectAnswer[]> {
    const { rows } = await this.#connections.query({
      name: "subjects",
      text: SUBJECTS,
      values: [
        questions.map(({ userId }) => userId),
        questions.map(({ subject }) => subject),
        questions.map(({ eventId }) => eventId ?? null),
      ],
    });
    return rows.map((row) => ({
      type: "subject",
      isKnown: row.is_known,
      isMuted: row.is_muted,
      isEnded: row.is_ended,
      entry: row.id === null ? undefined : toEntry(row),
    }));
  }

  async #entriesOf(questions: readonly EntriesQuestion[]): Promise<InboxEntry[][]> {
    const numbers: number[] = [];
    const userIds: string[] = [];
    const ids: string[] = [];
    for (const [number, question] of questions.entries()) {
      for (const id of new Set(question.ids)) {
        numbers.push(number);
        userIds.push(question.userId);
        ids.push(id);
      }
    }
    const { rows } = await this.#connections.query({
      ...{ name: "entries", text: ENTRIES, values: [numbers, userIds, ids] },
    });
    const answers = questions.map((): InboxEntry[] => []);
    for (const row of rows) answers[row.number]?.push(toEntry(row));
    return answers;
  }

  async #countUnread(userId: string, { app, until }: EntryFilter): Promise<number> {
    const { rows } = await this.#connections.query({
      name: "count_unread",
      text: `SELECT count(*) AS n FROM entry WHERE user_id = $1 AND ${IS_COUNTED}
        AND ($2::text IS NULL OR app = $2) AND ($3::int8 IS NULL OR at <= $3)`,
      values: [userId, app ?? null, until ?? null],
    });
    return rows[0].n;
  }

  /** What was put away since then is not counted, even when it is unread again. */
  async #countReadAt(userId: string, readAt: number): Promise<number> {
    const { rows } = await this.#connections.query({
      name: "count_read_at",
      text: `SELECT count(*) AS n FROM entry WHERE user_id = $1 AND read_at = $2
        AND archived_at IS NULL AND snoozed_until IS NULL AND withdrawn_at IS NULL`,
      values: [userId, readAt],
    });
    return rows[0].n;
  }
}

const COLUMNS = ENTRY_COLUMNS.map((name) => `entry.${name}`).join(", ");

const LOAD = `
  SELECT user_id, unread, preferences, NULL::int8 AS ended_at
  FROM inbox WHERE user_id = ANY ($1::text[])
  UNION ALL
  SELECT id, 0, NULL, at FROM tombstone WHERE id = ANY ($1::text[])`;

const SUBJECTS = `
  SELECT ${COLUMNS},
    EXISTS (SELECT FROM item WHERE item.user_id = given.user_id AND item.event_id = given.event_id)
      AS is_known,
    EXISTS (SELECT FROM mute WHERE mute.user_id = given.user_id AND mute.subject = given.subject)
      AS is_muted,
    EXISTS (SELECT FROM ended_subject WHERE ended_subject.subject = given.subject) AS is_ended
  FROM unnest($1::text[], $2::text[], $3::text[])
    WITH ORDINALITY AS given (user_id, subject, event_id, number)
  LEFT JOIN entry ON entry.subject = given.subject AND entry.user_id = given.user_id
  ORDER BY given.number`;

const ENTRIES = `
  SELECT given.number, ${COLUMNS}
  FROM unnest($1::int4[], $2::text[], $3::text[]) AS given (number, user_id, id)
  JOIN entry ON entry.user_id = given.user_id AND entry.id = given.id`;
