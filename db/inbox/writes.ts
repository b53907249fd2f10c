/**
 * What a commit has to write, by kind of row instead of by inbox, so that hundreds of inboxes take a
 * few statements. Where the order of one inbox's changes matters, it is kept: changes stand in rounds,
 * and one that must not come before another of a later kind waits for the next round. Nearly always
 * there is one.
 */

import type { Batch, InboxChange } from "../../actors/mod.ts";
import type { Statement } from "../postgres/connections.ts";
import { deliveryCells, ENTRY_COLUMNS, entryCells, IS_COUNTED, itemCells } from "./schema.ts";

type Cell = string | number | null;
type Ordered = Extract<
  InboxChange,
  { type: "entry" | "forget" | "read_all" | "unread_all" | "mute" | "unmute" | "erase" }
>;

/** The kinds of rows in one round, in the order in which they are written. */
const KINDS = [
  ...(["entry", "item", "forget", "read_all", "unread_all", "mute", "unmute", "erase"] as const),
] as const;

type Round = Record<(typeof KINDS)[number], Cell[][]>;

/** Everything that is left to be written. */
interface Writes {
  purged: Cell[][];
  deliveries: Cell[][];
  rounds: Round[];
  preferences: Cell[][];
  unread: Cell[][];
}

/** The statements that write these batches, in order. */
export function inboxWritesOf(batches: readonly Batch<InboxChange>[]): Statement[] {
  const writes: Writes = {
    ...{ purged: [], deliveries: [], rounds: [], preferences: [], unread: [] },
  };
  for (const batch of batches) gather(writes, batch);
  return [
    statement("purge", writes.purged),
    statement("deliver", writes.deliveries),
    ...writes.rounds.flatMap((round) => KINDS.map((kind) => statement(kind, round[kind]))),
    statement("preferences", writes.preferences),
    statement("unread", writes.unread),
  ].filter((it) => it !== undefined);
}

function gather(writes: Writes, { id, changes }: Batch<InboxChange>): void {
  // Whatever came before it is gone with the person.
  const purgedAt = changes.findLastIndex(({ type }) => type === "purge");
  const purge = changes[purgedAt];
  if (purge?.type === "purge") writes.purged.push([id, purge.at]);
  const place = new Place(writes.rounds);
  let [preferences, unread]: [Cell, Cell] = [null, null];
  for (const change of changes.slice(purgedAt + 1)) {
    if (change.type === "preferences") preferences = JSON.stringify(change.preferences);
    else if (change.type === "unread") unread = change.unread;
    else if (change.type === "deliver") {
      writes.deliveries.push([id, ...deliveryCells(change.delivery)]);
    } else if (change.type !== "purge") place.add(id, change);
  }
  if (preferences !== null) writes.preferences.push([id, preferences]);
  if (unread !== null) writes.unread.push([id, unread]);
}

/** Where in the rounds the changes of one inbox stand. */
class Place {
  readonly #rounds: Round[];
  readonly #keys = new Set<string>();
  #round = 0;
  #kind = 0;

  constructor(rounds: Round[]) {
    this.#rounds = rounds;
  }

  add(id: string, change: Ordered): void {
    const kind = KINDS.indexOf(change.type);
    const key = `${kind} ${keyOf(change)}`;
    // One statement cannot write a row twice.
    if (kind < this.#kind || this.#keys.has(key)) {
      this.#round++;
      this.#keys.clear();
    }
    this.#kind = kind;
    this.#keys.add(key);
    const round = this.#rounds[this.#round] ?? emptyRound();
    this.#rounds[this.#round] = round;
    round[change.type].push(...rowsOf(id, change));
    if (change.type === "entry" && change.item) {
      round.item.push([id, ...itemCells(change.entry.id, change.item)]);
    }
  }
}

function emptyRound(): Round {
  return {
    ...{ entry: [], item: [], forget: [], read_all: [], unread_all: [], mute: [], unmute: [] },
    erase: [],
  };
}

/** What must not be the same in two changes of one kind in one round. */
function keyOf(change: Ordered): string {
  switch (change.type) {
    case "entry":
      return change.entry.subject;
    case "mute":
    case "unmute":
    case "erase":
      return change.subject;
    default:
      return "";
  }
}

function rowsOf(id: string, change: Ordered): Cell[][] {
  switch (change.type) {
    case "entry":
      return [[id, ...entryCells(change.entry)]];
    case "forget":
      return change.ids.map((entryId) => [id, entryId]);
    case "read_all": {
      const { at, filter } = change;
      return [[id, at, filter.app ?? null, filter.until ?? null]];
    }
    case "unread_all":
      return [[id, change.readAt]];
    case "mute":
      return [[id, change.subject, change.at]];
    case "unmute":
    case "erase":
      return [[id, change.subject]];
  }
}

// --------------------------------------------------------------------------------- statements

/** A row's cells become a place in one array for each column. */
function statement(name: keyof typeof STATEMENTS, rows: readonly Cell[][]): Statement | undefined {
  const [first] = rows;
  if (first === undefined) return undefined;
  const values = first.map((_, column) => rows.map((row) => row[column]));
  return { name, text: STATEMENTS[name], values };
}

