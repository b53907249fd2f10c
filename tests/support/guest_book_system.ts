/** A system that runs guest books, with everything a test wants to hold in its hands. */

import { ActorSystem, type Actors, type RuntimeLimits, SuiteError } from "../../actors/mod.ts";
import { FakeClock } from "./fake_clock.ts";
import {
  type GuestBookOperation,
  GuestBookStore,
  type GuestBookTypes,
  type GuestBookWatch,
  guestBooks,
} from "./guest_book.ts";
import { MemoryLog } from "./memory_log.ts";

/** The parts of a running system. */
export interface GuestBookSystem {
  clock: FakeClock;
  log: MemoryLog;
  store: GuestBookStore;
  watch: GuestBookWatch;
  system: ActorSystem;
  books: Actors<GuestBookTypes>;
  /** What the process seems to take in memory. */
  memory: { bytes: number };
}

/** Starts an empty system. */
export function startGuestBooks(
  limits: Partial<RuntimeLimits> = {},
  options: { seed?: number } = {},
): GuestBookSystem {
  const clock = new FakeClock(options);
  const log = new MemoryLog();
  const store = new GuestBookStore();
  const memory = { bytes: 0 };
  const { behavior, watch } = guestBooks();
  const residentBytes = () => memory.bytes;
  // Commits wait for nobody, so that a test has only its own steps to take.
  const system = new ActorSystem({
    clock,
    log,
    limits: { commitGatherMs: 0, ...limits },
    residentBytes,
  });
  return { clock, log, store, watch, system, books: system.register(behavior, store), memory };
}

/** An operation by which a person signs, with an id made from the name. */
export function sign(name: string): GuestBookOperation {
  return { type: "sign", by: `sign-by-${name}`, name };
}

/** The reply, or in its place the code of the error, or its message when it has none. */
export function answerOf(asked: Promise<unknown>): Promise<unknown> {
  return asked.catch((error: unknown) => {
    if (error instanceof SuiteError) return error.code;
    return error instanceof Error ? error.message : error;
  });
}

/** What has been answered so far, in the order in which the answers came. */
export class Answers {
  readonly list: string[] = [];

  /** Writes an answer down when it comes, as `name: answer`. */
  note(name: string, asked: Promise<unknown>): void {
    void answerOf(asked).then((answer) => this.list.push(`${name}: ${answer}`));
  }
}
