import { describe, expect, test } from "bun:test";
import { GuestBookStore, guestBooks } from "../../tests/support/guest_book.ts";
import { Answers, answerOf, sign, startGuestBooks } from "../../tests/support/guest_book_system.ts";

const ID = "01JD2Z7Q5V4T8N3XKQ0C9B6MWE";
const OTHER = "01JD2Z7Q5V4T8N3XKQ0C9B6MWF";

describe("a mailbox is bounded", () => {
  test("ask() rejects with busy at once when a mailbox is full, and what waits is not touched", async () => {
    const { books, store, clock, system } = startGuestBooks({ mailboxOperationsMax: 2 });
    store.loads.close();
    const answers = new Answers();
    answers.note("Ada", books.ask(ID, sign("Ada")));
    answers.note("Grace", books.ask(ID, sign("Grace")));
    answers.note("Alan", books.ask(ID, sign("Alan")));
    await clock.settle();
    expect(answers.list).toEqual(["Alan: busy"]);
    expect(system.report().kinds[0]).toMatchObject({ overloads: 1, waiting: 2, waitingMax: 2 });
    store.loads.open();
    await clock.settle();
    expect(answers.list).toEqual(["Alan: busy", "Ada: 1", "Grace: 2"]);
  });

  test("ask() says when to try again", async () => {
    const { books } = startGuestBooks({ mailboxOperationsMax: 0 });
    await expect(books.ask(ID, sign("Ada"))).rejects.toMatchObject({
      code: "busy",
      retryAfterSeconds: 1,
    });
  });

  test("the system lane has room of its own, and goes first", async () => {
    const { books, store, clock, watch } = startGuestBooks({
      mailboxOperationsMax: 1,
      mailboxSystemOperationsMax: 1,
    });
    store.loads.close();
    const answers = new Answers();
    answers.note("user", books.ask(ID, sign("Ada")));
    answers.note("system", books.ask(ID, sign("the host"), { lane: "system" }));
    answers.note("one more", books.ask(ID, sign("the host again"), { lane: "system" }));
    await clock.settle();
    expect(answers.list).toEqual(["one more: busy"]);
    store.loads.open();
    await clock.settle();
    expect(watch.applied.map(({ operation }) => operation)).toEqual([
      sign("the host"),
      sign("Ada"),
    ]);
  });

  test("tell() to a full mailbox becomes a dead letter", async () => {
    const { books, system } = startGuestBooks({ mailboxOperationsMax: 0 });
    books.tell(ID, sign("Ada"));
    const { deadLetters } = system.report();
    expect(deadLetters.counts).toEqual({ busy: 1 });
    expect(deadLetters.recent).toMatchObject([
      { address: `room:${ID}`, operation: "sign", reason: "busy" },
    ]);
  });
});

describe("tell()", () => {
  test("carries an operation out", async () => {
    const { books, store, clock, system } = startGuestBooks();
    books.tell(ID, sign("Ada"));
    await clock.settle();
    expect(store.books.get(ID)).toEqual([{ by: "sign-by-Ada", name: "Ada" }]);
    expect(system.report().deadLetters.counts).toEqual({});
  });

  test("makes every failure a dead letter", async () => {
    const { books, store, clock, system } = startGuestBooks({ restartsMax: 1 });
    books.tell(ID, { type: "refuse" });
    await clock.settle();
    store.commitError = new Error("the cable is out");
    books.tell(ID, sign("Ada"));
    await clock.settle();
    store.loadError = new Error("the cable is out");
    books.tell(ID, sign("Ada"));
    await clock.settle();
    store.loadError = undefined;
    books.tell(ID, { type: "crash", message: "a torn page" });
    await clock.settle();
    books.tell(ID, { type: "read" });
    books.tell("nonsense", { type: "read" });
    void system.drain();
    books.tell(OTHER, { type: "read" });
    expect(system.report().deadLetters.counts).toEqual({
      refused: 1,
      store_failed: 2,
      crashed: 1,
      quarantined: 1,
      not_found: 1,
      draining: 1,
    });
  });
});

