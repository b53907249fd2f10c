/** People that tests are about. */

import { type Account, type PersonId, systemClock, toPersonId } from "../../actors/mod.ts";

/** The moment at which a fake clock begins: 23 November 2026, 09:00 UTC. */
export const MONDAY_MORNING = Date.UTC(2026, 10, 23, 9);

/** The id of a person who needs no account, made of their name; ids sort as the names do. */
export function personId(name: string): PersonId {
  // Ids have no I, L, O and U.
  const digits = name
    .toUpperCase()
    .replace(/[ILOU]/g, (sign) => "HKNT"["ILOU".indexOf(sign)] ?? "");
  return toPersonId(digits.replace(/[^0-9A-Z]/g, "0").padEnd(26, "0"));
}

/** An account with a new id; what is not given is plain. */
export function person(name: string, given: Partial<Account> = {}): Account {
  const first = name.split(" ")[0] ?? name;
  return {
    id: toPersonId(systemClock.mintId()),
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
