import { beforeEach, expect, test } from "bun:test";
import { type EventHandler, limits, SuiteError } from "../../actors/mod.ts";
import { noteEvent } from "../../tests/support/events.ts";
import { FakeClock } from "../../tests/support/fake_clock.ts";
import { MemoryLog } from "../../tests/support/memory_log.ts";
import { openParkedEvents } from "../../tests/support/parked_events.ts";
import type { SqlParkedEvents } from "../inbox/parked_events.ts";
import { LocalEventStream } from "./event_stream.ts";

let clock: FakeClock;
let log: MemoryLog;
let parked: SqlParkedEvents;

beforeEach(async () => {
  clock = new FakeClock();
  log = new MemoryLog();
  parked = await openParkedEvents();
});

/** A process; another one on the same table is a restart. */
function start(given: { parked?: SqlParkedEvents; isImpaired?: () => boolean } = {}) {
  return new LocalEventStream({ parked, clock, log, ...given });
}

const inParts = (count: number) =>
  Array.from({ length: count }, (_, index) => noteEvent(`${index}`, { subjectId: `${index}` }));

test("what all events need being away, publish() rejects after the other groups had their turn", async () => {
  const stream = start({ isImpaired: () => true });
  const taken: string[] = [];
  const failure = new SuiteError("store_failed", "Cannot save");
  await stream.consume("inbox", () => Promise.reject(failure));
  await stream.consume("lists", async ({ id }) => void taken.push(id));
  for (let i = 0; i < limits.eventFailuresMax * 2; i++) {
    await expect(stream.publish([noteEvent("1"), noteEvent("2")])).rejects.toBe(failure);
  }
  // Once each, however often the outbox hands them out.
  expect(taken).toEqual(["1", "2"]);
  expect(await parked.counts()).toMatchObject({ waiting: 0, setAside: 0 });
  await stream.close();
});

test("where an event can be neither handled nor parked, it stays in the outbox", async () => {
  const broken = await openParkedEvents();
  broken.park = () => Promise.reject(new SuiteError("store_failed", "Cannot save"));
  const stream = start({ parked: broken });
  await stream.consume("inbox", () => Promise.reject(new Error("Cannot digest")));
  await expect(stream.publish([noteEvent("1")])).rejects.toMatchObject({ code: "store_failed" });
  await stream.close();
});

test("any number of bad events, from different moments and before all others, hold none of them", async () => {
  const stream = start();
  const taken: string[] = [];
  await stream.consume("inbox", async ({ id }) => {
    if (id.startsWith("bad")) throw new Error("Cannot digest");
    taken.push(id);
  });
  for (let round = 0; round < 3; round++) {
    const bad = inParts(300).map((event) => ({ ...event, id: `bad ${round} ${event.id}` }));
    await stream.publish([...bad, noteEvent(`good ${round}`)]);
    await clock.advance(limits.eventRetryMs);
  }
  expect(taken).toEqual(["good 0", "good 1", "good 2"]);
  await stream.close();
});

test("an inbox that is always busy holds only what comes after it for the same note", async () => {
  const stream = start();
  const taken: string[] = [];
  let isBusy = true;
  await stream.consume("inbox", async ({ id, subjectId }) => {
    if (subjectId === "busy" && isBusy) throw new SuiteError("busy", "Cannot take more");
    taken.push(id);
  });
  const busy = ["1", "2", "3"].map((id) => noteEvent(id, { subjectId: "busy" }));
  await stream.publish([...busy, noteEvent("other")]);
  expect(taken).toEqual(["other"]);
  isBusy = false;
  await clock.advance(limits.eventRetryMs * 2);
  await stream.publish([noteEvent("4", { subjectId: "busy" })]);
  await clock.advance(limits.parkedEventPollMs);
  expect(taken).toEqual(["other", "1", "2", "3", "4"]);
  expect(await parked.counts()).toMatchObject({ waiting: 0, setAside: 0 });
  await stream.close();
});

test("an inbox that is always busy delays others of its note by a few seconds, once", async () => {
  const stream = start();
  const told: string[] = [];
  // As the inboxes of many are asked at once: what others are told is told, and the event fails.
  await stream.consume("inbox", async ({ id }) => {
    told.push(id);
    throw new SuiteError("busy", "Cannot take more");
  });
  for (let i = 0; i < 50; i++) {
    await stream.publish([noteEvent(`${i}`)]);
    await clock.advance(1_000);
  }
  const first = new Map(told.toReversed().map((id, index) => [id, told.length - index]));
  expect(first.size).toBe(50);
  const before = told.length;
  await stream.publish([noteEvent("last")]);
  expect(told.slice(before)).toContain("last");
  await stream.close();
});

test("an event that always fails is set aside after its tries, over restarts, until it is replayed", async () => {
  let tries = 0;
  const fail: EventHandler = async () => {
    tries++;
    throw new Error(`Cannot digest it the ${tries}th time`);
  };
  let stream = start();
  await stream.consume("inbox", fail);
  await stream.publish([noteEvent("poison")]);
  while (tries < limits.eventFailuresMax) {
    await stream.close();
    stream = start();
    await stream.consume("inbox", fail);
    await clock.advance(limits.eventRetryMsMax * 2);
  }
  await clock.advance(limits.eventRetryMsMax * 2);
  expect(tries).toBe(limits.eventFailuresMax);
  const [event] = await parked.list(9);
  expect(event).toMatchObject({
    ...{ group: "inbox", id: "poison", state: "set_aside", failures: limits.eventFailuresMax },
    error: `Error: Cannot digest it the ${limits.eventFailuresMax}th time`,
  });
  expect(log.find("Set an event aside")[0]?.fields).toMatchObject({ group: "inbox", id: "poison" });
  await stream.close();

  const taken: string[] = [];
  stream = start();
  await stream.consume("inbox", async ({ id }) => void taken.push(id));
  await clock.advance(limits.eventRetryMsMax);
  expect(taken).toEqual([]);
  await parked.replay(event?.number ?? 0, clock.now());
  await clock.advance(limits.parkedEventPollMs);
  expect(taken).toEqual(["poison"]);
  expect(await parked.list(9)).toEqual([]);
  await stream.close();
});

test("no failure counts while something is away that all events need", async () => {
  let isAway = false;
  const stream = start({ isImpaired: () => isAway });
  let tries = 0;
  await stream.consume("inbox", async () => {
    tries++;
    throw new SuiteError("unreachable", "Cannot reach a node");
  });
  await stream.publish([noteEvent("1")]);
  isAway = true;
  await clock.advance(limits.eventRetryMsMax * limits.eventFailuresMax * 2);
  expect(tries).toBe(1);
  isAway = false;
  await clock.advance(limits.parkedEventPollMs);
  expect(tries).toBeGreaterThan(1);
  expect((await parked.list(9))[0]).toMatchObject({ state: "waiting", failures: tries });
  await stream.close();
});
