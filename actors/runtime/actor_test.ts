import { describe, expect, test } from "bun:test";
import { FakeClock } from "../../tests/support/fake_clock.ts";
import { guestBooks } from "../../tests/support/guest_book.ts";
import { Answers, answerOf, sign, startGuestBooks } from "../../tests/support/guest_book_system.ts";
import { SuiteError } from "../errors.ts";
import { ActorSystem } from "./system.ts";

const ID = "01JD2Z7Q5V4T8N3XKQ0C9B6MWE";
const OTHER = "01JD2Z7Q5V4T8N3XKQ0C9B6MWF";
const ADDRESS = `room:${ID}`;

/** Crashes a book as often as it takes to be quarantined, with the pauses between. */
async function crashUntilQuarantined(
  { books, clock }: Pick<ReturnType<typeof startGuestBooks>, "books" | "clock">,
  id: string,
): Promise<number> {
  for (let crashes = 1; ; crashes++) {
    const asked = answerOf(books.ask(id, { type: "crash", message: "a torn page" }));
    await clock.advance(5_000);
    if ((await asked) === "quarantined") return crashes - 1;
  }
}

describe("activation", () => {
  test("loads once, however many wait", async () => {
    const { books, store, clock } = startGuestBooks();
    store.books.set(ID, [{ by: "sign-by-Ada", name: "Ada" }]);
    store.loads.close();
    const answers = new Answers();
    answers.note("first", books.ask(ID, { type: "read" }));
    await clock.settle();
    answers.note("second", books.ask(ID, sign("Grace")));
    answers.note("third", books.ask(ID, { type: "read" }));
    await clock.settle();
    expect(books.isActive(ID)).toBe(false);
    store.loads.open();
    await clock.settle();
    expect(answers.list).toEqual(["first: Ada", "second: 2", "third: Ada,Grace"]);
    expect(store.loaded).toBe(1);
    expect(books.isActive(ID)).toBe(true);
  });

  test("a load that fails is told to all who wait, is not a crash, and may work the next time", async () => {
    const { books, store, clock, system } = startGuestBooks();
    const answers = new Answers();
    store.loadError = new Error("the cable is out");
    answers.note("first", books.ask(ID, { type: "read" }));
    answers.note("second", books.ask(ID, { type: "read" }));
    await clock.settle();
    expect(answers.list).toEqual(["first: store_failed", "second: store_failed"]);
    expect(system.report().kinds[0]).toMatchObject({ live: 0, loading: 0, restarts: 0 });
    store.loadError = new SuiteError("store_full", "Cannot read: the disk is full");
    expect(await answerOf(books.ask(ID, { type: "read" }))).toBe("store_full");
    store.loadError = undefined;
    expect(await books.ask(ID, sign("Ada"))).toBe(1);
  });

  test("a store that throws instead of rejecting is no different", async () => {
    const { books, store } = startGuestBooks();
    store.load = () => {
      throw new Error("the cable is out");
    };
    expect(await answerOf(books.ask(ID, { type: "read" }))).toBe("store_failed");
    expect(books.isActive(ID)).toBe(false);
    expect(await answerOf(books.ask(ID, { type: "read" }))).toBe("store_failed");
  });

  test("a behavior that cannot load is restarted while operations wait", async () => {
    const { books, watch, clock, system } = startGuestBooks();
    const answers = new Answers();
    watch.loadThrows = true;
    answers.note("read", books.ask(ID, { type: "read" }));
    await clock.advance(60);
    expect(answers.list).toEqual([]);
    expect(system.report().kinds[0]).toMatchObject({ restarting: 1, waiting: 1 });
    watch.loadThrows = false;
    await clock.advance(100);
    expect(answers.list).toEqual(["read: "]);
  });
});