describe("deadlines", () => {
  test("an operation whose sender gave up while it waited is not carried out", async () => {
    const { books, store, clock, system, watch } = startGuestBooks();
    store.loads.close();
    const answers = new Answers();
    answers.note("Ada", books.ask(ID, sign("Ada"), { timeoutMs: 1_000 }));
    answers.note("Grace", books.ask(ID, sign("Grace")));
    await clock.advance(1_100);
    expect(answers.list).toEqual(["Ada: timed_out"]);
    expect(system.report().kinds[0]?.waiting).toBe(1);
    store.loads.open();
    await clock.settle();
    expect(answers.list).toEqual(["Ada: timed_out", "Grace: 1"]);
    expect(watch.applied.map(({ operation }) => operation)).toEqual([sign("Grace")]);
    expect(system.report().deadLetters.counts).toEqual({ timed_out: 1 });
  });

  test("an operation that had been started takes effect, and its late reply is counted", async () => {
    const { books, store, clock, system } = startGuestBooks();
    store.commits.close();
    const asked = answerOf(books.ask(ID, sign("Ada"), { timeoutMs: 1_000 }));
    await clock.advance(1_100);
    expect(await asked).toBe("timed_out");
    store.commits.open();
    await clock.settle();
    expect(system.report().deadLetters.counts).toEqual({ late_reply: 1 });
    // So a sender tries again with the same id, and gets the first answer.
    expect(await books.ask(ID, sign("Ada"))).toBe(1);
    expect(store.books.get(ID)).toHaveLength(1);
  });

  test("asks without a deadline of their own have the longest there is", async () => {
    const { books, store, clock } = startGuestBooks();
    store.loads.close();
    const answers = new Answers();
    answers.note("default", books.ask(ID, { type: "read" }));
    answers.note("longer", books.ask(ID, { type: "read" }, { timeoutMs: 3_600_000 }));
    await clock.advance(9_900);
    expect(answers.list).toEqual([]);
    await clock.advance(200);
    expect(answers.list).toEqual(["default: timed_out", "longer: timed_out"]);
  });

  test("an actor whose only operation timed out while it loaded rests, and leaves in time", async () => {
    const { books, store, clock, system } = startGuestBooks();
    store.loads.close();
    const asked = answerOf(books.ask(ID, { type: "read" }));
    await clock.advance(11_000);
    expect(await asked).toBe("timed_out");
    store.loads.open();
    await clock.settle();
    expect(books.isActive(ID)).toBe(true);
    await clock.advance(130_000);
    expect(system.report().kinds[0]).toMatchObject({ live: 0, passivations: 1 });
  });

  test("an actor whose waiting operations timed out while it paused is gone after the pause", async () => {
    const { books, clock, system } = startGuestBooks({
      restartBackoffMs: 5_000,
      restartBackoffMsMax: 5_000,
    });
    const answers = new Answers();
    answers.note("crash", books.ask(ID, { type: "crash", message: "a torn page" }));
    answers.note("read", books.ask(ID, { type: "read" }, { timeoutMs: 500 }));
    await clock.advance(5_100);
    expect(answers.list).toEqual(["crash: crashed", "read: timed_out"]);
    expect(system.report().kinds[0]).toMatchObject({ live: 0, restarting: 0, loading: 0 });
  });
});

describe("addresses", () => {
  test("what is not an id reaches no store", async () => {
    const { books, store } = startGuestBooks();
    for (const id of ["", "nonsense", `${ID}0`, "../../../../etc/passwd    "]) {
      expect(await answerOf(books.ask(id, { type: "read" }))).toBe("not_found");
    }
    expect(store.loaded).toBe(0);
  });

  test("register() refuses a kind that is known", () => {
    const { system } = startGuestBooks();
    expect(() => system.register(guestBooks().behavior, new GuestBookStore())).toThrow(RangeError);
  });
});

