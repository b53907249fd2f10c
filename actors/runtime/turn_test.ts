import { describe, expect, test } from "bun:test";
import { Answers, answerOf, sign, startGuestBooks } from "../../tests/support/guest_book_system.ts";
import { SuiteError } from "../errors.ts";

const ID = "01JD2Z7Q5V4T8N3XKQ0C9B6MWE";
const OTHER = "01JD2Z7Q5V4T8N3XKQ0C9B6MWF";
const burn = { type: "burn", host: "Ada" } as const;

describe("one at a time", () => {
  test("operations that wait together are one turn, one commit and one call of the listeners", async () => {
    const { books, store, clock, system } = startGuestBooks();
    const heard: (readonly string[])[] = [];
    books.subscribe(ID, (_, events) => heard.push(events));
    const replies = ["Ada", "Grace", "Alan"].map((name) => books.ask(ID, sign(name)));
    expect(await Promise.all(replies)).toEqual([1, 2, 3]);
    await clock.settle();
    expect(store.committed).toEqual([[ID]]);
    expect(heard).toEqual([["Ada signed", "Grace signed", "Alan signed"]]);
    expect(system.report().kinds[0]).toMatchObject({ turns: 1, operations: 3, commits: 1 });
  });

  test("a turn takes no more than its limit, and the rest is the next turn", async () => {
    const { books, store, clock } = startGuestBooks({ turnOperationsMax: 2 });
    for (const name of ["Ada", "Grace", "Alan"]) books.tell(ID, sign(name));
    await clock.settle();
    expect(store.committed).toEqual([[ID], [ID]]);
    expect(store.books.get(ID)?.map((line) => line.name)).toEqual(["Ada", "Grace", "Alan"]);
  });

  test("slow operations end a turn early", async () => {
    const { books, store, clock, watch } = startGuestBooks({ sliceMsMax: 8 });
    watch.applying = () => void clock.jump(5);
    for (const name of ["Ada", "Grace", "Alan"]) books.tell(ID, sign(name));
    await clock.settle();
    expect(store.committed).toEqual([[ID], [ID]]);
  });

  test("no operation is applied while the turn before it is not on disk", async () => {
    const { books, store, clock, watch } = startGuestBooks();
    store.commits.close();
    books.tell(ID, sign("Ada"));
    await clock.settle();
    books.tell(ID, sign("Grace"));
    books.tell(ID, { type: "read" });
    await clock.settle();
    expect(watch.applied).toHaveLength(1);
    store.commits.open();
    await clock.settle();
    expect(watch.applied.map(({ operation }) => operation.type)).toEqual(["sign", "sign", "read"]);
  });

  test("turns of different actors that wait at the same moment share a commit", async () => {
    const { books, store, clock } = startGuestBooks();
    store.commits.close();
    books.tell(ID, { type: "read" });
    books.tell(OTHER, { type: "read" });
    await clock.settle();
    books.tell(ID, sign("Ada"));
    books.tell(OTHER, sign("Grace"));
    await clock.settle();
    expect(store.committed).toEqual([[ID, OTHER]]);
    store.commits.open();
  });
});

describe("durable before visible", () => {
  test("nobody hears of a change, or of what comes after it, before it is on disk", async () => {
    const { books, store, clock } = startGuestBooks();
    const answers = new Answers();
    const heard: string[] = [];
    books.subscribe(ID, (_, events) => heard.push(...events));
    store.commits.close();
    answers.note("wave before", books.ask(ID, { type: "wave", name: "Edsger" }));
    answers.note("sign", books.ask(ID, sign("Ada")));
    answers.note("wave after", books.ask(ID, { type: "wave", name: "Grace" }));
    answers.note("refuse", books.ask(ID, { type: "refuse" }));
    await clock.settle();
    expect(answers.list).toEqual([]);
    expect(heard).toEqual([]);
    expect(store.books.size).toBe(0);
    store.commits.open();
    await clock.settle();
    expect(heard).toEqual(["Edsger waves", "Ada signed", "Grace waves"]);
    expect(answers.list).toEqual([
      "wave before: Edsger",
      "sign: 1",
      "wave after: Grace",
      "refuse: Cannot do that: the host does not want it",
    ]);
  });

  test("turns without changes do not touch the store", async () => {
    const { books, store } = startGuestBooks();
    await books.ask(ID, { type: "wave", name: "Ada" });
    await answerOf(books.ask(ID, { type: "refuse" }));
    expect(store.committed).toEqual([]);
  });

  test("an operation that is repeated gets the first answer and writes nothing", async () => {
    const { books, store } = startGuestBooks();
    expect(await books.ask(ID, sign("Ada"))).toBe(1);
    expect(await books.ask(ID, sign("Grace"))).toBe(2);
    expect(await books.ask(ID, sign("Ada"))).toBe(1);
    expect(store.committed).toHaveLength(2);
  });
});

