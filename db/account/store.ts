/** People, invitations and settings, over either database. */

import { type Kysely, sql, type Transaction } from "kysely";
import {
  type Account,
  type AccountPatch,
  type AccountStore,
  type Entry,
  type Invitation,
  limits,
  type Person,
  type PersonId,
  SuiteError,
} from "../../actors/mod.ts";
import type { SqlDatabase, SqlDialect } from "../sql/dialect.ts";
import { isUniqueViolation } from "../sql/store_error.ts";
import {
  ACCOUNT_COLUMNS,
  type AccountSchema,
  type AccountTable,
  type InvitationTable,
  toAccount,
} from "./schema.ts";

const SETUP_LINK = "setup_link";

/** The store of accounts over one open database. */
export class SqlAccountStore implements AccountStore {
  readonly #kysely: Kysely<AccountSchema>;
  readonly #dialect: SqlDialect;
  readonly #onChange: (userId: string) => void;

  /** `onChange` is told whose account looks different from now on. */
  constructor(
    { kysely, dialect }: SqlDatabase<AccountSchema>,
    onChange: (userId: string) => void = () => {},
  ) {
    this.#kysely = kysely;
    this.#dialect = dialect;
    this.#onChange = onChange;
  }

  async count(): Promise<number> {
    return await countAccounts(this.#kysely);
  }

  async create(account: Account, passwordHash: string, entry?: Entry): Promise<void> {
    try {
      await this.#kysely.transaction().execute(async (transaction) => {
        if (entry) await useUp(transaction, entry, account);
        await transaction.insertInto("account").values(toRow(account, passwordHash)).execute();
      });
    } catch (error) {
      if (!isUniqueViolation(error)) throw error;
      const message = "Cannot create the account: this address has one already";
      throw new SuiteError("conflict", message, { field: "email", cause: error });
    }
  }

  async find(id: PersonId): Promise<Account | undefined> {
    const row = await this.#kysely
      .selectFrom("account")
      .select(ACCOUNT_COLUMNS)
      .where("id", "=", id)
      .executeTakeFirst();
    return row && toAccount(row);
  }

  async findAll(ids: readonly PersonId[]): Promise<Map<string, Account>> {
    if (ids.length === 0) return new Map();
    const rows = await this.#kysely
      .selectFrom("account")
      .select(ACCOUNT_COLUMNS)
      .where((where) => this.#dialect.isOneOf(where.ref("id"), ids))
      .execute();
    return new Map(rows.map((row) => [row.id, toAccount(row)]));
  }

  async findByEmail(
    email: string,
  ): Promise<{ account: Account; passwordHash: string } | undefined> {
    const row = await this.#kysely
      .selectFrom("account")
      .select([...ACCOUNT_COLUMNS, "password_hash"])
      .where("email_key", "=", emailKey(email))
      .executeTakeFirst();
    return row && { account: toAccount(row), passwordHash: row.password_hash };
  }

  async passwordHash(id: PersonId): Promise<string | undefined> {
    const row = await this.#kysely
      .selectFrom("account")
      .select("password_hash")
      .where("id", "=", id)
      .executeTakeFirst();
    return row?.password_hash;
  }

  async people(ids: readonly PersonId[]): Promise<Map<string, Person>> {
    if (ids.length === 0) return new Map();
    const rows = await this.#kysely
      .selectFrom("account")
      .select(["id", "name", "email"])
      .where((where) => this.#dialect.isOneOf(where.ref("id"), ids))
      .execute();
    return new Map(rows.map((person) => [person.id, person]));
  }

  async search(query: string, limit: number): Promise<Person[]> {
    const wanted = escapePattern(searchKey(query).trim());
    const isLike = (pattern: string) => sql<boolean>`search_key LIKE ${pattern} ESCAPE '\\'`;
    return await this.#kysely
      .selectFrom("account")
      .select(["id", "name", "email"])
      .where(isLike(`%${wanted}%`))
      // Names that begin with it, then words that begin with it, then any other place.
      .orderBy(
        sql`CASE WHEN ${isLike(`${wanted}%`)} THEN 0 WHEN ${isLike(`% ${wanted}%`)} THEN 1 ELSE 2 END`,
      )
      .orderBy("search_key")
      .limit(limit)
      .execute();
  }

  async list(): Promise<Account[]> {
    const rows = await this.#kysely
      .selectFrom("account")
      .select(ACCOUNT_COLUMNS)
      .orderBy("search_key")
      .execute();
    return rows.map(toAccount);
  }

  async update(id: PersonId, patch: AccountPatch): Promise<void> {
    await this.#kysely.transaction().execute(async (transaction) => {
      if (patch.role !== undefined && patch.role !== "administrator") {
        await assertOtherAdministrator(transaction, id, this.#dialect);
      }
      const { email } = await transaction
        .selectFrom("account")
        .select("email")
        .where("id", "=", id)
        .executeTakeFirstOrThrow(() => noAccount("update"));
      const columns = toColumns(patch, email);
      if (Object.keys(columns).length === 0) return;
      await transaction.updateTable("account").set(columns).where("id", "=", id).execute();
    });
    this.#onChange(id);
  }

  async setPasswordHash(id: PersonId, passwordHash: string): Promise<void> {
    const { numUpdatedRows } = await this.#kysely
      .updateTable("account")
      .set({ password_hash: passwordHash })
      .where("id", "=", id)
      .executeTakeFirst();
    if (numUpdatedRows === 0n) throw noAccount("set the password");
  }

  async createInvitation(invitation: Invitation, tokenHash: string): Promise<void> {
    await this.#kysely
      .insertInto("invitation")
      .values({
        id: invitation.id,
        token_hash: tokenHash,
        role: invitation.role,
        created_by: invitation.createdBy,
        created_at: invitation.createdAt,
        expires_at: invitation.expiresAt,
        used_at: invitation.usedAt ?? null,
        used_by: invitation.usedBy ?? null,
      })
      .execute();
  }

  async findInvitation(tokenHash: string, now: number): Promise<Invitation | undefined> {
    const row = await this.#kysely
      .selectFrom("invitation")
      .selectAll()
      .where("token_hash", "=", tokenHash)
      .where("used_at", "is", null)
      .where("expires_at", ">", now)
      .executeTakeFirst();
    return row && toInvitation(row);
  }

  async listInvitations(): Promise<Invitation[]> {
    const rows = await this.#kysely
      .selectFrom("invitation")
      .selectAll()
      .orderBy("created_at", "desc")
      .orderBy("id", "desc")
      .limit(limits.invitationsShownMax)
      .execute();
    return rows.map(toInvitation);
  }

  /** One that was used stays: it tells how somebody came. */
  async revokeInvitation(id: string): Promise<void> {
    await this.#kysely
      .deleteFrom("invitation")
      .where("id", "=", id)
      .where("used_at", "is", null)
      .execute();
  }

  async setSetupToken(tokenHash: string, expiresAt: number): Promise<void> {
    await this.setSetting(SETUP_LINK, JSON.stringify({ tokenHash, expiresAt }));
  }

  async isSetupToken(tokenHash: string, now: number): Promise<boolean> {
    const value = await this.getSetting(SETUP_LINK);
    if (value === undefined || !isSetupLink(value, tokenHash, now)) return false;
    return (await this.count()) === 0;
  }

  async getSetting(name: string): Promise<string | undefined> {
    const row = await this.#kysely
      .selectFrom("setting")
      .select("value")
      .where("name", "=", name)
      .executeTakeFirst();
    return row?.value;
  }

  async setSetting(name: string, value: string | undefined): Promise<void> {
    if (value === undefined) {
      await this.#kysely.deleteFrom("setting").where("name", "=", name).execute();
      return;
    }
    await this.#kysely
      .insertInto("setting")
      .values({ name, value })
      .onConflict((conflict) => conflict.column("name").doUpdateSet({ value }))
      .execute();
  }

  async initSetting(name: string, value: string): Promise<string> {
    await this.#kysely
      .insertInto("setting")
      .values({ name, value })
      .onConflict((conflict) => conflict.column("name").doNothing())
      .execute();
    return (await this.getSetting(name)) ?? value;
  }
}