const COLUMNS = ENTRY_COLUMNS.join(", ");
const NEW_VALUES = [...ENTRY_COLUMNS.filter((name) => name !== "id"), "app"]
  .map((name) => `${name} = excluded.${name}`)
  .join(", ");

const STATEMENTS = {
  purge: `
    WITH entries AS (DELETE FROM entry WHERE user_id = ANY ($1::text[])),
      things AS (DELETE FROM item WHERE user_id = ANY ($1::text[])),
      mutes AS (DELETE FROM mute WHERE user_id = ANY ($1::text[])),
      deliveries AS (DELETE FROM delivery WHERE user_id = ANY ($1::text[])),
      devices AS (DELETE FROM push_device WHERE user_id = ANY ($1::text[])),
      tombstones AS (INSERT INTO tombstone (id, at)
        SELECT * FROM unnest($1::text[], $2::int8[]))
    DELETE FROM inbox WHERE user_id = ANY ($1::text[])`,
  entry: `
    INSERT INTO entry (user_id, ${COLUMNS}, app)
    SELECT * FROM unnest($1::text[], $2::text[], $3::text[], $4::text[], $5::text[], $6::text[],
      $7::text[], $8::text[], $9::text[], $10::int8[], $11::int4[], $12::int4[], $13::int8[],
      $14::int8[], $15::int8[], $16::int8[], $17::text[])
    ON CONFLICT (subject, user_id) DO UPDATE SET ${NEW_VALUES}`,
  forget: `
    WITH gone AS (SELECT * FROM unnest($1::text[], $2::text[]) AS gone (user_id, id)),
      things AS (DELETE FROM item USING gone
        WHERE item.user_id = gone.user_id AND item.entry_id = gone.id),
      deliveries AS (DELETE FROM delivery USING gone
        WHERE delivery.user_id = gone.user_id AND delivery.entry_id = gone.id)
    DELETE FROM entry USING gone WHERE entry.user_id = gone.user_id AND entry.id = gone.id`,
  read_all: `
    UPDATE entry SET read_at = given.now
    FROM unnest($1::text[], $2::int8[], $3::text[], $4::int8[]) AS given (user_id, now, app, until)
    WHERE entry.user_id = given.user_id AND ${IS_COUNTED}
      AND (given.app IS NULL OR entry.app = given.app)
      AND (given.until IS NULL OR entry.at <= given.until)`,
  unread_all: `
    UPDATE entry SET read_at = NULL, unread_items = greatest(1, unread_items)
    FROM unnest($1::text[], $2::int8[]) AS given (user_id, at)
    WHERE entry.user_id = given.user_id AND entry.read_at = given.at`,
  mute: `
    INSERT INTO mute (user_id, subject, title, at)
    SELECT given.user_id, given.subject, coalesce(entry.title, ''), given.at
    FROM unnest($1::text[], $2::text[], $3::int8[]) AS given (user_id, subject, at)
    LEFT JOIN entry ON entry.subject = given.subject AND entry.user_id = given.user_id
    ON CONFLICT (user_id, subject) DO UPDATE SET title = excluded.title, at = excluded.at`,
  unmute: `
    DELETE FROM mute USING unnest($1::text[], $2::text[]) AS gone (user_id, subject)
    WHERE mute.user_id = gone.user_id AND mute.subject = gone.subject`,
  erase: `
    WITH given AS (SELECT * FROM unnest($1::text[], $2::text[]) AS given (user_id, subject)),
      gone AS (DELETE FROM entry USING given
        WHERE entry.user_id = given.user_id AND entry.subject = given.subject
        RETURNING entry.user_id, entry.id),
      things AS (DELETE FROM item USING gone
        WHERE item.user_id = gone.user_id AND item.entry_id = gone.id),
      deliveries AS (DELETE FROM delivery USING gone
        WHERE delivery.user_id = gone.user_id AND delivery.entry_id = gone.id)
    DELETE FROM mute USING given
    WHERE mute.user_id = given.user_id AND mute.subject = given.subject`,
  item: `
    INSERT INTO item (user_id, entry_id, event_id, kind, reason, by_id, by_name, at)
    SELECT * FROM unnest($1::text[], $2::text[], $3::text[], $4::text[], $5::text[], $6::text[],
      $7::text[], $8::int8[])`,
  deliver: `
    INSERT INTO delivery
      (user_id, id, entry_id, channel, pace, notification, due_at, state, answer, done_at)
    SELECT * FROM unnest($1::text[], $2::text[], $3::text[], $4::text[], $5::text[], $6::text[],
      $7::int8[], $8::text[], $9::text[], $10::int8[])
    ON CONFLICT (id) DO NOTHING`,
  preferences: `
    INSERT INTO inbox (user_id, preferences) SELECT * FROM unnest($1::text[], $2::text[])
    ON CONFLICT (user_id) DO UPDATE SET preferences = excluded.preferences`,
  unread: `
    INSERT INTO inbox (user_id, unread) SELECT * FROM unnest($1::text[], $2::int4[])
    ON CONFLICT (user_id) DO UPDATE SET unread = excluded.unread`,
} as const;
