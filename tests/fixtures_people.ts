/** People that tests are about, and a clock that they set. */

import { type Account, type Clock, systemClock } from "../actors/mod.ts";

/** The moment at which tests begin: 23 November 2026, 09:00 UTC. */
export const MONDAY_MORNING = Date.UTC(2026, 10, 23, 9);

/** A clock that stands still until it is set. */
export interface SettableClock extends Clock {
  set(now: number): void;
  pass(ms: number): void;
}

/** A clock that stands at a moment; ids and timers are real. */
export function settableClock(start = MONDAY_MORNING): SettableClock {
  let now = start;
  return {
    ...systemClock,
    now: () => now,
    set: (moment) => {
      now = moment;
    },
    pass: (ms) => {
      now += ms;
    },
  };
}

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
