/**
 * What Lucia needs to keep sessions, over Kysely. Lucia's "session id" is the secret; it never gets
 * it: what it calls the id is the SHA-256 of the token. Lucia reads the wall clock, so it is told how
 * long a session has left instead of when it ends, and the clock port stays in charge.
 */

import type { DeleteQueryBuilder, DeleteResult, Kysely } from "kysely";
import type { Adapter, DatabaseSession, DatabaseUser, Lucia } from "lucia";
import { type Account, type Clock, type Session, SuiteError } from "../../actors/mod.ts";
import { ACCOUNT_COLUMNS, type AccountSchema, type SessionTable, toAccount } from "./schema.ts";

declare module "lucia" {
  interface Register {
    Lucia: SuiteLucia;
    DatabaseSessionAttributes: SessionAttributes;
    DatabaseUserAttributes: Account;
  }
}

/** What a session has beside its owner and its end. */
export type SessionAttributes = Omit<Session, "userId" | "expiresAt">;

/** Lucia, with what its sessions and users carry. */
export type SuiteLucia = Lucia<{ attributes: SessionAttributes }, { account: Account }>;

/** The adapter over one open database. */
export function sessionAdapter(
  kysely: Kysely<AccountSchema>,
  clock: Clock,
  onEnded: (sessionIds: readonly string[]) => Promise<void>,
): Adapter {
  type Deletion = DeleteQueryBuilder<AccountSchema, "session", DeleteResult>;
  const end = async (choose: (sessions: Deletion) => Deletion) => {
    const ended = await choose(kysely.deleteFrom("session")).returning("id").execute();
    await onEnded(ended.map(({ id }) => id));
  };
  return {
    getSessionAndUser: (tokenHash) => getSessionAndUser(kysely, clock, tokenHash),

    async getUserSessions(userId) {
      const rows = await kysely
        .selectFrom("session")
        .selectAll()
        .where("user_id", "=", userId)
        .orderBy("last_used_at", "desc")
        .orderBy("id", "desc")
        .execute();
      return rows.map((row) => toDatabaseSession(row, clock));
    },

    async setSession(session) {
      await kysely.insertInto("session").values(toRow(session, clock)).execute();
    },

    async updateSessionExpiration(tokenHash, expiresAt) {
      const expires_at = fromLuciaTime(expiresAt, clock);
      await touch(kysely, [tokenHash], { expires_at });
    },

    /** One that was found to be over. */
    async deleteSession(tokenHash) {
      await unlessTheDiskIsFull(() =>
        end((sessions) => sessions.where("token_hash", "=", tokenHash)),
      );
    },

    async deleteUserSessions(userId) {
      await end((sessions) => sessions.where("user_id", "=", userId));
    },

    async deleteExpiredSessions() {
      await end((sessions) => sessions.where("expires_at", "<=", clock.now()));
    },
  };
}

/** Writes down that sessions are in use. */
export async function touch(
  kysely: Kysely<AccountSchema>,
  tokenHashes: readonly string[],
  columns: Partial<Pick<SessionTable, "last_used_at" | "expires_at">>,
): Promise<void> {
  await unlessTheDiskIsFull(() =>
    kysely.updateTable("session").set(columns).where("token_hash", "in", tokenHashes).execute(),
  );
}

/** Reading goes on when the disk is full, and every reader's session is checked. */
async function unlessTheDiskIsFull(write: () => Promise<unknown>): Promise<void> {
  try {
    await write();
  } catch (error) {
    if (!(error instanceof SuiteError && error.code === "store_full")) throw error;
  }
}

async function getSessionAndUser(
  kysely: Kysely<AccountSchema>,
  clock: Clock,
  tokenHash: string,
): Promise<[DatabaseSession, DatabaseUser] | [null, null]> {
  const row = await kysely
    .selectFrom("session")
    .innerJoin("account", "account.id", "session.user_id")
    .select(ACCOUNT_COLUMNS)
    .select([
      "session.token_hash",
      "session.id as session_id",
      "session.device",
      "session.address",
      "session.created_at as session_created_at",
      "session.last_used_at",
      "session.expires_at",
    ])
    .where("session.token_hash", "=", tokenHash)
    .executeTakeFirst();
  if (!row) return [null, null];
  const session = toDatabaseSession(
    { ...row, id: row.session_id, user_id: row.id, created_at: row.session_created_at },
    clock,
  );
  return [session, { id: row.id, attributes: toAccount(row) }];
}

function toDatabaseSession(row: SessionTable, clock: Clock): DatabaseSession {
  return {
    id: row.token_hash,
    userId: row.user_id,
    expiresAt: toLuciaTime(row.expires_at, clock),
    attributes: {
      id: row.id,
      device: row.device,
      address: row.address,
      createdAt: row.created_at,
      lastUsedAt: row.last_used_at,
    },
  };
}

function toRow({ id, userId, expiresAt, attributes }: DatabaseSession, clock: Clock): SessionTable {
  return {
    token_hash: id,
    id: attributes.id,
    user_id: userId,
    device: attributes.device,
    address: attributes.address,
    created_at: attributes.createdAt,
    last_used_at: attributes.lastUsedAt,
    expires_at: fromLuciaTime(expiresAt, clock),
  };
}

function toLuciaTime(timeMs: number, clock: Clock): Date {
  return new Date(Date.now() + timeMs - clock.now());
}

/** The time by our clock of what Lucia dates by the wall clock. */
export function fromLuciaTime(date: Date, clock: Clock): number {
  return clock.now() + date.getTime() - Date.now();
}
