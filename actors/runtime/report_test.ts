import { expect, test } from "bun:test";
import { answerOf, sign, startGuestBooks } from "../../tests/support/guest_book_system.ts";

const ID = "01JD2Z7Q5V4T8N3XKQ0C9B6MWE";
const OTHER = "01JD2Z7Q5V4T8N3XKQ0C9B6MWF";

test("a report of a system where nothing happened is all zero", () => {
  const { system } = startGuestBooks();
  expect(system.report()).toEqual({
    uptimeMs: 0,
    residentBytes: 0,
    isDraining: false,
    kinds: [
      {
        kind: "room",
        live: 0,
        loading: 0,
        restarting: 0,
        quarantined: 0,
        leaving: 0,
        waiting: 0,
        waitingMax: 0,
        subscribed: 0,
        operations: 0,
        overloads: 0,
        turns: 0,
        turnMs: { p50: 0, p99: 0, max: 0, turns: 0 },
        commits: 0,
        batchesPerCommit: 0,
        restarts: 0,
        passivations: 0,
      },
    ],
    quarantined: [],
    busiest: [],
    deadLetters: { counts: {}, recent: [] },
  });
});

test("a report counts what happened and what waits", async () => {
  const { books, store, clock, memory, system } = startGuestBooks({ restartsMax: 1 });
  memory.bytes = 123;
  await books.ask(OTHER, sign("Ada"));
  const crashed = "01JD2Z7Q5V4T8N3XKQ0C9B6MWG";
  await answerOf(books.ask(crashed, { type: "crash", message: "a torn page" }));
  store.commits.close();
  const signed = books.ask(OTHER, sign("Grace"));
  await clock.settle();
  books.tell(OTHER, { type: "read" });
  books.tell(OTHER, { type: "read" });
  store.loads.close();
  books.tell(ID, { type: "read" });
  books.subscribe(ID, () => {});
  await clock.advance(400);
  expect(system.report()).toMatchObject({
    uptimeMs: 400,
    residentBytes: 123,
    kinds: [
      {
        live: 1,
        loading: 1,
        quarantined: 1,
        waiting: 3,
        waitingMax: 2,
        subscribed: 1,
        operations: 2,
        turns: 2,
        commits: 2,
        batchesPerCommit: 1,
      },
    ],
    quarantined: [{ address: `room:${crashed}`, message: "a torn page", crashes: 1 }],
  });
  store.loads.open();
  store.commits.open();
  await signed;
  expect(system.report().kinds[0]?.turnMs).toMatchObject({ max: 400 });
});

test("the busiest actors come first, by what waits and then by turns, and not too many", async () => {
  const { books, store, clock, system } = startGuestBooks({ busiestActorsMax: 2 });
  const third = "01JD2Z7Q5V4T8N3XKQ0C9B6MWG";
  await books.ask(third, { type: "read" });
  await books.ask(OTHER, { type: "read" });
  await books.ask(OTHER, { type: "read" });
  await clock.advance(700);
  store.commits.close();
  const signed = books.ask(ID, sign("Ada"));
  await clock.settle();
  books.tell(ID, { type: "read" });
  expect(system.report().busiest).toEqual([
    { address: `room:${ID}`, waiting: 1, turns: 0, lastTurnMs: 0, idleMs: 0 },
    { address: `room:${OTHER}`, waiting: 0, turns: 2, lastTurnMs: 0, idleMs: 700 },
  ]);
  store.commits.open();
  await signed;
});
