/**
 * What the suite needs of the outside, as interfaces. `db/` implements them, `routes/` uses them, and
 * only `server.ts` knows both. Times are milliseconds since 1970; zones are IANA names.
 */

import type { Delta } from "./delta.ts";
import type { DomainEvent } from "./events.ts";
import type { PersonId } from "./ids.ts";

// ------------------------------------------------------------------------------------ health

/**
 * Whether a part that the suite stands on can be used. "full" can be read and not written; "slow" answers
 * later than it should; "corrupt" has damaged data, and the rest of it may work.
 */
export type PartState = "ok" | "slow" | "full" | "down" | "corrupt";

// ---------------------------------------------------------------------------------- accounts

/** What a person may do in the suite as a whole. */
export type Role = "administrator" | "member" | "guest";

/** How the suite looks: as the system does, or always the same. */
export type Theme = "system" | "light" | "dark";

/** A person with an account, and how the suite looks for them. */
export interface Account {
  id: PersonId;
  email: string;
  name: string;
  role: Role;
  timeZone: string;
  /** A BCP 47 tag. */
  language: string;
  theme: Theme;
  /** Whether single-key shortcuts are on. */
  shortcuts: boolean;
  createdAt: number;
}

/** What others see of a person; the address only where they may, see `routes/account/people.ts`. */
export interface Person {
  id: PersonId;
  name: string;
  email?: string;
}

/** What a person may change about themselves. */
export type AccountPatch = Partial<
  Pick<Account, "name" | "timeZone" | "language" | "theme" | "shortcuts" | "role">
>;

/** One browser that is signed in. */
export interface Session {
  /** Public: names the session in lists; it cannot be used to sign in. */
  id: string;
  userId: PersonId;
  /** What the browser said it is, such as "Firefox on Linux". */
  device: string;
  address: string;
  createdAt: number;
  lastUsedAt: number;
  expiresAt: number;
}

/** A link with which an account can be made. The token itself is never stored. */
export interface Invitation {
  id: string;
  role: Role;
  createdBy: PersonId;
  createdAt: number;
  expiresAt: number;
  usedAt: number | undefined;
  usedBy: PersonId | undefined;
}

/** What lets somebody make an account and is used up by it. */
export type Entry =
  | { type: "invitation"; tokenHash: string }
  /** The link of the first start, for the first account only. */
  | { type: "setup"; tokenHash: string };

/** People and the ways in. */
export interface AccountStore {
  count(): Promise<number>;
  /**
   * Uses up the entry in the same transaction. Throws `conflict` (field `email`) when the address is
   * taken, compared without case, and `expired` when the entry is used, revoked or too old.
   */
  create(account: Account, passwordHash: string, entry?: Entry): Promise<void>;
  find(id: PersonId): Promise<Account | undefined>;
  /** Those of many that there are, by their ids. */
  findAll(ids: readonly PersonId[]): Promise<Map<string, Account>>;
  findByEmail(email: string): Promise<{ account: Account; passwordHash: string } | undefined>;
  passwordHash(id: PersonId): Promise<string | undefined>;
  people(ids: readonly PersonId[]): Promise<Map<string, Person>>;
  /** People whose name or address contains the query, best match first. */
  search(query: string, limit: number): Promise<Person[]>;
  list(): Promise<Account[]>;
  /** Throws `conflict` (field `role`) when the last administrator would be none anymore. */
  update(id: PersonId, patch: AccountPatch): Promise<void>;
  setPasswordHash(id: PersonId, passwordHash: string): Promise<void>;

  createInvitation(invitation: Invitation, tokenHash: string): Promise<void>;
  /** An invitation that is neither used nor expired. */
  findInvitation(tokenHash: string, now: number): Promise<Invitation | undefined>;
  /** The newest ones, newest first, also those that are used or expired. */
  listInvitations(): Promise<Invitation[]>;
  revokeInvitation(id: string): Promise<void>;

  /** Replaces the one setup link there may be. */
  setSetupToken(tokenHash: string, expiresAt: number): Promise<void>;
  /** Whether this is the setup link, not expired, and nobody has an account yet. */
  isSetupToken(tokenHash: string, now: number): Promise<boolean>;

  getSetting(name: string): Promise<string | undefined>;
  setSetting(name: string, value: string | undefined): Promise<void>;
  /** Sets it unless it is set already, and answers what it is then. */
  initSetting(name: string, value: string): Promise<string>;
}

