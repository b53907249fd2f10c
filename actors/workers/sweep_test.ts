import { beforeEach, expect, test } from "bun:test";
import { FakeClock } from "../../tests/support/fake_clock.ts";
import { MemoryLog } from "../../tests/support/memory_log.ts";
import { limits } from "../mod.ts";
import { Sweep } from "./sweep.ts";

const PAGE = 10;

let clock: FakeClock;
let log: MemoryLog;
let backlog: number[];
let handled: number[];
let isBad: (item: number) => boolean;

beforeEach(() => {
  clock = new FakeClock();
  log = new MemoryLog();
  backlog = Array.from({ length: 95 }, (_, index) => index);
  handled = [];
  isBad = () => false;
});

function start(): Sweep<number> {
  return new Sweep<number>({
    name: "numbers",
    async page(cursor) {
      const behind = backlog.filter((item) => item > Number(cursor ?? -1));
      const items = behind.slice(0, PAGE);
      return { items, nextCursor: behind.length > PAGE ? String(items.at(-1)) : undefined };
    },
    keyOf: String,
    async handle(item) {
      if (isBad(item)) throw new Error("Cannot count");
      handled.push(item);
      backlog = backlog.filter((other) => other !== item);
    },
    clock,
    log,
  });
}

test("goes through all pages, however many bad items stand before the good ones", async () => {
  isBad = (item) => item < 60;
  const sweep = start();
  await sweep.run();
  expect(handled).toEqual(Array.from({ length: 35 }, (_, index) => 60 + index));
  expect(sweep.report()).toMatchObject({ name: "numbers", failing: 60 });
  expect(sweep.report().examples).toHaveLength(limits.sweepFailuresShownMax);
  const [{ dueAt, ...example } = { dueAt: 0 }] = sweep.report().examples;
  expect(example).toEqual({
    ...{ key: "0", failures: 1, error: "Error: Cannot count", since: clock.now() },
  });
  expect(dueAt - clock.now()).toBeWithin(limits.sweepRetryMs / 2, limits.sweepRetryMs + 1);
  expect(log.find("cannot do a chore")).toHaveLength(60);
});

test("leaves a bad item alone for longer and longer, and forgets it once it is done or gone", async () => {
  backlog = [1, 2];
  let tries = 0;
  isBad = (item) => item === 1 && ++tries > 0;
  const sweep = start();
  for (let i = 0; i < 100; i++) {
    await sweep.run();
    await clock.advance(limits.sweepRetryMs);
  }
  expect(tries).toBeLessThan(10);
  expect(handled).toEqual([2]);
  await clock.advance(limits.sweepRetryMsMax);
  isBad = () => false;
  await sweep.run();
  expect(handled).toEqual([2, 1]);
  expect(sweep.report().failing).toBe(0);
  backlog = [3];
  isBad = () => true;
  await sweep.run();
  expect(sweep.report().failing).toBe(1);
  backlog = [];
  await sweep.run();
  expect(sweep.report().failing).toBe(0);
});

test("keeps no more failures than it may, and still handles all the others", async () => {
  backlog = Array.from({ length: limits.sweepFailuresKeptMax + 50 }, (_, index) => index);
  isBad = (item) => item < limits.sweepFailuresKeptMax + 30;
  const sweep = start();
  await sweep.run();
  expect(sweep.report().failing).toBe(limits.sweepFailuresKeptMax);
  expect(handled).toHaveLength(20);
});

test("rejects when the backlog cannot be read, and begins nothing once it is stopped", async () => {
  const sweep = start();
  sweep.stop();
  await sweep.run();
  expect(handled).toEqual([]);
  const broken = new Sweep<number>({
    ...{ name: "broken", keyOf: String, clock, log, handle: async () => {} },
    page: () => Promise.reject(new Error("away")),
  });
  await expect(broken.run()).rejects.toThrow("away");
});
