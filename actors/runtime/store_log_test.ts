import { expect, test } from "bun:test";
import { FakeClock } from "../../tests/support/fake_clock.ts";
import { MemoryLog } from "../../tests/support/memory_log.ts";
import { SuiteError } from "../errors.ts";
import { StoreLog } from "./store_log.ts";

test("a store that is away is news once, and then a number", async () => {
  const [log, clock] = [new MemoryLog(), new FakeClock()];
  const failures = new StoreLog({ log, clock, everyMs: 1_000 });
  const away = new SuiteError("store_failed", "Cannot reach the store");
  for (let i = 0; i < 100; i++) failures.add("Cannot load an actor", away, { address: `a:${i}` });
  expect(log.lines).toMatchObject([{ level: "warn", fields: { address: "a:0" } }]);
  await clock.advance(1_000);
  expect(log.lines[1]?.fields).toEqual({ failure: "Cannot load an actor", count: 99 });
  failures.add("Cannot load an actor", away, { address: "a:0" });
  await clock.advance(1_000);
  expect(log.lines).toHaveLength(3);
});

test("a defect of a store is told each time", () => {
  const [log, clock] = [new MemoryLog(), new FakeClock()];
  const failures = new StoreLog({ log, clock, everyMs: 1_000 });
  const defect = new TypeError("x is not a function");
  for (let i = 0; i < 2; i++) failures.add("Cannot load an actor", defect, { address: `a:${i}` });
  expect(log.lines.map(({ level }) => level)).toEqual(["error", "error"]);
  expect(log.lines[0]?.fields.error).toBe("TypeError: x is not a function");
});
