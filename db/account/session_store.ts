/**
 * Sessions of browsers, kept by Lucia beside the accounts. What was checked a moment ago is trusted
 * without asking again, so that a page with a socket does not hammer the store; ending a session or
 * changing an account takes effect in this process at once, and in others as soon as they are told, or
 * within that moment.
 */

import { createHash } from "node:crypto";
import type { Kysely } from "kysely";
import { generateIdFromEntropySize, Lucia, TimeSpan } from "lucia";
import {
  type Account,
  type Clock,
  limits,
  type Session,
  type SessionStore,
  toPersonId,
} from "../../actors/mod.ts";
import type { SqlDatabase, SqlDialect } from "../sql/dialect.ts";
import type { AccountSchema } from "./schema.ts";
import {
  fromLuciaTime,
  type SessionAttributes,
  type SuiteLucia,
  sessionAdapter,
  touch,
} from "./session_adapter.ts";

const TOKEN_BYTES = 25;

/** What others have to be told. */
interface SessionStoreOptions {
  onForget?: (userId: string) => void;
  onEnded?: ((sessionIds: readonly string[]) => Promise<void>) | undefined;
}

interface Checked {
  session: Session;
  account: Account;
}

/** The store of sessions over one open database. */
export class SqlSessionStore implements SessionStore {
  readonly #kysely: Kysely<AccountSchema>;
  readonly #dialect: SqlDialect;
  readonly #clock: Clock;
  readonly #lucia: SuiteLucia;
  /** In the order in which they were checked. */
  readonly #cache = new Map<string, Checked & { checkedAt: number }>();
  #isCleaning = false;
  /** Grows whenever something is forgotten, so that a check which began before is not remembered. */
  #generation = 0;
  readonly #onForget: (userId: string) => void;
  readonly #onEnded: (sessionIds: readonly string[]) => Promise<void>;

