/** The tables of `account.db`, as Kysely sees them. */

import type { Account, PersonId, Role, Theme } from "../../actors/mod.ts";

/** Everything in the file. */
export interface AccountSchema {
  account: AccountTable;
  session: SessionTable;
  invitation: InvitationTable;
  setting: { name: string; value: string };
}

/** People. */
export interface AccountTable {
  id: PersonId;
  email: string;
  email_key: string;
  name: string;
  search_key: string;
  role: Role;
  time_zone: string;
  language: string;
  theme: Theme;
  shortcuts: number;
  password_hash: string;
  created_at: number;
}

/** Browsers that are signed in. */
export interface SessionTable {
  token_hash: string;
  id: string;
  user_id: string;
  device: string;
  address: string;
  created_at: number;
  last_used_at: number;
  expires_at: number;
}

/** Links with which an account can be made. */
export interface InvitationTable {
  id: string;
  token_hash: string;
  role: Role;
  created_by: PersonId;
  created_at: number;
  expires_at: number;
  used_at: number | null;
  used_by: PersonId | null;
}

/** The columns of an account that leave the store. */
export const ACCOUNT_COLUMNS = [
  "account.id",
  "account.email",
  "account.name",
  "account.role",
  "account.time_zone",
  "account.language",
  "account.theme",
  "account.shortcuts",
  "account.created_at",
] as const;

/** A row with those columns. */
export type AccountRow = Omit<AccountTable, "email_key" | "search_key" | "password_hash">;

/** The account in a row. */
export function toAccount(row: AccountRow): Account {
  return {
    id: row.id,
    email: row.email,
    name: row.name,
    role: row.role,
    timeZone: row.time_zone,
    language: row.language,
    theme: row.theme,
    shortcuts: row.shortcuts === 1,
    createdAt: row.created_at,
  };
}