test("observe() hears what every actor commits", async () => {
  const { books } = startGuestBooks();
  const heard: string[] = [];
  const leave = books.observe((id, events) => heard.push(`${id === ID} ${events}`));
  await books.ask(ID, sign("Ada"));
  await books.ask(OTHER, sign("Grace"));
  leave();
  await books.ask(ID, sign("Alan"));
  expect(heard).toEqual(["true Ada signed", "false Grace signed"]);
});

describe("a write that fails", () => {
  test("answers every sender from the first change on, forgets the state, and loads it again", async () => {
    const { books, store, clock, watch } = startGuestBooks();
    const answers = new Answers();
    const heard: string[] = [];
    books.subscribe(ID, (_, events) => heard.push(...events));
    store.commits.close();
    store.commitError = new Error("the cable is out");
    answers.note("wave before", books.ask(ID, { type: "wave", name: "Edsger" }));
    answers.note("sign", books.ask(ID, sign("Ada")));
    answers.note("wave after", books.ask(ID, { type: "wave", name: "Grace" }));
    answers.note("refuse", books.ask(ID, { type: "refuse" }));
    await clock.settle();
    answers.note("read", books.ask(ID, { type: "read" }));
    store.commits.open();
    await clock.settle();
    expect(heard).toEqual(["Edsger waves"]);
    expect(answers.list).toEqual([
      "wave before: Edsger",
      "sign: store_failed",
      "wave after: store_failed",
      "refuse: store_failed",
      "read: ",
    ]);
    expect(store.loaded).toBe(2);
    expect(watch.disposed).toBe(1);
  });

  test("leaves nothing in memory when nobody waits, and the same operation may be sent again", async () => {
    const { books, store, system } = startGuestBooks();
    store.commitError = new Error("the cable is out");
    expect(await answerOf(books.ask(ID, sign("Ada")))).toBe("store_failed");
    expect(books.isActive(ID)).toBe(false);
    expect(system.report().kinds[0]).toMatchObject({ live: 0, loading: 0, restarts: 0 });
    store.commitError = undefined;
    expect(await books.ask(ID, sign("Ada"))).toBe(1);
    expect(store.books.get(ID)).toHaveLength(1);
  });

  test("hands the store's own word to the sender", async () => {
    const { books, store, log } = startGuestBooks();
    store.commitError = new SuiteError("store_full", "Cannot write: the disk is full");
    expect(await answerOf(books.ask(ID, sign("Ada")))).toBe("store_full");
    expect(log.find("Cannot commit")).toHaveLength(1);
  });

  test("of one batch does not hurt the others in the same commit", async () => {
    const { books, store, clock, log } = startGuestBooks();
    const answers = new Answers();
    await Promise.all([books.ask(ID, { type: "read" }), books.ask(OTHER, { type: "read" })]);
    store.failing.set(ID, new Error("a torn page"));
    answers.note("first", books.ask(ID, sign("Ada")));
    answers.note("second", books.ask(OTHER, sign("Grace")));
    await clock.settle();
    expect(store.committed).toEqual([[ID, OTHER]]);
    expect(answers.list).toEqual(["first: store_failed", "second: 1"]);
    expect(books.isActive(ID)).toBe(false);
    expect(books.isActive(OTHER)).toBe(true);
    expect(log.find("Cannot write a batch").map((line) => line.fields)).toEqual([
      { address: `room:${ID}`, error: "Error: a torn page" },
    ]);
  });
});

