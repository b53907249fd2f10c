import { expect, test } from "bun:test";
import { FakeClock } from "../../tests/support/fake_clock.ts";
import { MemoryLog } from "../../tests/support/memory_log.ts";
import { DeadLetters } from "./dead_letters.ts";

const ADDRESS = "room:01JD2Z7Q5V4T8N3XKQ0C9B6MWE";

function setUp(keptMax = 3) {
  const clock = new FakeClock();
  const log = new MemoryLog();
  return { clock, log, letters: new DeadLetters(clock, { log, keptMax, logMs: 1_000 }) };
}

test("dead letters are counted by reason, and the newest are kept", () => {
  const { letters } = setUp();
  for (let i = 1; i <= 5; i++) {
    letters.add(ADDRESS, { type: `wave${i}` }, { reason: "busy", message: "full" });
  }
  letters.add(ADDRESS, { type: "sign" }, { reason: "crashed", message: "torn" });
  expect(letters.counts).toEqual({ busy: 5, crashed: 1 });
  expect(letters.recent.map((letter) => letter.operation)).toEqual(["sign", "wave5", "wave4"]);
});

test("a dead letter names what it was, and does not keep what it carried", () => {
  const { letters, clock, log } = setUp();
  letters.add(ADDRESS, { type: "sign", name: "Ada" }, { reason: "busy", message: "full" });
  expect(letters.recent).toEqual([
    { at: clock.now(), address: ADDRESS, reason: "busy", operation: "sign", message: "full" },
  ]);
  expect(JSON.stringify(log.lines)).not.toContain("Ada");
  for (const operation of ["text", null, 7, {}, { type: 7 }]) {
    letters.add(ADDRESS, operation, { reason: "busy", message: "full" });
    expect(letters.recent[0]?.operation).toBe("");
  }
});

test("a flood of one reason is two lines in the log, and another reason has its own", async () => {
  const { letters, clock, log } = setUp();
  for (let i = 0; i < 50; i++) letters.add(ADDRESS, {}, { reason: "busy", message: "full" });
  letters.add(ADDRESS, {}, { reason: "crashed", message: "torn" });
  expect(log.find("Dead letter").map((line) => line.fields.reason)).toEqual(["busy", "crashed"]);
  await clock.advance(1_000);
  expect(log.find("More dead letters").map((line) => line.fields)).toEqual([
    { reason: "busy", count: 49 },
  ]);
  letters.add(ADDRESS, {}, { reason: "busy", message: "full" });
  expect(log.find("Dead letter")).toHaveLength(3);
});

test("none are kept when none may be", () => {
  const { letters } = setUp(0);
  letters.add(ADDRESS, {}, { reason: "busy", message: "full" });
  expect(letters.recent).toEqual([]);
  expect(letters.counts).toEqual({ busy: 1 });
});