  /**
   * `onForget` is told whose sessions other processes have to read again, and `onEnded` which sessions
   * ended here, however they did.
   */
  constructor(
    { kysely, dialect }: SqlDatabase<AccountSchema>,
    clock: Clock,
    { onForget = () => {}, onEnded = async () => {} }: SessionStoreOptions = {},
  ) {
    this.#kysely = kysely;
    this.#dialect = dialect;
    this.#clock = clock;
    this.#onForget = onForget;
    this.#onEnded = onEnded;
    this.#lucia = new Lucia(sessionAdapter(kysely, clock, onEnded), {
      sessionExpiresIn: new TimeSpan(limits.sessionMsMax, "ms"),
      getSessionAttributes: (attributes) => ({ attributes }),
      getUserAttributes: (account) => ({ account }),
    });
  }

  async create(
    userId: string,
    from: { device: string; address: string },
  ): Promise<{ token: string; session: Session }> {
    const token = generateIdFromEntropySize(TOKEN_BYTES);
    const now = this.#clock.now();
    const attributes = { ...from, id: this.#clock.mintId(), createdAt: now, lastUsedAt: now };
    const created = await this.#lucia.createSession(userId, attributes, { sessionId: hash(token) });
    await this.#endOldest(userId);
    return { token, session: this.#toSession(created) };
  }

  async validate(token: string): Promise<Checked | undefined> {
    const tokenHash = hash(token);
    const now = this.#clock.now();
    const known = this.#cache.get(tokenHash);
    if (known && now < known.checkedAt + limits.sessionCacheMs && now < known.session.expiresAt) {
      return known;
    }
    const generation = this.#generation;
    const checked = await this.#check(tokenHash, now);
    if (!checked) this.#cache.delete(tokenHash);
    else if (generation === this.#generation) this.#remember(tokenHash, checked, now);
    return checked;
  }

  async ended(tokens: readonly string[]): Promise<string[]> {
    const unseen = new Map(tokens.map((token) => [hash(token), token]));
    if (unseen.size === 0) return [];
    const now = this.#clock.now();
    const found = await this.#kysely
      .selectFrom("session")
      .select(["token_hash", "last_used_at"])
      .where("token_hash", "in", [...unseen.keys()])
      .where("expires_at", ">", now)
      .execute();
    for (const { token_hash } of found) unseen.delete(token_hash);
    const used = found.filter((row) => now - row.last_used_at >= limits.sessionTouchMs);
    const hashes = used.map(({ token_hash }) => token_hash);
    if (hashes.length > 0) await touch(this.#kysely, hashes, { last_used_at: now });
    return [...unseen.values()];
  }

  async endedIds(sessionIds: readonly string[]): Promise<string[]> {
    const found = await this.#kysely
      .selectFrom("session")
      .select("id")
      .where((where) => this.#dialect.isOneOf(where.ref("id"), sessionIds))
      .where("expires_at", ">", this.#clock.now())
      .execute();
    const living = new Set(found.map(({ id }) => id));
    return sessionIds.filter((id) => !living.has(id));
  }

  async list(userId: string): Promise<Session[]> {
    const sessions = await this.#lucia.getUserSessions(userId);
    return sessions.map((session) => this.#toSession(session));
  }

  async revoke(userId: string, sessionId: string): Promise<boolean> {
    const { numDeletedRows } = await this.#kysely
      .deleteFrom("session")
      .where("user_id", "=", userId)
      .where("id", "=", sessionId)
      .executeTakeFirst();
    this.changed(userId);
    if (numDeletedRows > 0n) await this.#onEnded([sessionId]);
    return numDeletedRows > 0n;
  }

  async revokeAll(userId: string, keepSessionId?: string): Promise<string[]> {
    const ended = await this.#kysely
      .deleteFrom("session")
      .where("user_id", "=", userId)
      .$if(keepSessionId !== undefined, (query) => query.where("id", "!=", keepSessionId ?? ""))
      .returning("id")
      .execute();
    this.changed(userId);
    const ids = ended.map((session) => session.id);
    await this.#onEnded(ids);
    return ids;
  }

  async deleteExpired(): Promise<void> {
    await this.#lucia.deleteExpiredSessions();
  }

  /** A person's sessions or account are different from now on, for every process. */
  changed(userId: string): void {
    this.forget(userId);
    this.#onForget(userId);
  }

  /** What this process knows of a person's sessions has to be read again. */
  forget(userId: string): void {
    this.#generation++;
    for (const [tokenHash, { account }] of this.#cache) {
      if (account.id === userId) this.#cache.delete(tokenHash);
    }
  }

  async #check(tokenHash: string, now: number): Promise<Checked | undefined> {
    const { session: found, user } = await this.#lucia.validateSession(tokenHash);
    if (!found) return undefined;
    const session = this.#toSession(found);
    if (now - session.lastUsedAt >= limits.sessionTouchMs) {
      session.lastUsedAt = now;
      await touch(this.#kysely, [tokenHash], { last_used_at: now });
    }
    return { session, account: user.account };
  }

  /** Whoever signs in by a script a thousand times a day must not fill the disk. */
  async #endOldest(userId: string): Promise<void> {
    const newest = this.#kysely
      .selectFrom("session")
      .select("token_hash")
      .where("user_id", "=", userId)
      .orderBy("last_used_at", "desc")
      .orderBy("id", "desc")
      .limit(limits.sessionsPerPersonMax);
    const ended = await this.#kysely
      .deleteFrom("session")
      .where("user_id", "=", userId)
      .where("token_hash", "not in", newest)
      .returning("id")
      .execute();
    if (ended.length === 0) return;
    this.changed(userId);
    await this.#onEnded(ended.map(({ id }) => id));
  }

  #remember(tokenHash: string, checked: Checked, now: number): void {
    if (this.#cache.size >= limits.sessionCacheEntriesMax) this.#cache.clear();
    this.#cache.delete(tokenHash);
    this.#cache.set(tokenHash, { ...checked, checkedAt: now });
    this.#cleanLater();
  }

  /** What is trusted no longer is not kept: everybody who is connected has been checked at some time. */
  #cleanLater(): void {
    if (this.#isCleaning) return;
    this.#isCleaning = true;
    this.#clock.setTimer(limits.sessionCacheMs, () => {
      this.#isCleaning = false;
      const before = this.#clock.now() - limits.sessionCacheMs;
      for (const [tokenHash, { checkedAt }] of this.#cache) {
        if (checkedAt > before) break;
        this.#cache.delete(tokenHash);
      }
      if (this.#cache.size > 0) this.#cleanLater();
    });
  }

  #toSession(found: { userId: string; expiresAt: Date; attributes: SessionAttributes }): Session {
    return {
      ...found.attributes,
      userId: toPersonId(found.userId),
      expiresAt: fromLuciaTime(found.expiresAt, this.#clock),
    };
  }
}

function hash(token: string): string {
  return createHash("sha256").update(token).digest("hex");
}