/** Browser sessions. A token is a secret; only its hash is stored. */
export interface SessionStore {
  create(
    userId: PersonId,
    from: { device: string; address: string },
  ): Promise<{
    token: string;
    session: Session;
  }>;
  /** The session and its account, or undefined when there is none or it expired; renews it. */
  validate(token: string): Promise<{ session: Session; account: Account } | undefined>;
  /**
   * Those of many tokens that name no session anymore; the others are in use, which is written down in
   * one write.
   */
  ended(tokens: readonly string[]): Promise<string[]>;
  /** Those of many sessions that are none anymore, whatever ended them and where. */
  endedIds(sessionIds: readonly string[]): Promise<string[]>;
  list(userId: PersonId): Promise<Session[]>;
  /** Whether the person had such a session. */
  revoke(userId: PersonId, sessionId: string): Promise<boolean>;
  /** Ends all sessions of a person but the one that is kept; answers the ids of those that ended. */
  revokeAll(userId: PersonId, keepSessionId?: string): Promise<string[]>;
  deleteExpired(): Promise<void>;
}

/** Slow hashes for passwords (Argon2id). */
export interface PasswordHasher {
  hash(password: string): Promise<string>;
  /** Without a hash the answer is false after the same work, so that time tells nothing. */
  verify(password: string, hash: string | undefined): Promise<boolean>;
}

/** Counts attempts and says when enough is enough. Shared by all nodes in a cluster. */
export interface Throttle {
  /**
   * Counts an attempt before it is made, so that many at once do not slip through. Answers the seconds
   * to wait, or 0 when it may go on; one that has to wait does not count. A heavy one counts as several.
   */
  attempt(key: string, points?: number): Promise<number>;
  /** Takes one attempt back, because it was no failure. */
  forgive(key: string): Promise<void>;
  /** Forgets all attempts. */
  clear(key: string): Promise<void>;
}

// --------------------------------------------------------------------------------- documents

/** What a person may do with one document. */
export type DocumentRole = "owner" | "write" | "read";

/** A role that can be given away. */
export type SharedRole = "write" | "read";

/** Somebody a document is shared with. */
export interface DocumentMember {
  userId: PersonId;
  role: SharedRole;
  /** The link they came by; revoking it takes their role away. */
  linkId: string | undefined;
}

/** A link that opens a document to whoever has it. */
export interface DocumentLink {
  id: string;
  role: SharedRole;
  /** SHA-256 of the token, hexadecimal. */
  tokenHash: string;
  createdAt: number;
  expiresAt: number | undefined;
}

/** One accepted edit. */
export interface JournalEntry {
  version: number;
  operationId: string;
  /** A user's id, or `link:` and a link's id. */
  authorId: string;
  at: number;
  delta: Delta;
}

/** A document as the store knows it. */
export interface StoredDocument {
  id: string;
  ownerId: PersonId;
  createdAt: number;
  deletedAt: number | undefined;
  /** The number of edits so far; also the version of the text. */
  version: number;
  members: DocumentMember[];
  links: DocumentLink[];
  /** Loro bytes of the state at a version. */
  snapshot: { version: number; bytes: Uint8Array } | undefined;
  /** Loro updates after the snapshot, in order. */
  updates: { version: number; bytes: Uint8Array }[];
  /** The newest entries, oldest first, at most `limits.recentVersionsLoadedMax`. */
  recent: JournalEntry[];
}

/** What one turn of a document has to write. */
export type DocumentChange =
  | { type: "create"; ownerId: PersonId; at: number }
  | { type: "append"; entry: JournalEntry; update: Uint8Array; frontiers: Uint8Array }
  | { type: "snapshot"; version: number; bytes: Uint8Array }
  | { type: "member"; userId: PersonId; role: SharedRole | undefined; linkId?: string | undefined }
  | { type: "link"; link: DocumentLink }
  | { type: "unlink"; linkId: string }
  | { type: "delete"; at: number }
  | { type: "restore" }
  /** Nothing of it is left but a tombstone, which says whose it was. */
  | { type: "purge"; at: number; ownerId: PersonId | undefined }
  /** Goes into the outbox. */
  | { type: "event"; event: DomainEvent };

/** What a document's behavior may have to read. */
export type DocumentNeed =
  | { type: "entries"; afterVersion: number }
  /** Whether an operation was accepted after a version. */
  | { type: "operation"; operationId: string; afterVersion: number };

/** The answer to it; `entries` are in order and without gaps, or undefined when they are gone. */
export type DocumentAnswer =
  | { type: "entries"; entries: JournalEntry[] | undefined }
  | { type: "operation"; version: number | undefined };

/** One line of a list of documents. */
export interface DocumentSummary {
  id: string;
  title: string;
  excerpt: string;
  ownerId: PersonId;
  createdAt: number;
  changedAt: number;
  changedBy: string;
  deletedAt: number | undefined;
  words: number;
  /** How many others it is shared with, links not counted. */
  memberCount: number;
  linkCount: number;
}

/** A summary as one person sees it. */
export interface ListedDocument extends DocumentSummary {
  role: DocumentRole;
  pinned: boolean;
}

