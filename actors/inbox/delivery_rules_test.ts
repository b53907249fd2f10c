import { describe, expect, test } from "bun:test";
import fc from "fast-check";
import { limits } from "../mod.ts";
import { judgeForReader, retryAt } from "./delivery_rules.ts";

const HOUR_MS = 3_600_000;
const channels = fc.constantFrom("push" as const, "email" as const);
const chance = fc.double({ min: 0, max: 1, maxExcluded: true, noNaN: true });

describe("judgeForReader()", () => {
  const email = { channel: "email", pace: "now", answer: undefined } as const;

  test("sends no push to somebody who has a page open", () => {
    const push = { ...email, channel: "push" } as const;
    expect(judgeForReader(push, 0)).toEqual({ type: "skip", answer: "Not sent: a page was open" });
  });

  test("lets an e-mail wait for its reader once, and the daily one not at all", () => {
    const verdict = judgeForReader(email, 5);
    expect(verdict).toMatchObject({ type: "wait", until: 5 + limits.emailDelayMs });
    expect(judgeForReader({ ...email, answer: verdict?.answer }, 5)).toBeUndefined();
    expect(judgeForReader({ ...email, pace: "daily" }, 5)).toBeUndefined();
  });
});

describe("retryAt()", () => {
  test("ends, and not before the outage it is made for", () => {
    fc.assert(
      fc.property(channels, chance, (channel, random) => {
        let now = 0;
        let attempts = 0;
        while (true) {
          const next = retryAt({ channel, attempts }, { now, random, retryAfterMs: undefined });
          if (next === undefined) break;
          expect(next).toBeGreaterThan(now);
          now = next;
          attempts += 1;
        }
        const [least, most] = channel === "push" ? [0.5, 2] : [11, 32];
        expect(now / HOUR_MS).toBeWithin(least, most);
      }),
    );
  });

  test("waits as long as a server asks for, and no longer than anybody can", () => {
    fc.assert(
      fc.property(channels, chance, fc.nat(10 * HOUR_MS), (channel, random, retryAfterMs) => {
        const wanted = Math.min(retryAfterMs, limits.retryAfterMsMax);
        const at = retryAt({ channel, attempts: 0 }, { now: 0, random, retryAfterMs }) ?? 0;
        expect(at).toBeGreaterThanOrEqual(wanted);
        const own = channel === "push" ? limits.pushRetryMs : limits.mailRetryMs;
        expect(at).toBeLessThanOrEqual(Math.max(wanted, own));
      }),
    );
  });

  test("brings those that failed together back one by one", () => {
    const at = (random: number) =>
      retryAt({ channel: "email", attempts: 3 }, { now: 0, random, retryAfterMs: undefined });
    expect(at(0)).not.toBe(at(0.5));
  });
});
