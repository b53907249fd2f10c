/** What happens in inboxes as time passes: sleepers wake up, and what is old is forgotten. */

import type { Address } from "../ids.ts";
import { type InboxEntries, type InboxQueries, type InboxTypes, inboxDays } from "../inbox.ts";
import { limits } from "../limits.ts";
import type { AccountStore, Log, Page } from "../ports.ts";
import type { Clock } from "../runtime/clock.ts";
import type { Actors } from "../runtime/ref.ts";
import { repeat } from "./repeat.ts";
import { Sweep, type Swept } from "./sweep.ts";

const DAY_MS = 86_400_000;
/** Entries that are looked at in one go. */
const PAGE_ENTRIES = 500;

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
  readonly #sleepers: Sweep<InboxEntries>;
  readonly #outdated: Sweep<InboxEntries>;
  readonly #stopRepeating: (() => void)[] = [];
  /** What is older than this is forgotten. */
  #keptSince = 0;
  #isStopped = false;

  constructor(options: InboxChoresOptions) {
    this.#options = options;
    const { inboxes, queries, clock } = options;
    const limit = PAGE_ENTRIES;
    this.#sleepers = this.#sweep("inboxes to wake", {
      page: (cursor) => queries.due(clock.now(), { limit, cursor }),
      ask: ({ userId, entryIds: ids }) =>
        inboxes.ask(userId, { type: "wake", ids, at: clock.now() }),
    });
    this.#outdated = this.#sweep("inboxes to tidy", {
      page: (cursor) => queries.outdated(this.#keptSince, { limit, cursor }),
      ask: ({ userId, entryIds: ids }) =>
        inboxes.ask(userId, { type: "forget", ids, before: this.#keptSince }),
    });
  }

  /** What `/ops` shows. */
  get sweeps(): readonly Swept[] {
    return [this.#sleepers, this.#outdated];
  }

  /** Runs them now and again and again. */
  start(): void {
    this.#repeat("wake", limits.inboxWakeMs, () => this.wake());
    this.#repeat("forget", limits.housekeepingMs, () => this.forget());
  }

  /** Runs no more. */
  stop(): void {
    this.#isStopped = true;
    for (const sweep of [this.#sleepers, this.#outdated]) sweep.stop();
    for (const stop of this.#stopRepeating) stop();
  }

  /** Wakes entries whose sleep is over. */
  async wake(): Promise<void> {
    await this.#sleepers.run();
  }

  /** Forgets what is older than the administrator wants it kept. */
  async forget(): Promise<void> {
    const { queries, accounts, clock } = this.#options;
    this.#keptSince = clock.now() - (await inboxDays(accounts)) * DAY_MS;
    await this.#outdated.run();
    while (!this.#isStopped && (await queries.forget(this.#keptSince, PAGE_ENTRIES)) > 0);
  }

  #sweep(
    name: string,
    given: {
      page(cursor: string | undefined): Promise<Page<InboxEntries>>;
      ask(entries: InboxEntries): Promise<unknown>;
    },
  ): Sweep<InboxEntries> {
    const { isHere, clock, log } = this.#options;
    return new Sweep({
      name,
      page: given.page,
      keyOf: ({ userId }) => `inbox:${userId}`,
      async handle(entries) {
        if (isHere(`inbox:${entries.userId}`)) await given.ask(entries);
      },
      clock,
      log,
    });
  }

  #repeat(name: string, everyMs: number, run: () => Promise<void>): void {
    const { clock, log } = this.#options;
    const failed = (error: unknown) =>
      log.warn("an inbox chore failed", { chore: name, error: String(error) });
    this.#stopRepeating.push(repeat(run, { everyMs, clock, failed }));
  }
}