/** The order of a list. */
export type DocumentSort = "changed" | "created" | "title";
/** Which documents a list shows. */
export type DocumentScope = "all" | "mine" | "shared" | "trash";

/** A part of a list, and where the next one begins. */
export interface Page<Item> {
  items: Item[];
  nextCursor: string | undefined;
}

/** The read side of documents: titles, excerpts, full-text search, permissions by person. */
export interface DocumentQueries {
  list(
    userId: PersonId,
    options: {
      query?: string | undefined;
      sort?: DocumentSort | undefined;
      scope?: DocumentScope | undefined;
      cursor?: string | undefined;
      limit?: number | undefined;
    },
  ): Promise<Page<ListedDocument>>;
  summary(id: string): Promise<DocumentSummary | undefined>;
  /** What a person may do with a document, in the trash or not; undefined means nothing. */
  role(id: string, userId: PersonId): Promise<DocumentRole | undefined>;
  /** The document that a link opens, while it is valid. */
  link(
    tokenHash: string,
    now: number,
  ): Promise<{ documentId: string; link: DocumentLink } | undefined>;
  /** Everybody who has the document in their list. */
  audience(id: string): Promise<PersonId[]>;
  /** Everybody else in a document that a person has access to, each once. */
  acquaintances(userId: PersonId, limit: number): Promise<PersonId[]>;
  setPinned(id: string, userId: PersonId, pinned: boolean): Promise<void>;

  /** Lets a person hear of changes, or not anymore; it counts only while they have access. */
  setWatching(id: string, userId: PersonId, isWatching: boolean): Promise<void>;
  /** Who hears of changes: the owner unless they do not want to, others when they said so. */
  watchers(id: string): Promise<PersonId[]>;
  isWatching(id: string, userId: PersonId): Promise<boolean>;

  /** What the text at a version is made of; undefined when there is no such version anymore. */
  revision(id: string, version: number): Promise<StoredRevision | undefined>;

  /** Documents that were deleted before a time. */
  expired(
    before: number,
    options: { limit: number; cursor?: string | undefined },
  ): Promise<Page<{ id: string; ownerId: PersonId }>>;
  /** Documents whose read side is behind their write side. */
  unprojected(options: { limit: number; cursor?: string | undefined }): Promise<Page<string>>;
  project(id: string, projection: DocumentProjection): Promise<void>;
}

/** A version of a document's text, in Loro's bytes. */
export interface StoredRevision {
  snapshot: Uint8Array | undefined;
  /** What follows it, in order; both may lead further than the version. */
  updates: Uint8Array[];
  frontiers: Uint8Array;
}

/** What the read side keeps of a document's text. */
export interface DocumentProjection {
  version: number;
  title: string;
  excerpt: string;
  text: string;
  /** Undefined leaves the count as it is. */
  words: number | undefined;
  changedAt: number;
  changedBy: string;
  /**
   * The ids of those whom the text names. Whoever is named for the first time is told by an event;
   * undefined leaves what is known as it is.
   */
  mentions?: readonly PersonId[] | undefined;
}

// ------------------------------------------------------------------------------------- system

/** Structured lines for operators. Fields never carry secrets or what people write. */
export interface Log {
  info(message: string, fields?: Record<string, unknown>): void;
  warn(message: string, fields?: Record<string, unknown>): void;
  error(message: string, fields?: Record<string, unknown>): void;
}

// ------------------------------------------------------------------------------ expensive work

/** Work that may take longer than the main thread can be held. */
export interface Job {
  /** What to do; the program of the workers knows it by this name. */
  name: string;
  /** What to do it with; handed over in pieces, because it may be long. */
  text: string;
  /** The same for what is no text. */
  bytes?: readonly Uint8Array[];
  /** More to do it with; small, and anything that JSON can carry. */
  options?: unknown;
  /** Whose work it is, such as a note and a person: each has only a part of the workers. */
  shares: readonly string[];
}

/** A few processes for expensive work, with a limit for everything: time, memory and what waits. */
export interface WorkerPool {
  /**
   * Resolves with what the job answers. Rejects with `busy` when too much waits, in all or for one of its
   * shares, and with `too_large` when the job took too long or too much memory.
   */
  run(job: Job): Promise<unknown>;
  report(): WorkerPoolReport;
  /** Ends the workers; what waits is rejected with `draining`. */
  close(): Promise<void>;
}

/** How the workers are. */
export interface WorkerPoolReport {
  workers: number;
  waiting: number;
  running: number;
  /** Since the start: jobs that were done, that were ended for their time or memory, and refused. */
  done: number;
  ended: number;
  refused: number;
}

/** Names the steps that the main thread takes, so that one that holds it for long can be found. */
export interface StepMeter {
  /** Takes a synchronous step. */
  step<Value>(name: string, take: () => Value): Value;
}
