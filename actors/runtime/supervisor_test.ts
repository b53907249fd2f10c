import { expect, test } from "bun:test";
import fc from "fast-check";
import { limits } from "../limits.ts";
import { decideAfterCrash } from "./supervisor.ts";

test("the pause doubles with each crash and is at most the maximum", () => {
  let crashes: readonly number[] = [];
  const delays: number[] = [];
  for (let nowMs = 1_000; nowMs < 9_000; nowMs += 1_000) {
    const verdict = decideAfterCrash(
      crashes,
      { nowMs, random: 1 },
      { ...limits, restartsMax: 100, restartBackoffMs: 50, restartBackoffMsMax: 1_000 },
    );
    crashes = verdict.crashes;
    if (verdict.type === "restart") delays.push(verdict.delayMs);
  }
  expect(delays).toEqual([50, 100, 200, 400, 800, 1_000, 1_000, 1_000]);
});

test("jitter takes at most half of the pause away", () => {
  fc.assert(
    fc.property(fc.double({ min: 0, max: 1, maxExcluded: true, noNaN: true }), (random) => {
      const verdict = decideAfterCrash([], { nowMs: 0, random }, limits);
      if (verdict.type !== "restart") throw new Error("expected a restart");
      expect(verdict.delayMs).toBeGreaterThanOrEqual(limits.restartBackoffMs / 2);
      expect(verdict.delayMs).toBeLessThanOrEqual(limits.restartBackoffMs);
    }),
  );
});

test("too many crashes within the window end in quarantine", () => {
  let crashes: readonly number[] = [];
  for (let i = 1; i < limits.restartsMax; i++) {
    const verdict = decideAfterCrash(crashes, { nowMs: i, random: 0 }, limits);
    expect(verdict.type).toBe("restart");
    crashes = verdict.crashes;
  }
  const last = decideAfterCrash(crashes, { nowMs: limits.restartsMax, random: 0 }, limits);
  expect(last.type).toBe("quarantine");
  expect(last.crashes).toHaveLength(limits.restartsMax);
});

test("crashes that are older than the window do not count", () => {
  const nowMs = 10 * limits.restartWindowMs;
  const old = Array.from({ length: limits.restartsMax }, (_, i) => i);
  const verdict = decideAfterCrash(old, { nowMs, random: 0 }, limits);
  expect(verdict).toEqual({
    type: "restart",
    delayMs: limits.restartBackoffMs / 2,
    crashes: [nowMs],
  });
});

test("an actor that crashes at every start is quarantined, whatever the jitter", () => {
  fc.assert(
    fc.property(fc.infiniteStream(fc.double({ min: 0, max: 0.999, noNaN: true })), (luck) => {
      let crashes: readonly number[] = [];
      let nowMs = 0;
      for (let i = 0; i < limits.restartsMax; i++) {
        const random = luck.next().value ?? 0;
        const verdict = decideAfterCrash(crashes, { nowMs, random }, limits);
        if (verdict.type === "quarantine") return;
        crashes = verdict.crashes;
        nowMs += verdict.delayMs;
      }
      throw new Error("expected a quarantine");
    }),
  );
});