describe("an operation that needs the store", () => {
  test("is applied with the answer before the next one is applied", async () => {
    const { books, store, clock, watch } = startGuestBooks();
    await books.ask(ID, sign("Ada"));
    store.fetches.close();
    const recalled = books.ask(ID, { type: "recall", line: 1 });
    const signed = books.ask(ID, sign("Grace"));
    await clock.settle();
    expect(watch.applied.map(({ operation }) => operation.type)).toEqual(["sign", "recall"]);
    store.fetches.open();
    expect(await recalled).toBe("Ada");
    expect(await signed).toBe(2);
    expect(watch.applied.map(({ operation }) => operation.type)).toEqual([
      "sign",
      "recall",
      "recall",
      "sign",
    ]);
  });

  test("is answered with all that was decided before it in the same turn", async () => {
    const { books, store, clock } = startGuestBooks();
    const heard: (readonly string[])[] = [];
    books.subscribe(ID, (_, events) => heard.push(events));
    books.tell(ID, sign("Ada"));
    const recalled = books.ask(ID, { type: "recall", line: 1 });
    books.tell(ID, sign("Grace"));
    expect(await recalled).toBe("Ada");
    await clock.settle();
    expect(store.committed).toHaveLength(2);
    expect(heard).toEqual([["Ada signed"], ["recalled Ada", "Grace signed"]]);
  });

  test("waits for the state that is loaded again when the write before it fails", async () => {
    const { books, store, clock } = startGuestBooks();
    const answers = new Answers();
    store.commits.close();
    store.commitError = new Error("the cable is out");
    answers.note("sign", books.ask(ID, sign("Ada")));
    answers.note("recall", books.ask(ID, { type: "recall", line: 1 }));
    await clock.settle();
    answers.note("read", books.ask(ID, { type: "read" }));
    store.commits.open();
    await clock.settle();
    expect(answers.list).toEqual(["sign: store_failed", "recall: nobody", "read: "]);
  });

  test("is not put back when its sender gave up meanwhile", async () => {
    const { books, store, clock, watch } = startGuestBooks({ askMsMax: 1_000 });
    const answers = new Answers();
    store.commits.close();
    store.commitError = new Error("the cable is out");
    books.tell(ID, sign("Ada"));
    answers.note("recall", books.ask(ID, { type: "recall", line: 1 }));
    await clock.advance(1_100);
    store.commits.open();
    await clock.settle();
    expect(answers.list).toEqual(["recall: timed_out"]);
    expect(watch.applied).toHaveLength(2);
  });

  test("fails alone when the store cannot answer", async () => {
    const { books, store, clock } = startGuestBooks();
    const answers = new Answers();
    store.fetchError = new Error("the cable is out");
    answers.note("recall", books.ask(ID, { type: "recall", line: 1 }));
    answers.note("sign", books.ask(ID, sign("Ada")));
    await clock.settle();
    expect(answers.list).toEqual(["recall: store_failed", "sign: 1"]);
    expect(store.loaded).toBe(1);
  });

  test("counts as a crash when it never comes to a decision", async () => {
    const { books, store, watch, log } = startGuestBooks({ needsPerOperationMax: 3 });
    expect(await answerOf(books.ask(ID, { type: "ponder" }))).toBe("crashed");
    expect(watch.applied).toHaveLength(4);
    expect(log.find("An actor crashed")).toHaveLength(1);
    expect(store.committed).toEqual([]);
  });
});

describe("an operation that ends the actor's life", () => {
  test("gives the state up behind the commit and before the answer", async () => {
    const { books, store, watch } = startGuestBooks();
    await books.ask(ID, sign("Ada"));
    const seen: unknown[] = [];
    const look = () => seen.push([store.ended.has(ID), watch.disposed]);
    books.subscribe(ID, look);
    const burned = books.ask(ID, burn);
    expect(await burned.finally(look)).toBe("burned");
    expect(seen).toEqual([
      [true, 1],
      [true, 1],
    ]);
    expect(books.isActive(ID)).toBe(false);
  });

  test("ends the turn: what came behind it finds the tombstone, and what came before is done", async () => {
    const { books, store, watch, clock } = startGuestBooks();
    const answers = new Answers();
    answers.note("sign before", books.ask(ID, sign("Ada")));
    answers.note("burn", books.ask(ID, burn));
    answers.note("sign after", books.ask(ID, sign("Grace")));
    answers.note("read after", books.ask(ID, { type: "read" }));
    answers.note("burn again", books.ask(ID, burn));
    answers.note("another burns", books.ask(ID, { type: "burn", host: "Grace" }));
    await clock.settle();
    const gone = "Cannot open book: it was burned";
    expect(answers.list).toEqual([
      "sign before: 1",
      "burn: burned",
      `sign after: ${gone}`,
      `read after: ${gone}`,
      "burn again: burned",
      `another burns: ${gone}`,
    ]);
    expect(store.committed).toEqual([[ID]]);
    expect(store.loaded).toBe(2);
    expect(watch.disposed).toBe(1);
  });

  test("leaves the actor alive when its write fails", async () => {
    const { books, store } = startGuestBooks();
    await books.ask(ID, sign("Ada"));
    store.commitError = new Error("the cable is out");
    expect(await answerOf(books.ask(ID, burn))).toBe("store_failed");
    store.commitError = undefined;
    expect(await books.ask(ID, { type: "read" })).toEqual(["Ada"]);
    expect(await books.ask(ID, burn)).toBe("burned");
  });

  test("may come behind one that needed the store", async () => {
    const { books, clock, store } = startGuestBooks();
    await books.ask(ID, sign("Ada"));
    const answers = new Answers();
    answers.note("recall", books.ask(ID, { type: "recall", line: 1 }));
    answers.note("burn", books.ask(ID, burn));
    answers.note("recall after", books.ask(ID, { type: "recall", line: 1 }));
    await clock.settle();
    expect(answers.list).toEqual([
      "recall: Ada",
      "burn: burned",
      "recall after: Cannot open book: it was burned",
    ]);
    expect(store.violations).toEqual([]);
  });
});

