import { describe, expect, test } from "bun:test";
import { FakeClock } from "../../tests/support/fake_clock.ts";
import { MemoryLog } from "../../tests/support/memory_log.ts";
import { limits } from "../limits.ts";
import type { Clock } from "./clock.ts";
import { LoopWatch } from "./loop_watch.ts";

/** A thread that is held for as long as a test says. */
function watched() {
  const fake = new FakeClock();
  let [monotonicMs, workedMs] = [0, 0];
  const clock: Clock = {
    now: () => fake.now(),
    monotonic: () => fake.monotonic() + monotonicMs,
    setTimer: (ms, callback) => fake.setTimer(ms, callback),
    random: () => fake.random(),
    mintId: () => fake.mintId(),
  };
  const log = new MemoryLog();
  const watch = new LoopWatch({ clock, log, workedMs: () => workedMs });
  watch.start();
  const hold = (ms: number, workMs = ms) => {
    monotonicMs += ms;
    workedMs += workMs;
  };
  return { watch, log, hold, pass: () => fake.advance(limits.stallWatchMs) };
}

describe("LoopWatch", () => {
  test("counts nothing while nothing holds the loop", async () => {
    const { watch, hold, pass } = watched();
    for (let i = 0; i < 20; i++) {
      watch.step("short", () => hold(limits.stallMsMax - 1));
      await pass();
    }
    expect(watch.report).toEqual({ stalls: 0, worstMs: 0, waits: 0, recent: [] });
  });

  test("counts and logs a stall with the step that caused it", async () => {
    const { watch, log, hold, pass } = watched();
    watch.step("document.edit", () => hold(70));
    watch.step("GET /notes", () => hold(10));
    await pass();
    expect(watch.report).toMatchObject({ stalls: 1, worstMs: 80, waits: 0 });
    const [line] = log.lines.filter(({ message }) => message === "the event loop was held");
    expect(line?.fields).toMatchObject({ ms: 80, cause: "document.edit 70 ms, GET /notes 10 ms" });
  });

  test("tells what was in progress where no step has named itself", async () => {
    const { watch, hold, pass } = watched();
    const leave = watch.enter("GET /notes/:id");
    hold(60);
    await pass();
    leave();
    hold(60);
    await pass();
    expect(watch.report.recent.map(({ cause }) => cause)).toEqual([
      "during GET /notes/:id",
      "unknown",
    ]);
  });

  test("counts a machine that is busy with something else apart", async () => {
    const { watch, hold, pass } = watched();
    hold(500, 3);
    await pass();
    expect(watch.report).toMatchObject({ stalls: 0, waits: 1 });
  });

  test("a step that throws has still been taken", async () => {
    const { watch, hold, pass } = watched();
    const fail = () => {
      hold(90);
      throw new Error("no");
    };
    expect(() => watch.step("failing", fail)).toThrow("no");
    await pass();
    expect(watch.report.recent[0]?.cause).toBe("failing 90 ms");
  });

  test("keeps the newest stalls, and logs one line in a while", async () => {
    const { watch, log, hold, pass } = watched();
    for (let i = 0; i < limits.stallsKeptMax + 5; i++) {
      hold(60, 60);
      await pass();
    }
    expect(watch.report.stalls).toBe(limits.stallsKeptMax + 5);
    expect(watch.report.recent).toHaveLength(limits.stallsKeptMax);
    const lines = log.lines.filter(({ message }) => message === "the event loop was held");
    expect(lines.length).toBeLessThan(5);
  });

  test("looks no more when it was stopped", async () => {
    const { watch, hold, pass } = watched();
    watch.stop();
    hold(500);
    await pass();
    expect(watch.report.stalls).toBe(0);
  });
});
