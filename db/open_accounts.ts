/** Opens `account.db` with the two stores in it, which have to know of each other. */

import type { AccountStore, Clock, SessionStore } from "../actors/mod.ts";
import type { AccountSchema } from "./account_schema.ts";
import { SqlAccountStore } from "./account_store.ts";
import { accountMigrations } from "./migrations/account/mod.ts";
import { openSqlite } from "./open.ts";
import { SqlSessionStore } from "./session_store.ts";

/** The account service's stores. */
export interface Accounts {
  accounts: AccountStore;
  sessions: SessionStore;
  close(): Promise<void>;
}

/** Opens the file at `path`, or a database in memory for `":memory:"`. */
export async function openAccounts(path: string, clock: Clock): Promise<Accounts> {
  const { kysely, close } = await openSqlite<AccountSchema>(path, accountMigrations);
  const sessions = new SqlSessionStore(kysely, clock);
  // A new role or theme shows in the next request, not when the check of the session is repeated.
  const accounts = new SqlAccountStore(kysely, (userId) => sessions.forget(userId));
  return { accounts, sessions, close };
}
