/**
 * Random histories of the actor runtime: people sign guest books while the store is slow and fails,
 * behaviors crash, senders give up and try again, and actors are pushed out of memory. Whatever the
 * interleaving, what the runtime promises must hold. A failure prints its seed.
 */

import { expect, test } from "bun:test";
import fc from "fast-check";
import {
  ActorSystem,
  type Actors,
  type Batch,
  type BatchResult,
  type Tombstone,
} from "../actors/mod.ts";
import { FakeClock } from "./support/fake_clock.ts";
import {
  type GuestBookChange,
  type GuestBookOperation,
  GuestBookStore,
  type GuestBookTypes,
  type GuestBookWatch,
  guestBooks,
  type Signature,
} from "./support/guest_book.ts";
import { answerOf } from "./support/guest_book_system.ts";
import { MemoryLog } from "./support/memory_log.ts";

const BOOKS = ["W", "X", "Y", "Z"].map((end) => `01JD2Z7Q5V4T8N3XKQ0C9B6M1${end}`);
const TRY_AGAIN = new Set(["busy", "crashed", "timed_out", "store_failed"]);

interface Step {
  type: GuestBookOperation["type"];
  book: number;
  lane: "user" | "system";
  isTold: boolean;
  timeoutMs: number;
  passMs: number;
}

const steps: fc.Arbitrary<Step[]> = fc.array(
  fc.record({
    type: fc.constantFrom<Step["type"][]>(
      ...(["sign", "sign", "sign", "sign", "wave", "read", "recall", "refuse", "crash"] as const),
      ...(["sign", "sign_all", "sign_all", "sign", "wave", "read", "recall", "burn"] as const),
    ),
    book: fc.nat(BOOKS.length - 1),
    lane: fc.constantFrom("user", "user", "user", "system"),
    isTold: fc.boolean(),
    timeoutMs: fc.constantFrom(100, 400, 10_000),
    passMs: fc.constantFrom(0, 0, 0, 1, 20, 200, 1_500),
  }),
  { minLength: 5, maxLength: 60 },
);

/** Slow, and fails now and then, by luck that can be repeated. */
class UnsteadyStore extends GuestBookStore {
  readonly #clock: FakeClock;
  isSteady = false;
  readonly writing = new Set<string>();

  constructor(clock: FakeClock) {
    super();
    this.#clock = clock;
  }

  /** The lines of a book, also of one whose life has ended. */
  linesOf(id: string): readonly Signature[] {
    return this.ended.get(id)?.lines ?? this.books.get(id) ?? [];
  }

  override async load(id: string): Promise<readonly Signature[] | Tombstone | undefined> {
    await this.#stumble();
    return super.load(id);
  }

  override async fetch(id: string, need: { line: number }): Promise<string> {
    await this.#stumble();
    return super.fetch(id, need);
  }

  override async commit(batches: readonly Batch<GuestBookChange>[]): Promise<BatchResult[]> {
    if (this.writing.size > 0) this.violations.push("two commits at once");
    for (const { id } of batches) this.writing.add(id);
    if (this.writing.size < batches.length) this.violations.push("two batches of one book");
    const failing = batches.find(() => !this.isSteady && this.#clock.random() < 0.1);
    try {
      await this.#stumble();
      if (failing !== undefined) this.failing.set(failing.id, new Error("a torn page"));
      return await super.commit(batches);
    } finally {
      this.failing.clear();
      this.writing.clear();
    }
  }

  async #stumble(): Promise<void> {
    if (this.isSteady) return;
    const delayMs = this.#clock.random() < 0.5 ? 0 : this.#clock.random() * 300;
    const { promise, resolve } = Promise.withResolvers<void>();
    this.#clock.setTimer(delayMs, resolve);
    await promise;
    if (this.#clock.random() < 0.1) throw new Error("the cable is out");
  }
}

/** One history: what was sent, heard and answered. */
class History {
  readonly clock: FakeClock;
  readonly store: UnsteadyStore;
  readonly watch: GuestBookWatch;
  readonly system: ActorSystem;
  readonly books: Actors<GuestBookTypes>;
  readonly heard = new Map<string, string[]>(BOOKS.map((id) => [id, []]));
  /** Operations without a sender, by book and type. */
  readonly told = new Map<string, GuestBookOperation[]>();
  asked = 0;
  answered = 0;
  #names = 0;

  constructor(seed: number) {
    this.clock = new FakeClock({ seed });
    this.store = new UnsteadyStore(this.clock);
    const { behavior, watch } = guestBooks();
    this.watch = watch;
    watch.countsBeforeLeaving = true;
    this.system = new ActorSystem({
      clock: this.clock,
      log: new MemoryLog(),
      limits: {
        commitGatherMs: 0,
        liveActorsMax: 3,
        idleMsMax: 1_000,
        turnOperationsMax: 4,
        mailboxOperationsMax: 12,
        restartsMax: 1_000,
        restartBackoffMsMax: 500,
        deadLettersKeptMax: 1_000,
      },
    });
    this.books = this.system.register(this.#watched(behavior), this.store);
    for (const id of BOOKS) this.books.subscribe(id, (_, events) => this.#hear(id, events));
  }

  /** Sends what a step says; senders who were told to try again do so, with the same id. */
  send(step: Step): void {
    const id = BOOKS[step.book] ?? "";
    const operation = this.#operation(step);
    if (step.isTold) this.#tell(id, operation, step);
    else void this.#ask(id, operation, step);
  }

  #tell(id: string, operation: GuestBookOperation, { lane, type }: Step): void {
    const name = `room:${id} ${type}`;
    this.told.set(name, [...(this.told.get(name) ?? []), operation]);
    this.books.tell(id, operation, { lane });
  }

  async #ask(id: string, operation: GuestBookOperation, step: Step): Promise<void> {
    this.asked++;
    const { lane, timeoutMs } = step;
    for (let tries = 1; ; tries++) {
      // A new object each time, so that each sending is told apart in `applied`.
      const from = `guest ${this.asked % 3}`;
      const options = { lane, timeoutMs, from };
      const answer = await answerOf(this.books.ask(id, { ...operation }, options));
      const isDone = typeof answer !== "string" || !TRY_AGAIN.has(answer) || tries === 4;
      if (operation.type === "sign" && typeof answer === "number") {
        this.#mustBeStored(id, operation.by, answer);
      }
      if (operation.type === "sign_all" && typeof answer === "number") {
        const last = operation.names.length - 1;
        this.#mustBeStored(id, `${operation.by}.${last}`, answer);
      }
      if (operation.type === "burn" && answer === "burned") this.#mustBeGone(id);
      if (isDone) break;
    }
    this.answered++;
  }