describe("supervision", () => {
  test("pauses grow with each crash, and the other actors do not notice", async () => {
    const { books, store, clock } = startGuestBooks();
    await books.ask(OTHER, sign("Ada"));
    const pauses: number[] = [];
    for (let i = 0; i < 4; i++) {
      const loaded = store.loaded;
      const crashed = answerOf(books.ask(ID, { type: "crash", message: "a torn page" }));
      expect(await crashed).toBe("crashed");
      books.tell(ID, { type: "read" });
      const expected = i === 0 ? loaded + 2 : loaded + 1;
      let pause = 0;
      for (; store.loaded < expected; pause += 5) await clock.advance(5);
      pauses.push(pause);
      expect(await books.ask(OTHER, { type: "read" })).toEqual(["Ada"]);
    }
    for (const [index, pause] of pauses.entries()) {
      expect(pause).toBeWithin(25 * 2 ** index, 50 * 2 ** index + 6);
    }
  });

  test("too many crashes quarantine one actor, with what waits for it, and no other", async () => {
    const { books, store, clock, system, log } = startGuestBooks({ restartsMax: 3 });
    const answers = new Answers();
    await books.ask(ID, sign("Ada"));
    for (const name of ["one", "two", "three"]) {
      answers.note(name, books.ask(ID, { type: "crash", message: `page ${name}` }));
    }
    answers.note("waiting", books.ask(ID, { type: "read" }));
    await clock.advance(1_000);
    answers.note("later", books.ask(ID, { type: "read" }));
    await clock.settle();
    expect(answers.list).toEqual([
      "one: crashed",
      "two: crashed",
      "three: crashed",
      "waiting: quarantined",
      "later: quarantined",
    ]);
    expect(await books.ask(OTHER, { type: "read" })).toEqual([]);
    const { quarantined, kinds } = system.report();
    expect(quarantined).toEqual([
      { address: ADDRESS, message: "page three", crashes: 3, since: expect.any(Number) },
    ]);
    expect(kinds[0]).toMatchObject({ quarantined: 1, live: 1, restarts: 2 });
    expect(log.find("Quarantined an actor")).toHaveLength(1);
    expect(store.books.get(ID)).toHaveLength(1);
  });

  test("release() lets a quarantined actor start again, with its crashes forgotten", async () => {
    const started = startGuestBooks();
    const { books, clock, system } = started;
    expect(await crashUntilQuarantined(started, ID)).toBe(5);
    expect(system.release(ADDRESS)).toBe(true);
    expect(system.report().quarantined).toEqual([]);
    expect(await books.ask(ID, sign("Ada"))).toBe(1);
    const crashed = answerOf(books.ask(ID, { type: "crash", message: "again" }));
    expect(await crashed).toBe("crashed");
    await clock.advance(50);
    expect(await books.ask(ID, { type: "read" })).toEqual(["Ada"]);
  });

  test("release() does nothing for what is not quarantined", async () => {
    const { books, system } = startGuestBooks();
    await books.ask(ID, sign("Ada"));
    for (const address of [ADDRESS, `room:${OTHER}`, `document:${ID}`, "nonsense"]) {
      expect(system.release(address)).toBe(false);
    }
    expect(books.isActive(ID)).toBe(true);
  });

  test("crashes that lie far apart never end in quarantine", async () => {
    const { books, clock, system } = startGuestBooks();
    for (let i = 0; i < 12; i++) {
      const crashed = answerOf(books.ask(ID, { type: "crash", message: "a torn page" }));
      expect(await crashed).toBe("crashed");
      await clock.advance(20_000);
    }
    expect(system.report().quarantined).toEqual([]);
  });

  test("crashes count although the actor left memory between them", async () => {
    const started = startGuestBooks({ liveActorsMax: 1 });
    for (let i = 0; i < 5; i++) {
      const asked = answerOf(started.books.ask(ID, { type: "crash", message: "a torn page" }));
      await started.clock.advance(1_000);
      expect(await asked).toBe("crashed");
      if (i < 4) await started.books.ask(OTHER, { type: "read" });
    }
    expect(await answerOf(started.books.ask(ID, { type: "read" }))).toBe("quarantined");
  });

  test("a state that cannot be disposed of is logged and forgotten", async () => {
    const { books, watch, clock, log } = startGuestBooks();
    watch.disposeThrows = true;
    const crashed = answerOf(books.ask(ID, { type: "crash", message: "a torn page" }));
    expect(await crashed).toBe("crashed");
    await clock.advance(50);
    expect(await books.ask(ID, { type: "read" })).toEqual([]);
    expect(log.find("Cannot dispose of an actor's state")).toHaveLength(1);
  });
});

