import { describe, expect, test } from "bun:test";
import fc from "fast-check";
import { BodyBudget, type BodyLease } from "./body_budget.ts";

describe("a budget", () => {
  test("has room for what fits, altogether and for one key", () => {
    const budget = new BodyBudget({ bytesMax: 100, bytesPerKeyMax: 60 });
    const ada = budget.take("ada", 50);
    expect(ada?.bytes).toBe(50);
    expect(budget.take("ada", 11)).toBeUndefined();
    expect(budget.take("bob", 51)).toBeUndefined();
    expect(budget.take("bob", 50)?.bytes).toBe(50);
    expect(budget.bytes).toBe(100);
    expect(budget.take("eve", 1)).toBeUndefined();
    ada?.release();
    expect(budget.take("eve", 50)).toBeDefined();
  });

  test("lets room grow while there is some, and keeps it as it was when there is not", () => {
    const budget = new BodyBudget({ bytesMax: 100, bytesPerKeyMax: 60 });
    const lease = budget.take("ada", 10);
    expect(lease?.resize(60)).toBe(true);
    expect(lease?.resize(61)).toBe(false);
    expect(lease?.bytes).toBe(60);
    expect(lease?.resize(5)).toBe(true);
    expect(budget.bytes).toBe(5);
    expect(budget.peakBytes).toBe(60);
  });

  test("takes room back once, however often it is given", () => {
    const budget = new BodyBudget({ bytesMax: 100, bytesPerKeyMax: 100 });
    budget.take("ada", 30);
    const lease = budget.take("ada", 40);
    lease?.release();
    lease?.release();
    expect(budget.bytes).toBe(30);
  });

  test("is never exceeded and empty at the end, whatever comes", () => {
    const step = fc.record({
      key: fc.constantFrom("a", "b", "c"),
      bytes: fc.nat(80),
      at: fc.nat(9),
    });
    fc.assert(
      fc.property(fc.array(step, { maxLength: 60 }), (steps) => {
        const budget = new BodyBudget({ bytesMax: 200, bytesPerKeyMax: 100 });
        const leases = new Map<number, { key: string; lease: BodyLease }>();
        for (const { key, bytes, at } of steps) {
          const held = leases.get(at);
          if (held && bytes % 3 === 0) {
            held.lease.release();
            leases.delete(at);
          } else if (held) held.lease.resize(bytes);
          else {
            const lease = budget.take(key, bytes);
            if (lease) leases.set(at, { key, lease });
          }
          const all = [...leases.values()];
          const sum = (of: typeof all) => of.reduce((total, { lease }) => total + lease.bytes, 0);
          expect(budget.bytes).toBe(sum(all));
          expect(budget.bytes).toBeLessThanOrEqual(200);
          for (const name of ["a", "b", "c"]) {
            expect(sum(all.filter(({ key }) => key === name))).toBeLessThanOrEqual(100);
          }
        }
        for (const { lease } of leases.values()) lease.release();
        expect(budget.bytes).toBe(0);
      }),
      { seed: 7 },
    );
  });
});
