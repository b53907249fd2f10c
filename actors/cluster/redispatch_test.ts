import { describe, expect, test } from "bun:test";
import { limits } from "../limits.ts";
import { type AskFact, type Redispatch, redispatch } from "./redispatch.ts";

/** Each fact, what follows while there is time, and what when there is none. */
const TABLE: [AskFact, Redispatch, Redispatch][] = [
  ["no_owner", { type: "again", delayMs: 10 }, { type: "fail", code: "unreachable" }],
  ["not_owner", { type: "again", delayMs: 10 }, { type: "fail", code: "unreachable" }],
  ["unheard", { type: "again", delayMs: 10 }, { type: "fail", code: "unreachable" }],
  ["owner_lost", { type: "again", delayMs: 10 }, { type: "fail", code: "timed_out" }],
  ["unreachable", { type: "fail", code: "unreachable" }, { type: "fail", code: "unreachable" }],
  ["timed_out", { type: "fail", code: "timed_out" }, { type: "fail", code: "timed_out" }],
];

describe.each(TABLE)("redispatch() of %s", (fact, inTime, late) => {
  test("while there is time", () => {
    expect(redispatch(fact, { attempts: 1, leftMs: 1_000, limits })).toEqual(inTime);
  });

  test("when there is none", () => {
    expect(redispatch(fact, { attempts: 1, leftMs: 0, limits })).toEqual(late);
    expect(redispatch(fact, { attempts: 1, leftMs: -5, limits })).toEqual(late);
  });
});

describe("redispatch()", () => {
  test("waits twice as long each time, up to the maximum", () => {
    const delays = [1, 2, 3, 4, 5, 6, 7, 60].map((attempts) => {
      const decision = redispatch("no_owner", { attempts, leftMs: 10_000, limits });
      return decision.type === "again" ? decision.delayMs : undefined;
    });
    expect(delays).toEqual([10, 20, 40, 80, 160, 250, 250, 250]);
  });

  test("does not begin a wait that would outlast the ask", () => {
    const ask = (leftMs: number) => redispatch("not_owner", { attempts: 3, leftMs, limits }).type;
    expect(ask(40)).toBe("fail");
    expect(ask(41)).toBe("again");
  });

  test("ends whatever happens, since every wait takes time", () => {
    let leftMs = limits.askMsMax as number;
    let attempts = 1;
    for (; ; attempts++) {
      const decision = redispatch("no_owner", { attempts, leftMs, limits });
      if (decision.type === "fail") break;
      leftMs -= decision.delayMs;
    }
    expect(attempts).toBeLessThan(50);
    expect(leftMs).toBeGreaterThan(0);
  });
});