  #operation({ type }: Step): GuestBookOperation {
    if (type === "sign")
      return { type, by: `guest-${++this.#names}`, name: `Guest ${this.#names}` };
    if (type === "sign_all") {
      const by = `group-${++this.#names}`;
      return { type, by, names: [1, 2, 3].map((at) => `Guest ${this.#names}-${at}`) };
    }
    if (type === "wave") return { type, name: `Guest ${++this.#names}` };
    if (type === "recall") return { type, line: 1 };
    if (type === "crash") return { type, message: "a torn page" };
    if (type === "burn") return { type, host: "Ada" };
    return { type };
  }

  /** The behavior, which must not be asked while what it decided is being written. */
  #watched(behavior: ReturnType<typeof guestBooks>["behavior"]): typeof behavior {
    return {
      ...behavior,
      apply: (book, operation, answer) => {
        if (this.store.writing.has(book.id))
          this.store.violations.push(`applied during a write: ${book.id}`);
        if (book.isBurned) this.store.violations.push(`applied after its end: ${book.id}`);
        return behavior.apply(book, operation, answer);
      },
    };
  }

  #hear(id: string, events: readonly string[]): void {
    for (const event of events) {
      if (!event.endsWith(" signed")) continue;
      const name = event.slice(0, -" signed".length);
      this.heard.get(id)?.push(name);
      const isStored = this.store.linesOf(id).some((line) => line.name === name);
      if (!isStored) this.store.violations.push(`heard before it was stored: ${event}`);
    }
  }

  #mustBeStored(id: string, by: string, line: number): void {
    const stored = this.store.linesOf(id)[line - 1]?.by;
    if (stored !== by)
      this.store.violations.push(`answered before it was stored: ${by} as ${line}`);
  }

  /** By the time that somebody hears of it, nothing of it is in memory or in the store. */
  #mustBeGone(id: string): void {
    const isStored = this.store.books.has(id) || !this.store.ended.has(id);
    if (isStored || this.books.isActive(id)) {
      this.store.violations.push(`answered before it was gone: ${id}`);
    }
  }
}

function checkHistory(history: History): void {
  const { store, watch, system, clock } = history;
  expect(store.violations).toEqual([]);
  expect(history.answered).toBe(history.asked);
  for (const id of BOOKS) {
    const lines = store.linesOf(id);
    expect(new Set(lines.map((line) => line.by)).size).toBe(lines.length);
    expect(history.heard.get(id)).toEqual(lines.map((line) => line.name));
  }
  const applied = new Map<GuestBookOperation, number>();
  for (const { operation } of watch.applied) {
    applied.set(operation, (applied.get(operation) ?? 0) + 1);
  }
  for (const [operation, times] of applied) {
    if (operation.type !== "recall") expect(times).toBe(1);
  }
  const { kinds, deadLetters } = system.report();
  for (const [name, operations] of history.told) {
    const missing = operations.filter((operation) => !applied.has(operation)).length;
    const letters = deadLetters.recent.filter((letter) => {
      const isAsked = letter.reason === "timed_out" || letter.reason === "late_reply";
      return !isAsked && name === `${letter.address} ${letter.operation}`;
    });
    // One that was not applied is a dead letter; so is one that was applied and failed.
    expect(letters.length).toBeGreaterThanOrEqual(missing);
  }
  expect(kinds[0]).toMatchObject({ live: 0, loading: 0, leaving: 0, restarting: 0, waiting: 0 });
  expect(Object.keys(deadLetters.counts)).not.toContain("quarantined");
  expect(clock.timers).toBe(0);
}

test("what the runtime promises holds in any history", async () => {
  await fc.assert(
    fc.asyncProperty(steps, fc.nat(), async (list, seed) => {
      const history = new History(seed);
      for (const step of list) {
        history.send(step);
        if (step.passMs > 0) await history.clock.advance(step.passMs);
      }
      await history.clock.advance(120_000);
      history.store.isSteady = true;
      const drained = history.system.drain();
      await history.clock.advance(20_000);
      await drained;
      checkHistory(history);
    }),
    { numRuns: 100 },
  );
}, 120_000);

test("a drain in the middle of a history answers everybody and loses nothing", async () => {
  await fc.assert(
    fc.asyncProperty(steps, fc.nat(), async (list, seed) => {
      const history = new History(seed);
      for (const step of list) {
        history.send(step);
        if (step.passMs > 0) await history.clock.advance(Math.min(step.passMs, 20));
      }
      const drained = history.system.drain();
      await history.clock.advance(60_000);
      await drained;
      checkHistory(history);
    }),
    { numRuns: 60 },
  );
}, 120_000);
