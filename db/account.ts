/** How people, their sessions and the ways in are kept. */

import type { AccountStore, Clock, StepMeter } from "../actors/mod.ts";
import { accountSteps } from "./account/migrations/mod.ts";
import type { AccountSchema } from "./account/schema.ts";
import { SqlSessionStore } from "./account/session_store.ts";
import { SqlAccountStore } from "./account/store.ts";
import type { Service } from "./service.ts";
import type { SqlDatabase } from "./sql/dialect.ts";
import { sqliteMigrations } from "./sql/migrate.ts";
import { openSqlite } from "./sqlite/open.ts";

export { Argon2idHasher } from "./account/password.ts";
export type { AccountSchema, SqlSessionStore };

/** The account service's stores. */
export interface AccountPorts {
  accounts: AccountStore;
  /** Its `forget` is for what another process says. */
  sessions: SqlSessionStore;
}

/** What others have to be told. */
export interface AccountOptions {
  /** Whose sessions or account are different from now on, so that other processes can be told. */
  onAccountChanged?: ((userId: string) => void) | undefined;
  /** Which sessions ended. */
  onSessionsEnded?: ((sessionIds: readonly string[]) => Promise<void>) | undefined;
}

/** Accounts. */
export const account: Service<AccountSchema, AccountPorts> = {
  name: "account",
  steps: accountSteps,
  tables: ["account", "session", "invitation", "setting"],
  rebuilt: [],
  keptIn: "both",
  leavesTraces: false,
  async open(database, { clock, sessionEnds, onAccountChanged }) {
    const onSessionsEnded = (ids: readonly string[]) => sessionEnds.tell(ids);
    return { ports: joinAccounts(database, clock, { onAccountChanged, onSessionsEnded }) };
  },
};

/** Opens the SQLite file at `path` by itself, or a database in memory for `":memory:"`. */
export async function openAccounts(
  path: string,
  clock: Clock,
  options: AccountOptions & { meter?: StepMeter | undefined } = {},
): Promise<AccountPorts & { close(): Promise<void> }> {
  const database = await openSqlite<AccountSchema>(path, sqliteMigrations(accountSteps), options);
  return { ...joinAccounts(database, clock, options), close: () => database.close() };
}

/** The two stores have to know of each other. */
function joinAccounts(
  database: SqlDatabase<AccountSchema>,
  clock: Clock,
  { onAccountChanged = () => {}, onSessionsEnded }: AccountOptions,
): AccountPorts {
  const told = { onForget: onAccountChanged, onEnded: onSessionsEnded };
  const sessions = new SqlSessionStore(database, clock, told);
  // A new role or theme shows in the next request, not when the check of the session is repeated.
  const accounts = new SqlAccountStore(database, (userId) => sessions.changed(userId));
  return { accounts, sessions };
}
