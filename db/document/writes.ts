/**
 * What a commit of documents has to write, by kind of row instead of by document, so that hundreds of
 * documents take a few statements in Postgres. Within one document the order of changes decides what is
 * left of them.
 */

import type {
  Batch,
  DocumentChange,
  DocumentLink,
  DomainEvent,
  SharedRole,
} from "../../actors/mod.ts";
import type { WritesOf } from "../sql/actor_database.ts";
import {
  type Cell,
  type Columns,
  insert,
  named,
  type Rows,
  remove,
  update,
  type Write,
  write,
} from "../sql/table.ts";

type Append = Extract<DocumentChange, { type: "append" }>;
type Snapshot = Extract<DocumentChange, { type: "snapshot" }>;

/** What is left of one document's changes. */
interface DocumentWrites {
  id: string;
  purged: { at: number; ownerId: string | undefined } | undefined;
  created: { ownerId: string; at: number } | undefined;
  appended: Append[];
  snapshot: Snapshot | undefined;
  /** By person; undefined takes the role away. */
  members: Map<string, { role: SharedRole; linkId: string | undefined } | undefined>;
  links: Map<string, DocumentLink>;
  unlinked: Set<string>;
  /** The time, or null for a document that was restored. */
  deletedAt: number | null | undefined;
  events: DomainEvent[];
}

/** What batches write in one of the two databases, which divide the work differently. */
export function documentWrites(engine: "sqlite" | "postgres"): WritesOf<DocumentChange> {
  const plan = PLANS[engine];
  return (batches) => {
    const all = batches.map(fold);
    const rows = new Map(SOURCES.map((source) => [source, all.flatMap(source)]));
    return plan.flatMap(([it, source]): Rows[] => {
      const own = rows.get(source) ?? [];
      return own.length === 0 ? [] : [[it, own]];
    });
  };
}

function begin(id: string): DocumentWrites {
  return {
    id,
    purged: undefined,
    created: undefined,
    appended: [],
    snapshot: undefined,
    members: new Map(),
    links: new Map(),
    unlinked: new Set(),
    deletedAt: undefined,
    events: [],
  };
}

function fold({ id, changes }: Batch<DocumentChange>): DocumentWrites {
  let writes = begin(id);
  for (const change of changes) {
    // Whatever came before is gone with the document; only that it was told remains.
    if (change.type === "purge") {
      writes = { ...begin(id), purged: change, events: writes.events };
    } else foldChange(writes, change);
  }
  return writes;
}

function foldChange(writes: DocumentWrites, change: Exclude<DocumentChange, { type: "purge" }>) {
  switch (change.type) {
    case "create":
      writes.created = change;
      break;
    case "append":
      writes.appended.push(change);
      break;
    case "snapshot":
      writes.snapshot = change;
      break;
    case "member": {
      const { userId, role, linkId } = change;
      writes.members.set(userId, role && { role, linkId });
      break;
    }
    case "link":
      writes.links.set(change.link.id, change.link);
      break;
    case "unlink":
      foldUnlink(writes, change.linkId);
      break;
    case "delete":
      writes.deletedAt = change.at;
      break;
    case "restore":
      writes.deletedAt = null;
      break;
    case "event":
      writes.events.push(change.event);
      break;
  }
}

/** Whoever came by a link goes with it. */
function foldUnlink(writes: DocumentWrites, linkId: string): void {
  writes.links.delete(linkId);
  writes.unlinked.add(linkId);
  for (const [userId, member] of writes.members) {
    if (member?.linkId === linkId) writes.members.set(userId, undefined);
  }
}

// -------------------------------------------------------------------------------------- rows

/** The rows of one kind that a document writes. */
type Source = (writes: DocumentWrites) => Cell[][];

const purged: Source = ({ id, purged: gone }) => (gone ? [[id]] : []);

const buried: Source = ({ id, purged: gone }) =>
  gone ? [[id, gone.at, gone.ownerId ?? null]] : [];

const created: Source = ({ id, created: made }) => {
  return made ? [[id, made.ownerId, made.at, made.at, made.ownerId]] : [];
};

const appended: Source = ({ id, appended: entries }) =>
  entries.map(({ entry, update: bytes, frontiers }) => {
    const { version, operationId, authorId, at, delta } = entry;
    return [id, version, operationId, authorId, at, JSON.stringify(delta), bytes, frontiers];
  });

/** What a document says of its newest entry. */
const heads: Source = ({ id, appended: entries }) => {
  const head = entries.at(-1)?.entry;
  return head ? [[head.version, head.at, head.authorId, id]] : [];
};

const snapshots: Source = ({ id, snapshot: taken }) => {
  return taken ? [[id, taken.version, taken.bytes]] : [];
};

const held: Source = ({ id, snapshot: taken }) => (taken ? [[id, taken.version]] : []);

const unlinked: Source = ({ unlinked: links }) => [...links].map((link) => [link]);

const membersUnlinked: Source = ({ id, unlinked: links }) => [...links].map((link) => [id, link]);

const membersGone: Source = ({ id, members }) =>
  [...members].flatMap(([userId, member]) => (member ? [] : [[id, userId]]));

const membersSet: Source = ({ id, members }) =>
  [...members].flatMap(([userId, member]) =>
    member ? [[id, userId, member.role, member.linkId ?? null]] : [],
  );

const linked: Source = ({ id, links }) =>
  [...links.values()].map(({ id: linkId, role, tokenHash, createdAt, expiresAt }) => [
    ...[linkId, id, role, tokenHash, createdAt, expiresAt ?? null],
  ]);

const deleted: Source = ({ id, deletedAt }) => (deletedAt === undefined ? [] : [[deletedAt, id]]);

