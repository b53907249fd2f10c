/**
 * What a commit has to write, by kind of row instead of by document, so that hundreds of documents
 * take a few statements. Within one document the order of changes decides what is left of them.
 */

import type {
  Batch,
  DocumentChange,
  DocumentLink,
  DomainEvent,
  JournalEntry,
  SharedRole,
} from "../../actors/mod.ts";
import type { Statement } from "../postgres/connections.ts";

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

/** The statements that write these batches, in order. */
export function writesOf(batches: readonly Batch<DocumentChange>[]): Statement[] {
  const all = batches.map(fold);
  return [
    purge(all),
    create(all),
    append(all),
    snapshot(all),
    unlink(all),
    removeMembers(all),
    setMembers(all),
    link(all),
    setDeleted(all),
    tell(all),
  ].filter((statement) => statement !== undefined);
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

// --------------------------------------------------------------------------------- statements

/** A row's cells become a place in one array for each column. */
function rowsOf<Row extends readonly unknown[]>(rows: readonly Row[]): unknown[][] {
  const width = rows[0]?.length ?? 0;
  return Array.from({ length: width }, (_, column) => rows.map((row) => row[column]));
}

function purge(all: readonly DocumentWrites[]): Statement | undefined {
  const rows = all.flatMap(({ id, purged }) =>
    purged ? [[id, purged.at, purged.ownerId ?? null] as const] : [],
  );
  return rows.length === 0 ? undefined : { name: "purge", text: PURGE, values: rowsOf(rows) };
}

function create(all: readonly DocumentWrites[]): Statement | undefined {
  const rows = all.flatMap(({ id, created }) =>
    created ? [[id, created.ownerId, created.at] as const] : [],
  );
  return rows.length === 0 ? undefined : { name: "create", text: CREATE, values: rowsOf(rows) };
}

function append(all: readonly DocumentWrites[]): Statement | undefined {
  const rows = all.flatMap(({ id, appended }) =>
    appended.map(({ entry, update, frontiers }) => journalRow(id, entry, update, frontiers)),
  );
  if (rows.length === 0) return undefined;
  const heads = all.flatMap(({ id, appended }) => {
    const head = appended.at(-1)?.entry;
    return head ? [[id, head.version, head.at, head.authorId] as const] : [];
  });
  return { name: "append", text: APPEND, values: [...rowsOf(rows), ...rowsOf(heads)] };
}

function journalRow(
  id: string,
  { version, operationId, authorId, at, delta }: JournalEntry,
  update: Uint8Array,
  frontiers: Uint8Array,
) {
  return [
    id,
    version,
    operationId,
    authorId,
    at,
    JSON.stringify(delta),
    update,
    frontiers,
  ] as const;
}

function snapshot(all: readonly DocumentWrites[]): Statement | undefined {
  const rows = all.flatMap(({ id, snapshot: taken }) =>
    taken ? [[id, taken.version, taken.bytes] as const] : [],
  );
  return rows.length === 0 ? undefined : { name: "snapshot", text: SNAPSHOT, values: rowsOf(rows) };
}

function unlink(all: readonly DocumentWrites[]): Statement | undefined {
  const rows = all.flatMap(({ id, unlinked }) => [...unlinked].map((link) => [id, link] as const));
  return rows.length === 0 ? undefined : { name: "unlink", text: UNLINK, values: rowsOf(rows) };
}

function removeMembers(all: readonly DocumentWrites[]): Statement | undefined {
  const rows = all.flatMap(({ id, members }) =>
    [...members].flatMap(([userId, member]) => (member ? [] : [[id, userId] as const])),
  );
  return rows.length === 0
    ? undefined
    : { name: "remove_members", text: REMOVE_MEMBERS, values: rowsOf(rows) };
}

function setMembers(all: readonly DocumentWrites[]): Statement | undefined {
  const rows = all.flatMap(({ id, members }) =>
    [...members].flatMap(([userId, member]) =>
      member ? [[id, userId, member.role, member.linkId ?? null] as const] : [],
    ),
  );
  return rows.length === 0
    ? undefined
    : { name: "set_members", text: SET_MEMBERS, values: rowsOf(rows) };
}

function link(all: readonly DocumentWrites[]): Statement | undefined {
  const rows = all.flatMap(({ id, links }) =>
    [...links.values()].map(
      ({ id: linkId, role, tokenHash, createdAt, expiresAt }) =>
        [linkId, id, role, tokenHash, createdAt, expiresAt ?? null] as const,
    ),
  );
  return rows.length === 0 ? undefined : { name: "link", text: LINK, values: rowsOf(rows) };
}

function setDeleted(all: readonly DocumentWrites[]): Statement | undefined {
  const rows = all.flatMap(({ id, deletedAt }) =>
    deletedAt === undefined ? [] : [[id, deletedAt] as const],
  );
  return rows.length === 0
    ? undefined
    : { name: "set_deleted", text: SET_DELETED, values: rowsOf(rows) };
}

function tell(all: readonly DocumentWrites[]): Statement | undefined {
  const rows = all.flatMap(({ events }) =>
    events.map((event) => [event.id, JSON.stringify(event), event.at] as const),
  );
  return rows.length === 0 ? undefined : { name: "tell", text: TELL, values: rowsOf(rows) };
}

const PURGE = `
  WITH text AS (DELETE FROM journal WHERE document_id = ANY ($1::text[])),
    state AS (DELETE FROM snapshot WHERE document_id = ANY ($1::text[])),
    people AS (DELETE FROM member WHERE document_id = ANY ($1::text[])),
    doors AS (DELETE FROM link WHERE document_id = ANY ($1::text[])),
    pins AS (DELETE FROM pin WHERE document_id = ANY ($1::text[])),
    watches AS (DELETE FROM watch WHERE document_id = ANY ($1::text[])),
    mentions AS (DELETE FROM mention WHERE document_id = ANY ($1::text[])),
    words AS (DELETE FROM search WHERE number IN (
      SELECT number FROM document WHERE id = ANY ($1::text[])
    )),
    tombstones AS (INSERT INTO tombstone (id, at, owner_id)
      SELECT * FROM unnest($1::text[], $2::int8[], $3::text[]))
  DELETE FROM document WHERE id = ANY ($1::text[])`;

const CREATE = `
  INSERT INTO document (id, owner_id, created_at, changed_at, changed_by)
  SELECT id, owner_id, at, at, owner_id
  FROM unnest($1::text[], $2::text[], $3::int8[]) AS given (id, owner_id, at)`;

/** The journal, and what each document says of its newest entry. */
const APPEND = `
  WITH entry AS (
    INSERT INTO journal (document_id, version, operation_id, author_id, at, delta, loro_update,
      frontiers)
    SELECT * FROM unnest($1::text[], $2::int4[], $3::text[], $4::text[], $5::int8[], $6::text[],
      $7::bytea[], $8::bytea[])
  )
  UPDATE document SET version = head.version, changed_at = head.at, changed_by = head.author_id
  FROM unnest($9::text[], $10::int4[], $11::int8[], $12::text[])
    AS head (id, version, at, author_id)
  WHERE document.id = head.id`;

/** A snapshot holds what the updates before it hold. */
const SNAPSHOT = `
  WITH taken AS (SELECT * FROM unnest($1::text[], $2::int4[], $3::bytea[]) AS taken (id, version, bytes)),
  state AS (
    INSERT INTO snapshot (document_id, version, bytes) SELECT id, version, bytes FROM taken
    ON CONFLICT (document_id) DO UPDATE SET version = excluded.version, bytes = excluded.bytes
  )
  UPDATE journal SET loro_update = NULL FROM taken
  WHERE journal.document_id = taken.id AND journal.version <= taken.version
    AND journal.loro_update IS NOT NULL`;

const UNLINK = `
  WITH gone AS (SELECT * FROM unnest($1::text[], $2::text[]) AS gone (document_id, link_id)),
  doors AS (DELETE FROM link USING gone WHERE link.id = gone.link_id)
  DELETE FROM member USING gone
  WHERE member.document_id = gone.document_id AND member.link_id = gone.link_id`;

const REMOVE_MEMBERS = `
  DELETE FROM member USING unnest($1::text[], $2::text[]) AS gone (document_id, user_id)
  WHERE member.document_id = gone.document_id AND member.user_id = gone.user_id`;

const SET_MEMBERS = `
  INSERT INTO member (document_id, user_id, role, link_id)
  SELECT * FROM unnest($1::text[], $2::text[], $3::text[], $4::text[])
  ON CONFLICT (document_id, user_id) DO UPDATE
  SET role = excluded.role, link_id = excluded.link_id`;

const LINK = `
  INSERT INTO link (id, document_id, role, token_hash, created_at, expires_at)
  SELECT * FROM unnest($1::text[], $2::text[], $3::text[], $4::text[], $5::int8[], $6::int8[])`;

const SET_DELETED = `
  UPDATE document SET deleted_at = given.deleted_at
  FROM unnest($1::text[], $2::int8[]) AS given (id, deleted_at) WHERE document.id = given.id`;

const TELL = `
  INSERT INTO outbox (event_id, event, created_at)
  SELECT * FROM unnest($1::text[], $2::text[], $3::int8[])
  ON CONFLICT (event_id) DO NOTHING`;