describe("drain()", () => {
  test("refuses what is new, finishes what waits, saves, and leaves nothing in memory", async () => {
    const { books, store, clock, watch, system } = startGuestBooks();
    watch.countsBeforeLeaving = true;
    await books.ask(OTHER, sign("Ada"));
    store.commits.close();
    const answers = new Answers();
    answers.note("started", books.ask(ID, sign("Grace")));
    await clock.settle();
    answers.note("waiting", books.ask(ID, sign("Alan")));
    let isDrained = false;
    void system.drain().then(() => (isDrained = true));
    answers.note("new", books.ask(ID, sign("Edsger")));
    answers.note("new elsewhere", books.ask(OTHER, { type: "read" }));
    await clock.settle();
    expect(answers.list).toEqual(["new: draining", "new elsewhere: draining"]);
    expect(isDrained).toBe(false);
    expect(system.report().isDraining).toBe(true);
    store.commits.open();
    await clock.settle();
    expect(answers.list.slice(2)).toEqual(["started: 1", "waiting: 2"]);
    expect(isDrained).toBe(true);
    expect([store.counts.get(ID), store.counts.get(OTHER)]).toEqual([2, 1]);
    expect(system.report().kinds[0]).toMatchObject({ live: 0, leaving: 0, loading: 0 });
    await clock.advance(10_000);
    expect(clock.timers).toBe(0);
  });

  test("of an idle system is over at once, and a second call answers the same", async () => {
    const { system } = startGuestBooks();
    const first = system.drain();
    expect(system.drain()).toBe(first);
    await first;
  });

  test("waits for what loads", async () => {
    const { books, store, clock, system } = startGuestBooks();
    store.loads.close();
    const signed = books.ask(ID, sign("Ada"));
    await clock.settle();
    const drained = system.drain();
    store.loads.open();
    expect(await signed).toBe(1);
    await drained;
    expect(store.books.get(ID)).toHaveLength(1);
  });

  test("does not wait for back-offs", async () => {
    const { books, clock, system } = startGuestBooks();
    const answers = new Answers();
    answers.note("crash", books.ask(ID, { type: "crash", message: "a torn page" }));
    answers.note("sign", books.ask(ID, sign("Ada")));
    answers.note("elsewhere", books.ask(OTHER, { type: "crash", message: "a torn page" }));
    await clock.settle();
    expect(system.report().kinds[0]).toMatchObject({ restarting: 2 });
    await system.drain();
    expect(answers.list).toEqual(["crash: crashed", "elsewhere: crashed", "sign: 1"]);
  });

  test("ends although an actor crashes again and again", async () => {
    const { books, clock, watch, system } = startGuestBooks();
    watch.loadThrows = true;
    const asked = answerOf(books.ask(ID, sign("Ada")));
    await clock.settle();
    await system.drain();
    expect(await asked).toBe("quarantined");
  });

  test("ends although an actor cannot save, and says so", async () => {
    const { books, store, watch, system, log } = startGuestBooks();
    watch.countsBeforeLeaving = true;
    await books.ask(ID, sign("Ada"));
    store.commitError = new Error("the cable is out");
    await system.drain();
    expect(log.find("Cannot save an idle actor")).toHaveLength(1);
    expect(books.isActive(ID)).toBe(false);
  });

  test("is cut off after its time: who waits is told, and nobody waits forever", async () => {
    const { books, store, clock, system, log } = startGuestBooks();
    store.commits.close();
    const answers = new Answers();
    answers.note("started", books.ask(ID, sign("Ada")));
    await clock.settle();
    answers.note("waiting", books.ask(ID, sign("Grace")));
    books.tell(ID, sign("Alan"));
    await clock.advance(3_000);
    const drained = system.drain();
    await clock.advance(7_900);
    // Asks have deadlines of their own; this one comes before the end of the drain.
    expect(answers.list).toEqual(["started: timed_out", "waiting: timed_out"]);
    await clock.advance(200);
    await drained;
    expect(log.find("Cut off a drain")).toHaveLength(1);
    expect(system.report().deadLetters.counts).toEqual({ timed_out: 1, draining: 1 });
  });

  test("that is cut off answers what waits with draining and what was started with timed_out", async () => {
    const { books, store, clock, system } = startGuestBooks({ drainMsMax: 2_000 });
    store.commits.close();
    const answers = new Answers();
    answers.note("started", books.ask(ID, sign("Ada")));
    await clock.settle();
    answers.note("waiting", books.ask(ID, sign("Grace")));
    const drained = system.drain();
    await clock.advance(2_000);
    await drained;
    expect(answers.list).toEqual(["waiting: draining", "started: timed_out"]);
    store.commits.open();
    await clock.settle();
    expect(system.report().kinds[0]).toMatchObject({ live: 0 });
  });
});
