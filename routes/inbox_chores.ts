/** What happens in inboxes as time passes: sleepers wake up, and what is old is forgotten. */

import {
  type AccountStore,
  type Actors,
  type Address,
  type Clock,
  type InboxQueries,
  type InboxTypes,
  type Log,
  limits,
} from "../actors/mod.ts";
import { inboxDays } from "./inbox_days.ts";

const DAY_MS = 86_400_000;
/** Entries that are looked at in one go; more come the next time. */
const ENTRIES = 500;

/** What the chores work with. */
export interface InboxChoresOptions {
  inboxes: Actors<InboxTypes>;
  queries: InboxQueries;
  accounts: AccountStore;
  clock: Clock;
  log: Log;
  /** Whether an actor lives on this node, so that each inbox is looked after by one. */
  isHere(address: Address): boolean;
}

/** Runs the chores of the inboxes on one node. */
export class InboxChores {
  readonly #options: InboxChoresOptions;
  readonly #cancels = new Map<string, () => void>();
  #isStopped = false;

  constructor(options: InboxChoresOptions) {
    this.#options = options;
  }

  /** Runs them now and again and again. */
  start(): void {
    this.#repeat("wake", limits.inboxWakeMs, () => this.wake());
    this.#repeat("forget", limits.housekeepingMs, () => this.forget());
  }

  /** Runs no more. */
  stop(): void {
    this.#isStopped = true;
    for (const cancel of this.#cancels.values()) cancel();
  }

  /** Wakes entries whose sleep is over. */
  async wake(): Promise<void> {
    const { inboxes, queries, clock } = this.#options;
    const at = clock.now();
    for (const { userId, entryIds } of await queries.due(at, ENTRIES)) {
      if (!this.#options.isHere(`inbox:${userId}`)) continue;
      await inboxes.ask(userId, { type: "wake", ids: entryIds, at });
    }
  }

  /** Forgets what is older than the administrator wants it kept. */
  async forget(): Promise<void> {
    const { inboxes, queries, accounts, clock } = this.#options;
    const before = clock.now() - (await inboxDays(accounts)) * DAY_MS;
    for (const { userId, entryIds } of await queries.outdated(before, ENTRIES)) {
      if (!this.#options.isHere(`inbox:${userId}`)) continue;
      await inboxes.ask(userId, { type: "forget", ids: entryIds, before });
    }
    await queries.forget(before, ENTRIES);
  }

  #repeat(name: string, everyMs: number, run: () => Promise<void>): void {
    run()
      .catch((error) => {
        this.#options.log.warn("an inbox chore failed", { chore: name, error: String(error) });
      })
      .finally(() => {
        if (this.#isStopped) return;
        const again = () => this.#repeat(name, everyMs, run);
        this.#cancels.set(name, this.#options.clock.setTimer(everyMs, again));
      });
  }
}
