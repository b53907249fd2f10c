import { expect, test } from "bun:test";
import { assertLimits } from "./limit_relations.ts";
import { limits } from "./limits.ts";

test("assertLimits() accepts the limits as they are", () => {
  expect(() => assertLimits()).not.toThrow();
});

test.each([
  ["turnOperationsMax", limits.mailboxOperationsMax + 1],
  ["textUnitsMax", limits.memberFramesBytesMax],
  ["deltaComponentsMax", limits.frameBytesMax],
  ["recentVersionsMax", limits.rebaseVersionsMax + 1],
  ["restartBackoffMs", limits.restartBackoffMsMax + 1],
] as const)("assertLimits() refuses %s of %d, which contradicts another", (name, value) => {
  expect(() => assertLimits({ ...limits, [name]: value })).toThrow(
    "Cannot load limits: expected that",
  );
});

test("every limit is positive and says its unit", () => {
  for (const [name, value] of Object.entries(limits)) {
    expect(value, name).toBeGreaterThan(0);
    expect(name).toMatch(/(?:Max|Min|Ms|Seconds|Bytes|Versions|Pages|Ratio)$/);
  }
});
