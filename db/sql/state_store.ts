/**
 * Where actors live whose state is small: one row each, written anew as a whole, with what they tell in
 * the same transaction. A noun that needs no rows of its own to be asked for needs no store of its own. Its
 * service has the steps of `migrations/state.ts`, `tombstone.ts` and `outbox.ts`.
 */

import type {
  ActorStore,
  ActorTypes,
  Batch,
  BatchResult,
  DomainEvent,
  Tombstone,
} from "../../actors/mod.ts";
import type { ActorDatabase, Commits } from "./actor_database.ts";
import { type Cell, insert, named, type Rows, read, remove } from "./table.ts";
import { toTombstone } from "./tombstone.ts";

/** What such an actor has to write. */
export type StateChange<State> =
  | { type: "state"; state: State }
  | { type: "event"; event: DomainEvent }
  /** Its life ends. */
  | { type: "purge"; at: number; ownerId: string | undefined };

/** The shapes of such an actor; it never needs to read more before it decides. */
export interface StateTypes extends ActorTypes {
  change: StateChange<this["stored"]>;
  need: never;
  answer: never;
}

/** How states are read and written. */
export interface StateStoreOptions<State> {
  /** Of the shape that is written. Grows by one with each change of the shape. */
  version: number;
  /** Brings a state of an older shape to this one. Throws when that cannot be done. */
  upgrade(state: unknown, version: number): State;
  /** Called when events were committed. */
  onEvents?(): void;
}

/** Actors of one kind, over either database. */
export class SqlStateStore<T extends StateTypes> implements ActorStore<T> {
  readonly #database: ActorDatabase<unknown>;
  readonly #options: StateStoreOptions<T["stored"]>;
  readonly #commits: Commits<T["change"]>;

  constructor(database: ActorDatabase<unknown>, options: StateStoreOptions<T["stored"]>) {
    this.#database = database;
    this.#options = options;
    this.#commits = database.commits((batches) => writesOf(batches, options.version));
  }

  async load(id: string): Promise<T["stored"] | Tombstone | undefined> {
    const [row] = await this.#database.read(READS.state, [id]);
    if (row === undefined) return undefined;
    if (row.ended_at !== null) return toTombstone({ at: row.ended_at, owner_id: row.owner_id });
    const state: unknown = JSON.parse(row.state);
    const { version, upgrade } = this.#options;
    return row.version === version ? state : upgrade(state, row.version);
  }

  fetch(id: string): Promise<never> {
    return Promise.reject(new Error(`Cannot read more of "${id}": its state is all there is`));
  }

  async commit(batches: readonly Batch<T["change"]>[]): Promise<BatchResult[]> {
    const results = await this.#commits.commit(batches);
    const isTold = batches.some(
      ({ changes }, index) =>
        results[index]?.state === "ok" && changes.some(({ type }) => type === "event"),
    );
    if (isTold) this.#options.onEvents?.();
    return results;
  }
}

/** Only the last state of a batch counts, and none from before an end. */
function writesOf(batches: readonly Batch<StateChange<unknown>>[], version: number): Rows[] {
  const rows = { purged: [] as Cell[][], buried: [] as Cell[][], states: [] as Cell[][] };
  const events: Cell[][] = [];
  for (const { id, changes } of batches) {
    let state: unknown;
    for (const change of changes) {
      if (change.type === "state") state = change.state;
      else if (change.type === "event") {
        events.push([change.event.id, JSON.stringify(change.event), change.event.at]);
      } else {
        state = undefined;
        rows.purged.push([id]);
        rows.buried.push([id, change.at, change.ownerId ?? null]);
      }
    }
    if (state !== undefined) rows.states.push([id, version, JSON.stringify(state)]);
  }
  const all: Rows[] = [
    [WRITES.purge, rows.purged],
    [WRITES.bury, rows.buried],
    [WRITES.state, rows.states],
    [WRITES.tell, events],
  ];
  return all.filter(([, own]) => own.length > 0);
}

const WRITES = named({
  purge: remove("state", { id: "text" }),
  bury: insert("tombstone", { id: "text", at: "time", owner_id: "text" }),
  state: insert(
    "state",
    { id: "text", version: "int", state: "text" },
    { key: ["id"], onConflict: "replace" },
  ),
  tell: insert(
    "outbox",
    { event_id: "text", event: "text", created_at: "time" },
    { key: ["event_id"], onConflict: "ignore" },
  ),
});

interface StateRow {
  version: number;
  state: string;
  /** When its life ended, and whose it was. */
  ended_at: number | null;
  owner_id: string | null;
}

const READS = named({
  state: read<StateRow>(
    { id: "text" },
    {
      select: "state.version, state.state, tombstone.at AS ended_at, tombstone.owner_id",
      from: `LEFT JOIN state ON state.id = given.id LEFT JOIN tombstone ON tombstone.id = given.id
        WHERE state.id IS NOT NULL OR tombstone.id IS NOT NULL`,
    },
  ),
});