type Reader = Kysely<AccountSchema> | Transaction<AccountSchema>;

async function countAccounts(reader: Reader): Promise<number> {
  const { count } = await reader
    .selectFrom("account")
    .select(sql<number>`count(*)`.as("count"))
    .executeTakeFirstOrThrow();
  return count;
}

function isSetupLink(value: string, tokenHash: string, now: number): boolean {
  const link: { tokenHash: string; expiresAt: number } = JSON.parse(value);
  return link.tokenHash === tokenHash && link.expiresAt > now;
}

async function useUp(
  transaction: Transaction<AccountSchema>,
  entry: Entry,
  account: Account,
): Promise<void> {
  // Each takes away what it needs, so that of two at once one finds nothing.
  const worked = await (entry.type === "setup"
    ? useSetup(transaction, entry.tokenHash, account)
    : useInvitation(transaction, entry.tokenHash, account));
  if (worked) return;
  throw new SuiteError("expired", "Cannot create the account: the link has been used or expired");
}

async function useSetup(
  transaction: Transaction<AccountSchema>,
  tokenHash: string,
  account: Account,
): Promise<boolean> {
  const row = await transaction
    .deleteFrom("setting")
    .where("name", "=", SETUP_LINK)
    .returning("value")
    .executeTakeFirst();
  if (!row || !isSetupLink(row.value, tokenHash, account.createdAt)) return false;
  return (await countAccounts(transaction)) === 0;
}