const told: Source = ({ events }) =>
  events.map((event) => [event.id, JSON.stringify(event), event.at]);

const SOURCES: readonly Source[] = [
  ...[purged, buried, created, appended, heads, snapshots, held, unlinked, membersUnlinked],
  ...[membersGone, membersSet, linked, deleted, told],
];

// --------------------------------------------------------------------------------- statements

const OF_DOCUMENT = { document_id: "text" } as const;
const JOURNAL: Columns = {
  ...{ document_id: "text", version: "int", operation_id: "text", author_id: "text", at: "time" },
  ...{ delta: "text", loro_update: "bytes", frontiers: "bytes" },
};
const SNAPSHOT: Columns = { document_id: "text", version: "int", bytes: "bytes" };

const entry = insert("journal", JOURNAL);
const snapshot = insert("snapshot", SNAPSHOT, { key: ["document_id"], onConflict: "replace" });

const WRITES = named({
  // What may be large is erased in slices in SQLite: see `remains.ts`.
  remains: write(
    { id: "text" },
    `INSERT INTO remains (number, document_id)
      SELECT document.number, document.id FROM given JOIN document ON document.id = given.id`,
  ),
  purge_journal: remove("journal", OF_DOCUMENT),
  purge_snapshot: remove("snapshot", OF_DOCUMENT),
  purge_search: write(
    { id: "text" },
    `DELETE FROM search WHERE number IN (
      SELECT document.number FROM given JOIN document ON document.id = given.id)`,
  ),
  purge_member: remove("member", OF_DOCUMENT),
  purge_link: remove("link", OF_DOCUMENT),
  purge_pin: remove("pin", OF_DOCUMENT),
  purge_watch: remove("watch", OF_DOCUMENT),
  purge_mention: remove("mention", OF_DOCUMENT),
  purge_document: remove("document", { id: "text" }),
  bury: insert("tombstone", { id: "text", at: "time", owner_id: "text" }),
  create: insert("document", {
    ...{ id: "text", owner_id: "text", created_at: "time", changed_at: "time", changed_by: "text" },
  }),
  // Postgres takes the head from the entries: one statement less for every edit.
  append: {
    columns: JOURNAL,
    sqlite: entry.sqlite,
    postgres: `WITH entry AS (${entry.postgres} RETURNING document_id, version, at, author_id)
      UPDATE document SET version = head.version, changed_at = head.at, changed_by = head.author_id
      FROM (SELECT DISTINCT ON (document_id) document_id, version, at, author_id
        FROM entry ORDER BY document_id, version DESC) AS head
      WHERE document.id = head.document_id`,
  },
  head: update(
    "document",
    { version: "int", changed_at: "time", changed_by: "text" },
    { id: "text" },
  ),
  // A snapshot holds what the updates before it hold.
  snapshot: {
    columns: SNAPSHOT,
    sqlite: snapshot.sqlite,
    postgres: `WITH taken AS (${snapshot.postgres} RETURNING document_id, version)
      UPDATE journal SET loro_update = NULL FROM taken
      WHERE journal.document_id = taken.document_id AND journal.version <= taken.version
        AND journal.loro_update IS NOT NULL`,
  },
  forget_updates: write(
    { document_id: "text", version: "int" },
    `UPDATE journal SET loro_update = NULL FROM given
      WHERE journal.document_id = given.document_id AND journal.version <= given.version
        AND journal.loro_update IS NOT NULL`,
  ),
  unlink: remove("link", { id: "text" }),
  remove_unlinked: remove("member", { document_id: "text", link_id: "text" }),
  remove_member: remove("member", { document_id: "text", user_id: "text" }),
  set_member: insert(
    "member",
    { document_id: "text", user_id: "text", role: "text", link_id: "text" },
    { key: ["document_id", "user_id"], onConflict: "replace" },
  ),
  link: insert("link", {
    ...{ id: "text", document_id: "text", role: "text", token_hash: "text" },
    ...{ created_at: "time", expires_at: "time" },
  }),
  set_deleted: update("document", { deleted_at: "time" }, { id: "text" }),
  tell: insert(
    "outbox",
    { event_id: "text", event: "text", created_at: "time" },
    { key: ["event_id"], onConflict: "ignore" },
  ),
});

type Plan = readonly (readonly [write: Write, source: Source])[];

const PURGE: Plan = [
  ...[WRITES.purge_member, WRITES.purge_link, WRITES.purge_pin],
  ...[WRITES.purge_watch, WRITES.purge_mention, WRITES.purge_document],
].map((it) => [it, purged]);

const SHARING: Plan = [
  [WRITES.unlink, unlinked],
  [WRITES.remove_unlinked, membersUnlinked],
  [WRITES.remove_member, membersGone],
  [WRITES.set_member, membersSet],
  [WRITES.link, linked],
  [WRITES.set_deleted, deleted],
  [WRITES.tell, told],
];

/** What is written, in order. */
const PLANS: Record<"sqlite" | "postgres", Plan> = {
  sqlite: [
    [WRITES.remains, purged],
    ...PURGE,
    [WRITES.bury, buried],
    [WRITES.create, created],
    [WRITES.append, appended],
    [WRITES.head, heads],
    [WRITES.snapshot, snapshots],
    [WRITES.forget_updates, held],
    ...SHARING,
  ],
  postgres: [
    [WRITES.purge_journal, purged],
    [WRITES.purge_snapshot, purged],
    [WRITES.purge_search, purged],
    ...PURGE,
    [WRITES.bury, buried],
    [WRITES.create, created],
    [WRITES.append, appended],
    [WRITES.snapshot, snapshots],
    ...SHARING,
  ],
};
