/**
 * What a commit of inboxes has to write, by kind of row instead of by inbox, so that hundreds of inboxes
 * take a few statements in Postgres. Where the order of one inbox's changes matters, it is kept: changes
 * stand in rounds, and one that must not come before another of a later kind waits for the next round.
 * Nearly always there is one.
 */

import type { Batch, InboxChange } from "../../actors/mod.ts";
import {
  type Cell,
  type Columns,
  insert,
  named,
  type Rows,
  remove,
  type Write,
  write,
} from "../sql/table.ts";
import { deliveryCells, ENTRY_COLUMNS, entryCells, IS_COUNTED, itemCells } from "./schema.ts";

type Ordered = Extract<
  InboxChange,
  { type: "entry" | "forget" | "read_all" | "unread_all" | "mute" | "unmute" | "erase" }
>;

/** The kinds of changes in one round, in the order in which they are written. */
const KINDS = [
  ...(["entry", "forget", "read_all", "unread_all", "mute", "unmute", "erase"] as const),
] as const;

type Kind = (typeof KINDS)[number];
type Round = Record<Kind | "item", Cell[][]>;

/** Everything that is left to be written. */
interface Writes {
  purged: Cell[][];
  buried: Cell[][];
  deliveries: Cell[][];
  rounds: Round[];
  preferences: Cell[][];
  unread: Cell[][];
}

/** What these batches write, in order. */
export function inboxWritesOf(batches: readonly Batch<InboxChange>[]): Rows[] {
  const writes: Writes = {
    ...{ purged: [], buried: [], deliveries: [], rounds: [], preferences: [], unread: [] },
  };
  for (const batch of batches) gather(writes, batch);
  const all: Rows[] = [
    ...PURGE.map((purge): Rows => [purge, writes.purged]),
    [WRITES.bury, writes.buried],
    [WRITES.deliver, writes.deliveries],
    ...writes.rounds.flatMap(rowsOfRound),
    [WRITES.preferences, writes.preferences],
    [WRITES.unread, writes.unread],
  ];
  return all.filter(([, rows]) => rows.length > 0);
}

function rowsOfRound(round: Round): Rows[] {
  return KINDS.flatMap((kind) =>
    ORDER[kind].map((it): Rows => [it, it === WRITES.item ? round.item : round[kind]]),
  );
}

function gather(writes: Writes, { id, changes }: Batch<InboxChange>): void {
  // Whatever came before it is gone with the person.
  const purgedAt = changes.findLastIndex(({ type }) => type === "purge");
  const purge = changes[purgedAt];
  if (purge?.type === "purge") {
    writes.purged.push([id]);
    writes.buried.push([id, purge.at]);
  }
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

// -------------------------------------------------------------------------------------- rows

const OWNER = { user_id: "text" } as const;
const SUBJECT = { user_id: "text", subject: "text" } as const;
const OF_ENTRY = { user_id: "text", entry_id: "text" } as const;

/** Columns that hold no text. */
const ENTRY_TYPES: Columns = {
  ...{ at: "time", items: "int", unread_items: "int", read_at: "time", archived_at: "time" },
  ...{ snoozed_until: "time", withdrawn_at: "time" },
};
const ENTRY: Columns = {
  ...OWNER,
  ...Object.fromEntries(ENTRY_COLUMNS.map((name) => [name, ENTRY_TYPES[name] ?? "text"])),
  app: "text",
};

/** The entries about what is given. */
const ABOUT_GIVEN = `SELECT entry.user_id, entry.id FROM given
  JOIN entry ON entry.subject = given.subject AND entry.user_id = given.user_id`;

const WRITES = named({
  purge_inbox: remove("inbox", OWNER),
  purge_entry: remove("entry", OWNER),
  purge_item: remove("item", OWNER),
  purge_mute: remove("mute", OWNER),
  purge_delivery: remove("delivery", OWNER),
  purge_device: remove("push_device", OWNER),
  bury: insert("tombstone", { id: "text", at: "time" }),
  deliver: insert(
    "delivery",
    {
      ...{ user_id: "text", id: "text", entry_id: "text", channel: "text", pace: "text" },
      ...{ notification: "text", due_at: "time", state: "text", answer: "text", done_at: "time" },
    },
    { key: ["id"], onConflict: "ignore" },
  ),
  // A row that is there already keeps its id.
  entry: insert("entry", ENTRY, {
    key: ["subject", "user_id"],
    keep: ["id"],
    onConflict: "replace",
  }),
  item: insert("item", {
    ...{ user_id: "text", entry_id: "text", event_id: "text", kind: "text", reason: "text" },
    ...{ by_id: "text", by_name: "text", at: "time" },
  }),
  forget_item: remove("item", OF_ENTRY),
  forget_delivery: remove("delivery", OF_ENTRY),
  forget_entry: write(
    OF_ENTRY,
    "DELETE FROM entry WHERE (user_id, id) IN (SELECT user_id, entry_id FROM given)",
  ),
  read_all: write(
    { ...OWNER, now: "time", app: "text", until: "time" },
    `UPDATE entry SET read_at = given.now FROM given
      WHERE entry.user_id = given.user_id AND ${IS_COUNTED}
        AND (given.app IS NULL OR entry.app = given.app)
        AND (given.until IS NULL OR entry.at <= given.until)`,
  ),
  unread_all: write(
    { ...OWNER, read_at: "time" },
    `UPDATE entry
      SET read_at = NULL, unread_items = CASE WHEN unread_items < 1 THEN 1 ELSE unread_items END
      FROM given WHERE entry.user_id = given.user_id AND entry.read_at = given.read_at`,
  ),
  mute: write(
    { ...SUBJECT, at: "time" },
    `INSERT INTO mute (user_id, subject, title, at)
      SELECT given.user_id, given.subject, coalesce(entry.title, ''), given.at FROM given
      LEFT JOIN entry ON entry.subject = given.subject AND entry.user_id = given.user_id
      WHERE true
      ON CONFLICT (user_id, subject) DO UPDATE SET title = excluded.title, at = excluded.at`,
  ),
  unmute: remove("mute", SUBJECT),
  erase_item: write(SUBJECT, `DELETE FROM item WHERE (user_id, entry_id) IN (${ABOUT_GIVEN})`),
  erase_delivery: write(
    SUBJECT,
    `DELETE FROM delivery WHERE (user_id, entry_id) IN (${ABOUT_GIVEN})`,
  ),
  erase_entry: remove("entry", SUBJECT),
  erase_mute: remove("mute", SUBJECT),
  preferences: insert(
    "inbox",
    { ...OWNER, preferences: "text" },
    { key: ["user_id"], onConflict: "replace" },
  ),
  unread: insert("inbox", { ...OWNER, unread: "int" }, { key: ["user_id"], onConflict: "replace" }),
});

const PURGE: readonly Write[] = [
  ...[WRITES.purge_inbox, WRITES.purge_entry, WRITES.purge_item],
  ...[WRITES.purge_mute, WRITES.purge_delivery, WRITES.purge_device],
];

/** What each kind of change writes in its round; the things in an entry have rows of their own. */
const ORDER: Record<Kind, readonly Write[]> = {
  entry: [WRITES.entry, WRITES.item],
  forget: [WRITES.forget_item, WRITES.forget_delivery, WRITES.forget_entry],
  read_all: [WRITES.read_all],
  unread_all: [WRITES.unread_all],
  mute: [WRITES.mute],
  unmute: [WRITES.unmute],
  erase: [WRITES.erase_item, WRITES.erase_delivery, WRITES.erase_entry, WRITES.erase_mute],
};
