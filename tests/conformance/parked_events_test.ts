import { afterAll, afterEach, beforeEach, describe, expect, test } from "bun:test";
import { limits, type NewParkedEvent, type ParkedOutcome } from "../../actors/mod.ts";
import { noteEvent } from "../support/events.ts";
import { inboxDatabases, type TestInboxes } from "./databases.ts";

const HIDDEN = { limit: 9, hiddenMs: 1_000 };

let opened: TestInboxes;

async function park(id: string, given: Partial<NewParkedEvent> = {}): Promise<void> {
  const { subjectId = id } = given;
  await opened.parkedEvents.park({
    ...{ group: "inbox", id, subjectId, text: JSON.stringify(noteEvent(id, { subjectId })) },
    ...{ state: "waiting", isHolding: false, failures: 1, error: "No", since: 5, dueAt: 10 },
    ...given,
  });
}

async function take(now: number, group = "inbox"): Promise<string[]> {
  return (await opened.parkedEvents.take(group, now, HIDDEN)).map(({ id }) => id);
}

async function settle(id: string, outcome: ParkedOutcome): Promise<void> {
  const found = (await opened.parkedEvents.list(99)).find((event) => event.id === id);
  await opened.parkedEvents.settle(found?.number ?? 0, outcome);
}

describe.each(inboxDatabases())("parked events in $name", ({ open, end }) => {
  beforeEach(async () => {
    opened = await open();
  });

  afterEach(() => opened.close());
  afterAll(end);

  test("are kept once for each group, with all that is known of them", async () => {
    await park("one");
    await park("one", { error: "Again" });
    await park("one", { group: "lists" });
    expect(await opened.parkedEvents.counts()).toEqual({
      ...{ waiting: 2, setAside: 0, newestSetAside: undefined },
    });
    const [, first] = await opened.parkedEvents.list(9);
    expect(first).toEqual({
      ...{ number: 1, group: "inbox", id: "one", event: noteEvent("one", { subjectId: "one" }) },
      ...{ state: "waiting", failures: 1, unsettled: 0, error: "No", since: 5, dueAt: 10 },
    });
  });

  test("are taken when they are due, by one at a time, and each time counts", async () => {
    await park("late", { dueAt: 50 });
    await park("soon");
    await park("other", { group: "lists" });
    expect(await take(9)).toEqual([]);
    expect(await take(10)).toEqual(["soon"]);
    expect(await take(11)).toEqual([]);
    expect(await take(11, "lists")).toEqual(["other"]);
    // The node that had it in hand is gone.
    const [, again] = await opened.parkedEvents.take("inbox", 1_010, HIDDEN);
    expect(again).toMatchObject({ id: "soon", failures: 3 });
  });

  test("never go to two at the same time", async () => {
    const ids = Array.from({ length: 20 }, (_, index) => `${index}`);
    for (const id of ids) await park(id);
    const taken = await Promise.all(
      Array.from({ length: 8 }, () =>
        opened.parkedEvents.take("inbox", 10, { limit: 3, hiddenMs: 99 }),
      ),
    );
    const rest = await opened.parkedEvents.take("inbox", 10, { limit: 99, hiddenMs: 99 });
    const all = [...taken.flat(), ...rest].map(({ id }) => id);
    expect(all.toSorted()).toEqual(ids.toSorted());
  });

  test("that were in hand when a process died come one at a time, beside new ones", async () => {
    for (const id of ["one", "two", "three"]) await park(id);
    expect(await take(10)).toEqual(["one", "two", "three"]);
    await settle("three", { state: "waiting", error: "Busy", dueAt: 20, isHolding: false });
    await park("new");
    expect(await take(2_000)).toEqual(["three", "new", "one"]);
    expect(await take(2_000)).toEqual([]);
    expect(await take(2_000, "lists")).toEqual([]);
    await settle("one", { state: "handled" });
    const [two] = await opened.parkedEvents.take("inbox", 2_000, HIDDEN);
    expect(two).toMatchObject({ id: "two", unsettled: 2 });
    await settle("two", { state: "postponed", dueAt: 2_000 });
    const [again] = await opened.parkedEvents.take("inbox", 2_000, HIDDEN);
    expect(again).toMatchObject({ id: "two", unsettled: 1 });
  });

  test("of one subject come in their order where the first waits for something else", async () => {
    const given = { subjectId: "note", isHolding: true };
    await park("first", given);
    await park("second", { ...given, failures: 0 });
    await park("bystander");
    expect(await opened.parkedEvents.isHeld("inbox", "note")).toBe(true);
    expect(await opened.parkedEvents.isHeld("lists", "note")).toBe(false);
    expect(await opened.parkedEvents.isHeld("inbox", "bystander")).toBe(false);
    expect(await take(10)).toEqual(["first", "bystander"]);
    await settle("first", { state: "handled" });
    expect(await take(10)).toEqual(["second"]);
    await settle("second", { state: "handled" });
    expect(await opened.parkedEvents.isHeld("inbox", "note")).toBe(false);
  });

  test("hold nothing behind them that is their own fault, or was set aside", async () => {
    const given = { subjectId: "note", isHolding: true };
    await park("first", given);
    await park("second", given);
    await take(10);
    await settle("first", { state: "waiting", error: "Broken", dueAt: 90, isHolding: false });
    expect(await take(20)).toEqual(["second"]);
    await settle("second", { state: "set_aside", error: "For good" });
    expect(await opened.parkedEvents.isHeld("inbox", "note")).toBe(false);
  });

  test("lose a try that was none", async () => {
    await park("one");
    await take(10);
    await settle("one", { state: "postponed", dueAt: 40 });
    expect((await opened.parkedEvents.list(9))[0]).toMatchObject({ failures: 1, dueAt: 40 });
  });

  test("that were set aside stay until they are replayed or discarded", async () => {
    for (const id of ["one", "two", "three"]) await park(id);
    await take(10);
    for (const id of ["one", "two"]) await settle(id, { state: "set_aside", error: "For good" });
    expect(await take(9_000)).toEqual(["three"]);
    const counts = await opened.parkedEvents.counts();
    expect(counts).toEqual({ waiting: 1, setAside: 2, newestSetAside: 2 });
    expect((await opened.parkedEvents.list(9)).map(({ id }) => id)).toEqual([
      ...["two", "one", "three"],
    ]);
    const waiting = (await opened.parkedEvents.list(9)).at(-1)?.number ?? 0;
    expect(await opened.parkedEvents.discard(waiting)).toBeUndefined();
    expect(await opened.parkedEvents.discard(1)).toMatchObject({ id: "one", error: "For good" });
    expect(await opened.parkedEvents.replay("all", 9_500)).toMatchObject([{ id: "two" }]);
    expect(await opened.parkedEvents.replay(77, 9_500)).toEqual([]);
    expect(await opened.parkedEvents.take("inbox", 9_500, HIDDEN)).toMatchObject([
      { id: "two", failures: 1 },
    ]);
  });

  test("about what was purged are forgotten, but for the event that says so", async () => {
    const given = { subjectId: "note" };
    await park("document.shared:note:1", given);
    await park("document.shared:note:2", { ...given, state: "set_aside" });
    await park("document.purged:note:3", given);
    await park("document.shared:other:1", { subjectId: "other" });
    await opened.parkedEvents.forgetSubject("note");
    const left = (await opened.parkedEvents.list(9)).map(({ id }) => id);
    expect(left.toSorted()).toEqual(["document.purged:note:3", "document.shared:other:1"]);
  });

  test("keep what cannot be read, and errors that are long or strange", async () => {
    await park("one", { text: "{", error: `\0\ud800${"x".repeat(9_000)}` });
    const [one] = await opened.parkedEvents.list(9);
    expect(one).toMatchObject({ id: "one", event: undefined });
    expect(one?.error).toHaveLength(limits.eventErrorUnitsMax);
  });
});
