import { beforeEach, describe, expect, test } from "bun:test";
import { limits } from "../../actors/mod.ts";
import { FakeClock } from "../../tests/support/fake_clock.ts";
import { FrameBudget, type FrameSender, makeFrameBucket, spendFrames } from "./frame_budget.ts";

const ada: FrameSender = { key: "account:ada", kind: "member" };
const grace: FrameSender = { key: "account:grace", kind: "member" };
const guest: FrameSender = { key: "link:1:192.0.2.7", kind: "link" };

describe("the bytes of a sender", () => {
  let clock: FakeClock;
  let budget: FrameBudget;

  beforeEach(() => {
    clock = new FakeClock();
    budget = new FrameBudget(clock);
  });

  /** How many frames of a size go through before one has to wait. */
  function burstOf(sender: FrameSender, bytes: number): number {
    for (let count = 0; ; count++) {
      if (budget.admit(sender, bytes).state !== "ok") return count;
    }
  }

  test("are a burst, and then what the time since has brought", async () => {
    const bytes = limits.frameBytesMax;
    expect(burstOf(ada, bytes)).toBe(limits.memberFramesBytesMax / bytes);
    expect(burstOf(guest, bytes)).toBe(limits.linkFramesBytesMax / bytes);
    expect(burstOf(grace, bytes)).toBe(limits.memberFramesBytesMax / bytes);
  });

  test("say how long to wait, and waiting so long is enough", async () => {
    for (const sender of [ada, guest]) {
      burstOf(sender, 600_000);
      const admission = budget.admit(sender, 600_000);
      if (admission.state !== "throttled") throw new Error(`Received "${admission.state}"`);
      await clock.advance(admission.retryAfterSeconds * 1_000);
      expect(budget.admit(sender, 600_000)).toEqual({ state: "ok" });
    }
  });

  test("that come regardless are a flood, and no debt is larger than a burst", async () => {
    burstOf(guest, 2_000_000);
    const states = Array.from({ length: 20 }, () => budget.admit(guest, 2_000_000).state);
    expect(states).toContain("throttled");
    expect(states.at(-1)).toBe("flood");
    await clock.advance((limits.linkFramesBytesMax / limits.linkFramesBytesPerSecondMax) * 1_000);
    expect(budget.admit(guest, 0)).toEqual({ state: "ok" });
  });

  test("are fewer after a long answer", () => {
    budget.answered(guest, limits.linkFramesBytesMax * 4);
    expect(budget.admit(guest, 1).state).toBe("throttled");
  });

  test("are forgotten once they are all back", async () => {
    budget.admit(ada, 1_000);
    burstOf(guest, 100_000);
    budget.sweep();
    expect(budget.size).toBe(2);
    await clock.advance(1_000);
    budget.sweep();
    expect(budget.size).toBe(1);
    await clock.advance(60_000);
    budget.sweep();
    expect(budget.size).toBe(0);
  });
});

test("a socket's frames are a burst, and then what the time since has brought", () => {
  const bucket = makeFrameBucket(0);
  const burst = () => {
    for (let count = 0; ; count++) if (!spendFrames(bucket, 1, bucket.refilledAt)) return count;
  };
  expect(burst()).toBe(limits.frameBurstMax);
  expect(spendFrames(bucket, limits.framesPerSecondMax, 999)).toBe(false);
  expect(spendFrames(bucket, limits.framesPerSecondMax, 1_000)).toBe(true);
  // A clock that was set back brings nothing, and takes nothing.
  expect(spendFrames(bucket, 1, 0)).toBe(false);
  expect(spendFrames(bucket, 1, 1_000)).toBe(true);
});