describe("a behavior that throws", () => {
  test("what came before is committed and answered, what comes after waits, and only the sender is told", async () => {
    const { books, clock, watch } = startGuestBooks();
    const answers = new Answers();
    const heard: string[] = [];
    books.subscribe(ID, (_, events) => heard.push(...events));
    answers.note("sign before", books.ask(ID, sign("Ada")));
    answers.note("crash", books.ask(ID, { type: "crash", message: "a torn page" }));
    answers.note("sign after", books.ask(ID, sign("Grace")));
    await clock.settle();
    expect(answers.list).toEqual(["sign before: 1", "crash: crashed"]);
    expect(heard).toEqual(["Ada signed"]);
    expect(watch.disposed).toBe(1);
    await clock.advance(50);
    expect(answers.list).toEqual(["sign before: 1", "crash: crashed", "sign after: 2"]);
    expect(watch.applied.filter(({ operation }) => operation.type === "crash")).toHaveLength(1);
    expect(await books.ask(ID, { type: "read" })).toEqual(["Ada", "Grace"]);
  });

  test("what came before is told that its write failed, when it did", async () => {
    const { books, store, clock } = startGuestBooks();
    const answers = new Answers();
    store.commitError = new Error("the cable is out");
    answers.note("sign", books.ask(ID, sign("Ada")));
    answers.note("crash", books.ask(ID, { type: "crash", message: "a torn page" }));
    await clock.settle();
    expect(answers.list).toEqual(["sign: store_failed", "crash: crashed"]);
  });

  test("it may throw when it is given what it needed", async () => {
    const { books, watch } = startGuestBooks();
    watch.answerThrows = true;
    expect(await answerOf(books.ask(ID, { type: "recall", line: 1 }))).toBe("crashed");
    expect(watch.applied).toHaveLength(2);
  });
});

describe("an operation that continues", () => {
  const all = (...names: string[]) => ({ type: "sign_all", by: "group", names }) as const;

  test("is written and told part by part, and lets others between, and is answered at its end", async () => {
    const { books, store, clock } = startGuestBooks();
    const answers = new Answers();
    const heard: (readonly string[])[] = [];
    books.subscribe(ID, (_, events) => heard.push(events));
    answers.note("all", books.ask(ID, all("Ada", "Grace", "Alan"), { from: "group" }));
    answers.note("sign", books.ask(ID, sign("Edsger"), { from: "edsger" }));
    await clock.settle();
    expect(heard).toEqual([["Ada signed"], ["Edsger signed", "Grace signed"], ["Alan signed"]]);
    expect(answers.list).toEqual(["sign: 2", "all: 4"]);
    expect(store.committed).toHaveLength(3);
    expect(store.violations).toEqual([]);
  });

  test("goes before what its sender has sent behind it", async () => {
    const { books, clock } = startGuestBooks();
    const answers = new Answers();
    answers.note("all", books.ask(ID, all("Ada", "Grace"), { from: "group" }));
    answers.note("sign", books.ask(ID, sign("Alan"), { from: "group" }));
    await clock.settle();
    expect(answers.list).toEqual(["all: 2", "sign: 3"]);
  });

  test("keeps the parts that were written when another fails, and goes on from there", async () => {
    const { books, store, clock } = startGuestBooks();
    const answers = new Answers();
    books.subscribe(ID, (_, [event]) => {
      store.commitError = event === "Ada signed" ? new Error("the cable is out") : undefined;
    });
    answers.note("all", books.ask(ID, all("Ada", "Grace", "Alan")));
    await clock.settle();
    expect(answers.list).toEqual(["all: store_failed"]);
    expect(store.books.get(ID)).toHaveLength(1);
    store.commitError = undefined;
    expect(await books.ask(ID, all("Ada", "Grace", "Alan"))).toBe(3);
    expect(store.books.get(ID)).toHaveLength(3);
  });

  test("goes on when its sender gives up in between", async () => {
    const { books, store, clock, system } = startGuestBooks({ askMsMax: 1_000 });
    const answers = new Answers();
    store.commits.close();
    answers.note("all", books.ask(ID, all("Ada", "Grace", "Alan")));
    await clock.advance(1_100);
    store.commits.open();
    await clock.settle();
    expect(answers.list).toEqual(["all: timed_out"]);
    expect(store.books.get(ID)).toHaveLength(3);
    expect(system.report().deadLetters.counts).toEqual({ late_reply: 1 });
  });

  test("leaves everything behind it to be done before a drain ends", async () => {
    const { books, store, clock, system } = startGuestBooks();
    const answers = new Answers();
    answers.note("all", books.ask(ID, all("Ada", "Grace", "Alan")));
    await Promise.all([system.drain(), clock.settle()]);
    expect(answers.list).toEqual(["all: 3"]);
    expect(store.books.get(ID)).toHaveLength(3);
  });
});