async function useInvitation(
  transaction: Transaction<AccountSchema>,
  tokenHash: string,
  account: Account,
): Promise<boolean> {
  const { numUpdatedRows } = await transaction
    .updateTable("invitation")
    .set({ used_at: account.createdAt, used_by: account.id })
    .where("token_hash", "=", tokenHash)
    .where("role", "=", account.role)
    .where("used_at", "is", null)
    .where("expires_at", ">", account.createdAt)
    .executeTakeFirst();
  return numUpdatedRows === 1n;
}

/** Somebody has to be able to let people in: of two who step down at once, the second sees the first. */
async function assertOtherAdministrator(
  transaction: Transaction<AccountSchema>,
  id: string,
  { locksRows }: SqlDialect,
): Promise<void> {
  const administrators = await transaction
    .selectFrom("account")
    .select("id")
    .where("role", "=", "administrator")
    .orderBy("id")
    .$if(locksRows, (query) => query.forUpdate())
    .execute();
  const isTheLast = administrators.length === 1 && administrators[0]?.id === id;
  if (!isTheLast) return;
  const message = "Cannot change the role: the suite needs at least one administrator";
  throw new SuiteError("conflict", message, { field: "role" });
}

function noAccount(action: string): SuiteError {
  return new SuiteError("not_found", `Cannot ${action}: there is no such account`);
}

function toRow(account: Account, passwordHash: string): AccountTable {
  return {
    id: account.id,
    email: account.email,
    email_key: emailKey(account.email),
    name: account.name,
    search_key: searchKey(`${account.name} ${account.email}`),
    role: account.role,
    time_zone: account.timeZone,
    language: account.language,
    theme: account.theme,
    shortcuts: account.shortcuts ? 1 : 0,
    password_hash: passwordHash,
    created_at: account.createdAt,
  };
}

function toColumns(patch: AccountPatch, email: string): Partial<AccountTable> {
  const { name, role, timeZone, language, theme, shortcuts } = patch;
  return {
    ...(name === undefined ? {} : { name, search_key: searchKey(`${name} ${email}`) }),
    ...(role === undefined ? {} : { role }),
    ...(timeZone === undefined ? {} : { time_zone: timeZone }),
    ...(language === undefined ? {} : { language }),
    ...(theme === undefined ? {} : { theme }),
    ...(shortcuts === undefined ? {} : { shortcuts: shortcuts ? 1 : 0 }),
  };
}

function toInvitation(row: InvitationTable): Invitation {
  return {
    id: row.id,
    role: row.role,
    createdBy: row.created_by,
    createdAt: row.created_at,
    expiresAt: row.expires_at,
    usedAt: row.used_at ?? undefined,
    usedBy: row.used_by ?? undefined,
  };
}

function emailKey(email: string): string {
  return email.trim().normalize("NFC").toLowerCase();
}

/** Text as people search it: without case and accents. */
function searchKey(text: string): string {
  return text.normalize("NFKD").replace(/\p{M}/gu, "").toLowerCase();
}

/** What stands in it means itself in a pattern; nobody's name has a NUL, which Postgres refuses. */
function escapePattern(text: string): string {
  return text.replaceAll("\0", "\ufffd").replace(/[\\%_]/g, "\\$&");
}
