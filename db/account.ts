/** Opens the two stores of the account service, which have to know of each other. */

import type { AccountStore, Clock, StepMeter } from "../actors/mod.ts";
import { accountMigrations } from "./account/migrations/mod.ts";
import type { AccountSchema } from "./account/schema.ts";
import { SqlSessionStore } from "./account/session_store.ts";
import { SqlAccountStore } from "./account/store.ts";
import type { SqlDatabase } from "./sql/dialect.ts";
import type { Probed } from "./sql/service_health.ts";
import { openSqlite } from "./sqlite/open.ts";

export { Argon2idHasher } from "./account/password.ts";
export type { AccountSchema, SqlSessionStore };

/** The account service's stores. */
export interface Accounts {
  accounts: AccountStore;
  /** Its `forget` is for what another process says. */
  sessions: SqlSessionStore;
  probe: Probed;
  close(): Promise<void>;
}

/** What others have to be told. */
export interface AccountsOptions {
  /** Whose sessions or account are different from now on, so that other processes can be told. */
  onAccountChanged?: ((userId: string) => void) | undefined;
  /** Where long steps of the database on this thread name themselves. */
  meter?: StepMeter | undefined;
  /** Which sessions ended. */
  onSessionsEnded?: ((sessionIds: readonly string[]) => Promise<void>) | undefined;
}

/** Opens the SQLite file at `path`, or a database in memory for `":memory:"`. */
export async function openAccounts(
  path: string,
  clock: Clock,
  options: AccountsOptions = {},
): Promise<Accounts> {
  const database = await openSqlite<AccountSchema>(path, accountMigrations, options);
  return joinAccounts(database, clock, options);
}

/** Joins the stores over an open database; closing them closes it. */
export function joinAccounts(
  database: SqlDatabase<AccountSchema> & { probe: Probed; close(): Promise<void> },
  clock: Clock,
  { onAccountChanged = () => {}, onSessionsEnded }: AccountsOptions = {},
): Accounts {
  const told = { onForget: onAccountChanged, onEnded: onSessionsEnded };
  const sessions = new SqlSessionStore(database, clock, told);
  // A new role or theme shows in the next request, not when the check of the session is repeated.
  const accounts = new SqlAccountStore(database, (userId) => sessions.changed(userId));
  return { accounts, sessions, probe: database.probe, close: () => database.close() };
}