describe("an actor whose life has ended", () => {
  const burn = { type: "burn", host: "Ada" } as const;

  test("takes no place in memory, whatever is asked of it and after any restart", async () => {
    const { books, store, clock, system } = startGuestBooks();
    await books.ask(ID, burn);
    for (const operation of [sign("Ada"), burn, { type: "crash", message: "x" } as const]) {
      await answerOf(books.ask(ID, operation));
      expect(books.isActive(ID)).toBe(false);
    }
    books.tell(ID, { type: "wave", name: "Ada" });
    await clock.settle();
    expect(system.report()).toMatchObject({ kinds: [{ live: 0, loading: 0, restarts: 0 }] });
    expect(system.report().deadLetters.counts).toEqual({ refused: 1 });
    expect(store.violations).toEqual([]);
    await clock.advance(10_000);
    expect(clock.timers).toBe(0);
  });

  test("cannot be found where its behavior says nothing else", async () => {
    const { books, store, watch, log } = startGuestBooks();
    await books.ask(ID, burn);
    watch.endedThrows = true;
    expect(await answerOf(books.ask(ID, burn))).toBe("crashed");
    expect(log.find("An actor that has ended cannot answer")).toHaveLength(1);
    const silent = new ActorSystem({ clock: new FakeClock(), log });
    const { applyToEnded: _, ...behavior } = guestBooks().behavior;
    const others = silent.register(behavior, store);
    expect(await answerOf(others.ask(ID, burn))).toBe("not_found");
  });

  test("is gone when its shard moves or is lost while it is looked for", async () => {
    for (const way of ["move", "lose"] as const) {
      const { books, store, clock, system } = startGuestBooks();
      await books.ask(ID, burn);
      store.loads.close();
      const answers = new Answers();
      answers.note("sign", books.ask(ID, sign("Ada")));
      await clock.settle();
      const moved = system[way](() => true);
      store.loads.open();
      await moved;
      await clock.settle();
      const answer = way === "lose" ? "not_owner" : "Cannot open book: it was burned";
      expect(answers.list).toEqual([`sign: ${answer}`]);
      expect(system.report().kinds[0]).toMatchObject({ live: 0, loading: 0 });
    }
  });
});

