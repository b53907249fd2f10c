import { expect, test } from "bun:test";
import { FakeClock } from "../../tests/support/fake_clock.ts";
import { MemoryLog } from "../../tests/support/memory_log.ts";
import { systemClock } from "./clock.ts";
import { Scheduler, type Task } from "./scheduler.ts";

test("add() runs nothing at once, and then all tasks in order in one microtask", async () => {
  const scheduler = new Scheduler(new FakeClock(), { log: new MemoryLog(), sliceMsMax: 8 });
  const ran: string[] = [];
  scheduler.add({ run: () => ran.push("ada") });
  scheduler.add({ run: () => ran.push("grace") });
  expect(ran).toEqual([]);
  await Promise.resolve();
  expect(ran).toEqual(["ada", "grace"]);
});

test("a task may stand in line again while it runs", async () => {
  const scheduler = new Scheduler(new FakeClock(), { log: new MemoryLog(), sliceMsMax: 8 });
  let runs = 0;
  const task: Task = {
    run() {
      if (++runs < 3) scheduler.add(task);
    },
  };
  scheduler.add(task);
  await Promise.resolve();
  expect(runs).toBe(3);
});

test("a task that throws is logged and does not stop the others", async () => {
  const log = new MemoryLog();
  const scheduler = new Scheduler(new FakeClock(), { log, sliceMsMax: 8 });
  let ran = false;
  scheduler.add({
    run() {
      throw new Error("a defect");
    },
  });
  scheduler.add({ run: () => (ran = true) });
  await Promise.resolve();
  expect(ran).toBe(true);
  expect(log.find("Cannot run a task")).toHaveLength(1);
});

test("endless work does not shut out timers", async () => {
  const scheduler = new Scheduler(systemClock, { log: new MemoryLog(), sliceMsMax: 2 });
  let isOver = false;
  const endless: Task = {
    run() {
      if (!isOver) scheduler.add(endless);
    },
  };
  scheduler.add(endless);
  await new Promise<void>((resolve) => setTimeout(resolve, 1));
  isOver = true;
});

test("senders that ask again in microtasks do not shut out timers", async () => {
  const scheduler = new Scheduler(systemClock, { log: new MemoryLog(), sliceMsMax: 2 });
  let isOver = false;
  const task: Task = {
    run() {
      if (!isOver) queueMicrotask(() => scheduler.add(task));
    },
  };
  scheduler.add(task);
  await new Promise<void>((resolve) => setTimeout(resolve, 1));
  isOver = true;
});

test("what waits during a pause runs after it, in order", async () => {
  const clock = new FakeClock();
  const scheduler = new Scheduler(clock, { log: new MemoryLog(), sliceMsMax: 8 });
  const ran: string[] = [];
  scheduler.add({
    run() {
      ran.push("ada");
      void clock.jump(10);
    },
  });
  scheduler.add({ run: () => ran.push("grace") });
  await Promise.resolve();
  expect(ran).toEqual(["ada"]);
  scheduler.add({ run: () => ran.push("alan") });
  await clock.settle();
  expect(ran).toEqual(["ada", "grace", "alan"]);
});
