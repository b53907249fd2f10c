/** How long entries of inboxes are kept: an administrator's decision. */

import { limits } from "../limits.ts";
import type { AccountStore } from "../ports.ts";

const SETTING = "inbox_days";
const DAY_MS = 86_400_000;

/** The fewest and the most days that can be chosen. */
export const INBOX_DAYS = { min: 7, max: 3_650 } as const;

/** How many days entries are kept. */
export async function inboxDays(accounts: Pick<AccountStore, "getSetting">): Promise<number> {
  const text = await accounts.getSetting(SETTING);
  const days = Number(text ?? Number.NaN);
  return isInboxDays(days) ? days : limits.inboxKeptMsMax / DAY_MS;
}

/** Whether so many days can be chosen. */
export function isInboxDays(days: number): boolean {
  return Number.isSafeInteger(days) && days >= INBOX_DAYS.min && days <= INBOX_DAYS.max;
}

/** Chooses for everybody. */
export async function setInboxDays(
  accounts: Pick<AccountStore, "setSetting">,
  days: number,
): Promise<void> {
  await accounts.setSetting(SETTING, String(days));
}
