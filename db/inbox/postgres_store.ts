/** Where inboxes live in Postgres: what is read at a moment, and what is written, goes together. */

import type {
  ActorStore,
  Batch,
  BatchResult,
  InboxAnswer,
  InboxChange,
  InboxNeed,
  InboxTypes,
  StoredInbox,
  Tombstone,
} from "../../actors/mod.ts";
import type { PostgresConnections } from "../postgres/connections.ts";
import { FencedCommits } from "../postgres/fenced_commits.ts";
import { InboxReads } from "./reads.ts";
import { inboxWritesOf } from "./writes.ts";

/** Inboxes in Postgres. */
export class PostgresInboxStore implements ActorStore<InboxTypes> {
  readonly #reads: InboxReads;
  readonly #commits: FencedCommits<InboxChange>;

  constructor({ connections }: { connections: PostgresConnections }) {
    this.#reads = new InboxReads(connections);
    this.#commits = new FencedCommits(connections, inboxWritesOf);
  }

  load(id: string): Promise<StoredInbox | Tombstone | undefined> {
    return this.#reads.load(id);
  }

  fetch(id: string, need: InboxNeed): Promise<InboxAnswer> {
    return this.#reads.fetch(id, need);
  }

  commit(batches: readonly Batch<InboxChange>[]): Promise<BatchResult[]> {
    return this.#commits.commit(batches);
  }
}
