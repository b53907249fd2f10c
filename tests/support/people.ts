/** People that tests are about. */

import { type Account, systemClock } from "../../actors/mod.ts";

/** The moment at which a fake clock begins: 23 November 2026, 09:00 UTC. */
export const MONDAY_MORNING = Date.UTC(2026, 10, 23, 9);

/** An account with a new id; what is not given is plain. */
export function person(name: string, given: Partial<Account> = {}): Account {
  const first = name.split(" ")[0] ?? name;
  return {
    id: systemClock.mintId(),
    email: `${first.toLowerCase()}@harbor.example`,
    name,
    role: "member",
    timeZone: "Europe/Lisbon",
    language: "en-GB",
    theme: "system",
    shortcuts: true,
    createdAt: MONDAY_MORNING,
    ...given,
  };
}
