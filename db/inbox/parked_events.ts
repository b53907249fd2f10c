/**
 * Events that could not be handled, in the schema of the inboxes, whose side all consumers are on. One
 * table for all groups, whichever way the events came; nodes share it as they share deliveries.
 */

import { type Kysely, type RawBuilder, sql } from "kysely";
import {
  limits,
  type NewParkedEvent,
  type ParkedCounts,
  type ParkedEvent,
  type ParkedEvents,
  type ParkedOutcome,
  parseEvent,
} from "../../actors/mod.ts";
import type { SqlDatabase } from "../sql/dialect.ts";
import type { InboxSchema, ParkedEventRow } from "./schema.ts";

type TakeOptions = Parameters<ParkedEvents["take"]>[2];

/** The table, over either database. */
export class SqlParkedEvents implements ParkedEvents {
  readonly #kysely: Kysely<InboxSchema>;
  readonly #locksRows: boolean;

  constructor({ kysely, dialect }: SqlDatabase<InboxSchema>) {
    this.#kysely = kysely;
    this.#locksRows = dialect.locksRows;
  }

  async park(event: NewParkedEvent): Promise<void> {
    const { group, subjectId } = event;
    await this.#kysely
      .insertInto("parked_event")
      .values({
        group_name: group,
        event_id: event.id,
        subject_id: subjectId,
        event: event.text,
        state: event.state,
        is_holding: event.isHolding ? unlessPassed(sql`${group}`, sql`${subjectId}`) : 0,
        failures: event.failures,
        error: kept(event.error),
        since: event.since,
        due_at: event.dueAt,
      })
      .onConflict((conflict) => conflict.columns(["group_name", "event_id"]).doNothing())
      .execute();
  }

  async isHeld(group: string, subjectId: string): Promise<boolean> {
    const row = await this.#kysely
      .selectFrom("parked_event")
      .select("number")
      .where("group_name", "=", group)
      .where("subject_id", "=", subjectId)
      .where(IS_HOLDING)
      .limit(1)
      .executeTakeFirst();
    return row !== undefined;
  }