describe("passivation", () => {
  test("an idle actor saves, leaves, and comes back as it was, with its listeners", async () => {
    const { books, store, watch, clock, system } = startGuestBooks();
    watch.countsBeforeLeaving = true;
    const heard: string[] = [];
    books.subscribe(ID, (_, events) => heard.push(...events));
    await books.ask(ID, sign("Ada"));
    await clock.advance(119_000);
    expect(books.isActive(ID)).toBe(true);
    await clock.advance(3_000);
    expect(books.isActive(ID)).toBe(false);
    expect(store.counts.get(ID)).toBe(1);
    expect(watch.disposed).toBe(1);
    expect(system.report().kinds[0]).toMatchObject({ live: 0, passivations: 1, subscribed: 1 });
    expect(await books.ask(ID, sign("Grace"))).toBe(2);
    expect(heard).toEqual(["Ada signed", "Grace signed"]);
  });

  test("operations that come while an actor leaves wait, and activate it anew", async () => {
    const { books, store, watch, clock, system } = startGuestBooks();
    watch.countsBeforeLeaving = true;
    await books.ask(ID, sign("Ada"));
    store.commits.close();
    await clock.advance(125_000);
    expect(system.report().kinds[0]).toMatchObject({ leaving: 1, live: 0 });
    const signed = books.ask(ID, sign("Grace"));
    const read = books.ask(ID, { type: "read" });
    await clock.settle();
    expect(watch.applied).toHaveLength(1);
    store.commits.open();
    expect(await signed).toBe(2);
    expect(await read).toEqual(["Ada", "Grace"]);
    expect(store.loaded).toBe(2);
  });

  test("an actor that cannot save stays, so that it can be read, and tries again", async () => {
    const { books, store, watch, clock, log } = startGuestBooks();
    watch.countsBeforeLeaving = true;
    await books.ask(ID, sign("Ada"));
    store.commitError = new Error("the cable is out");
    store.loadError = new Error("the cable is out");
    await clock.advance(125_000);
    expect(books.isActive(ID)).toBe(true);
    expect(await books.ask(ID, { type: "read" })).toEqual(["Ada"]);
    expect(log.find("Cannot save an idle actor")).toHaveLength(1);
    store.commitError = undefined;
    await clock.advance(125_000);
    expect(books.isActive(ID)).toBe(false);
    expect(store.counts.get(ID)).toBe(1);
  });

  test("an actor whose place is needed leaves although it cannot save, and nothing is lost", async () => {
    const { books, store, watch, clock, system } = startGuestBooks({ liveActorsMax: 1 });
    watch.countsBeforeLeaving = true;
    await books.ask(ID, sign("Ada"));
    store.commitError = new Error("the disk is full");
    expect(await books.ask(OTHER, { type: "read" })).toEqual([]);
    await clock.settle();
    expect(books.isActive(ID)).toBe(false);
    expect(system.report().kinds[0]).toMatchObject({ live: 1, leaving: 0 });
    expect(await books.ask(ID, { type: "read" })).toEqual(["Ada"]);
  });

  test("what came while it could not save is carried out after", async () => {
    const { books, store, watch, clock } = startGuestBooks();
    watch.countsBeforeLeaving = true;
    await books.ask(ID, sign("Ada"));
    store.commits.close();
    store.commitError = new Error("the cable is out");
    await clock.advance(125_000);
    const read = books.ask(ID, { type: "read" });
    store.commits.open();
    expect(await read).toEqual(["Ada"]);
    expect(store.loaded).toBe(1);
  });

  test("a behavior that throws while it leaves has crashed, and nothing is lost", async () => {
    const { books, watch, clock, system } = startGuestBooks();
    await books.ask(ID, sign("Ada"));
    watch.passivateThrows = true;
    await clock.advance(125_000);
    expect(books.isActive(ID)).toBe(false);
    expect(system.report().kinds[0]).toMatchObject({ restarts: 1, leaving: 0, live: 0 });
    expect(await books.ask(ID, { type: "read" })).toEqual(["Ada"]);
  });

  test("beyond the places in memory the least recently used leaves at once", async () => {
    const { books, clock, system } = startGuestBooks({ liveActorsMax: 2 });
    const third = "01JD2Z7Q5V4T8N3XKQ0C9B6MWG";
    await books.ask(ID, sign("Ada"));
    await books.ask(OTHER, sign("Grace"));
    await books.ask(ID, { type: "read" });
    await books.ask(third, sign("Alan"));
    await clock.settle();
    expect([ID, OTHER, third].map((id) => books.isActive(id))).toEqual([true, false, true]);
    expect(system.report().kinds[0]).toMatchObject({ live: 2, passivations: 1 });
    expect(await books.ask(OTHER, { type: "read" })).toEqual(["Grace"]);
  });

  test("when all places are taken by actors that work, a newcomer is told busy", async () => {
    const { books, store, clock } = startGuestBooks({ liveActorsMax: 1 });
    store.commits.close();
    const signed = books.ask(ID, sign("Ada"));
    await clock.settle();
    expect(await answerOf(books.ask(OTHER, sign("Grace")))).toBe("busy");
    store.commits.open();
    expect(await signed).toBe(1);
    expect(await books.ask(OTHER, sign("Grace"))).toBe(1);
  });

  test("under memory pressure idle actors leave at the next sweep", async () => {
    const { books, clock, memory } = startGuestBooks({ residentBytesMax: 1_000 });
    await books.ask(ID, sign("Ada"));
    memory.bytes = 2_000;
    await clock.advance(1_000);
    expect(books.isActive(ID)).toBe(false);
  });

  test("a thousand books on disk take no memory", async () => {
    const { books, clock, system } = startGuestBooks();
    for (let i = 0; i < 1_000; i++) books.tell(clock.mintId(), sign("Ada"));
    await clock.advance(130_000);
    expect(system.report().kinds[0]).toMatchObject({
      live: 0,
      loading: 0,
      leaving: 0,
      operations: 1_000,
      passivations: 1_000,
      subscribed: 0,
    });
    expect(clock.timers).toBe(0);
  });
});