  async take(group: string, now: number, options: TakeOptions): Promise<ParkedEvent[]> {
    const taken = await this.#take(group, now, { ...options, which: sql`due.unsettled = 0` });
    if (taken.length === options.limit) return taken;
    const which = sql`due.unsettled > 0 AND NOT EXISTS (
      SELECT 1 FROM parked_event AS tried
      WHERE tried.state = 'waiting' AND tried.unsettled > 1 AND tried.due_at > ${now})`;
    return [...taken, ...(await this.#take(group, now, { ...options, limit: 1, which }))];
  }

  async #take(
    group: string,
    now: number,
    { which, limit, hiddenMs }: TakeOptions & { which: RawBuilder<unknown> },
  ): Promise<ParkedEvent[]> {
    const lock = this.#locksRows ? sql`FOR UPDATE OF due SKIP LOCKED` : sql``;
    const { rows } = await sql<ParkedEventRow>`
      UPDATE parked_event
      SET failures = failures + 1, unsettled = unsettled + 1, due_at = ${now + hiddenMs}
      WHERE number IN (
        SELECT number FROM parked_event AS due
        WHERE state = 'waiting' AND group_name = ${group} AND due_at <= ${now} AND ${which}
          AND NOT EXISTS (
            SELECT 1 FROM parked_event AS older
            WHERE older.group_name = due.group_name AND older.subject_id = due.subject_id
              AND older.state = 'waiting' AND older.is_holding = 1 AND older.number < due.number)
        ORDER BY due_at, number LIMIT ${limit} ${lock})
      RETURNING *`.execute(this.#kysely);
    return rows.map(toParked).sort((one, other) => one.number - other.number);
  }

  async settle(number: number, outcome: ParkedOutcome): Promise<void> {
    if (outcome.state === "handled") {
      await this.#kysely.deleteFrom("parked_event").where("number", "=", number).execute();
      return;
    }
    await this.#kysely
      .updateTable("parked_event")
      .set((set) => {
        switch (outcome.state) {
          case "postponed":
            return { ...SETTLED, failures: set("failures", "-", 1), due_at: outcome.dueAt };
          case "set_aside":
            return { ...SETTLED, state: "set_aside", error: kept(outcome.error) };
          case "waiting":
            return {
              ...SETTLED,
              error: kept(outcome.error),
              due_at: outcome.dueAt,
              is_holding: outcome.isHolding ? unlessPassed(GROUP, SUBJECT) : 0,
            };
        }
      })
      .where("number", "=", number)
      // An administrator may have decided otherwise meanwhile.
      .where(sql<boolean>`state = 'waiting'`)
      .execute();
  }

  async counts(): Promise<ParkedCounts> {
    const rows = await this.#kysely
      .selectFrom("parked_event")
      .select((select) => [
        "state",
        select.fn.countAll<number>().as("count"),
        select.fn.max("number").as("newest"),
      ])
      .groupBy("state")
      .execute();
    const waiting = rows.find(({ state }) => state === "waiting");
    const setAside = rows.find(({ state }) => state === "set_aside");
    return {
      waiting: waiting?.count ?? 0,
      setAside: setAside?.count ?? 0,
      newestSetAside: setAside?.newest,
    };
  }

  async list(limit: number): Promise<ParkedEvent[]> {
    const rows = await this.#kysely
      .selectFrom("parked_event")
      .selectAll()
      .orderBy("state")
      .orderBy("number", "desc")
      .limit(limit)
      .execute();
    return rows.map(toParked);
  }

  async replay(which: number | "all", now: number): Promise<ParkedEvent[]> {
    const rows = await this.#kysely
      .updateTable("parked_event")
      .set({ ...SETTLED, state: "waiting", failures: 0, due_at: now, is_holding: 0 })
      .$if(which === "all", (update) => update.where(sql<boolean>`state = 'set_aside'`))
      .$if(which !== "all", (update) => update.where("number", "=", Number(which)))
      .returningAll()
      .execute();
    return rows.map(toParked);
  }

  async forgetSubject(subjectId: string): Promise<void> {
    await this.#kysely
      .deleteFrom("parked_event")
      .where("subject_id", "=", subjectId)
      .where("event_id", "not like", "%.purged:%")
      .execute();
  }

  async discard(number: number): Promise<ParkedEvent | undefined> {
    const row = await this.#kysely
      .deleteFrom("parked_event")
      .where("number", "=", number)
      .where(sql<boolean>`state = 'set_aside'`)
      .returningAll()
      .executeTakeFirst();
    return row && toParked(row);
  }
}

const SETTLED = { unsettled: 0 };

const GROUP = sql.ref("parked_event.group_name");
const SUBJECT = sql.ref("parked_event.subject_id");

/** 0 where an event of the same subject waits that holds nothing, and else 1. */
function unlessPassed(group: RawBuilder<unknown>, subject: RawBuilder<unknown>) {
  return sql<number>`CASE WHEN EXISTS (
    SELECT 1 FROM parked_event AS other WHERE other.group_name = ${group}
      AND other.subject_id = ${subject} AND other.state = 'waiting' AND other.is_holding = 0
  ) THEN 0 ELSE 1 END`;
}

/** Written out, so that the index of those that wait is used. */
const IS_HOLDING = sql<boolean>`state = 'waiting' AND is_holding = 1`;

/** What is kept of an error; a text cannot have a NUL in Postgres. */
function kept(error: string): string {
  return error.replaceAll("\0", "\ufffd").slice(0, limits.eventErrorUnitsMax).toWellFormed();
}

function toParked(row: ParkedEventRow): ParkedEvent {
  return {
    number: row.number,
    group: row.group_name,
    id: row.event_id,
    event: parseEvent(row.event),
    state: row.state === "set_aside" ? "set_aside" : "waiting",
    failures: row.failures,
    unsettled: row.unsettled,
    error: row.error,
    since: row.since,
    dueAt: row.due_at,
  };
}
