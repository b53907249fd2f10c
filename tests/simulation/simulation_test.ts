/**
 * Thousands of histories of a cluster in which everything goes wrong that can, held against what is
 * promised. `SIMULATION_HISTORIES` says how many, `SIMULATION_SEED` where to begin; a history that
 * fails prints its seed, and is the same whenever it is run again.
 */

import { expect, test } from "bun:test";
import { limits } from "../../actors/limits.ts";
import { testSeed } from "../support/seed.ts";
import { type HistoryOptions, runHistory } from "./history.ts";
import { emptyTally, type Happening, type Tally, type Violation } from "./witness.ts";
import { DRIFT_MAX, type Safeguards } from "./world.ts";

const HISTORIES = Number(process.env.SIMULATION_HISTORIES ?? 3_000);
/** Runs share no history. */
const SEED = Number(process.env.SIMULATION_SEED ?? testSeed() * 100_000);
const TIMEOUT_MS = 600_000;
/** Lines of the trace that are shown. */
const TRACE_LINES = 80;
/** Below, something rare may not have happened. */
const ENOUGH = 2_000;
/** Faults of one kind are looked at one at a time. */
const ALONE = 300;
/** Histories in which the lack of a safeguard has to show. */
const WITHOUT = 1_500;

/** Stops at the first history that goes wrong, and says how it came to it. */
function check(seed: number, options: HistoryOptions): number | undefined {
  const { violations, settledAfterMs } = runHistory(seed, options);
  if (violations.length === 0) return settledAfterMs;
  const { tally: _, ...rest } = options;
  const { trace } = runHistory(seed, { ...rest, isTraced: true });
  const first = trace.findIndex((line) => line.includes("VIOLATION"));
  const lines = trace.slice(Math.max(0, first + 5 - TRACE_LINES), first + 5);
  const again = `SIMULATION_SEED=${seed} SIMULATION_HISTORIES=1 bun test tests/simulation`;
  const found = violations.map(({ type, text }) => `${type}: ${text}`);
  throw new Error(
    `Cannot pass history ${seed}: wanted no violation, received ${found.length}\n` +
      `${found.join("\n")}\n\n${lines.join("\n")}\n\nRun it again: ${again}`,
  );
}

/** What happened in histories with one fault of one kind. */
function alone(only: Happening): { tally: Tally; settledAfterMs: number } {
  const tally = emptyTally();
  let settledAfterMs = 0;
  for (let seed = SEED; seed < SEED + ALONE; seed++) {
    const after = check(seed, { only, tally });
    settledAfterMs = Math.max(settledAfterMs, after ?? Number.POSITIVE_INFINITY);
  }
  expect(tally[only]).toBeGreaterThan(0);
  return { tally, settledAfterMs };
}

/** What the lack of a safeguard led to. */
function without(safeguard: keyof Safeguards): Set<Violation> {
  const found = new Set<Violation>();
  for (let seed = SEED; seed < SEED + WITHOUT; seed++) {
    const { violations } = runHistory(seed, { safeguards: { [safeguard]: false } });
    for (const { type } of violations) found.add(type);
    if (found.size > 0 && (safeguard !== "isFenced" || found.size > 1)) break;
  }
  return found;
}

test(
  `what is promised holds in ${HISTORIES} histories from seed ${SEED}`,
  () => {
    const tally = emptyTally();
    for (let seed = SEED; seed < SEED + HISTORIES; seed++) check(seed, { tally });
    if (HISTORIES < ENOUGH) return;
    const missing = Object.entries(tally).filter(([, times]) => times === 0);
    expect(missing).toEqual([]);
    expect(tally.acknowledged).toBeGreaterThan(HISTORIES * 20);
  },
  TIMEOUT_MS,
);

test("a history is the same whenever it is run", () => {
  const one = runHistory(SEED, { isTraced: true });
  const other = runHistory(SEED, { isTraced: true });
  expect(one.trace.length).toBeGreaterThan(10);
  expect(other).toEqual(one);
});

test.each<Happening>(["register_away", "register_wiped", "table_away", "cut_nodes", "skew"])(
  "one fault of kind %s takes nothing from anybody",
  (only) => {
    const { tally } = alone(only);
    expect(tally).toMatchObject({ drop: 0, forsake: 0, overlap: 0, write_refused: 0 });
  },
  TIMEOUT_MS,
);

test.each<Happening>(["crash", "pause", "cut_both", "cut_table", "cut_register"])(
  "one node that is lost by %s is replaced when its lease is over",
  (only) => {
    const { tally, settledAfterMs } = alone(only);
    const boundMs = limits.leaseMs + 2 * limits.leaseRenewMs + limits.handOverMsMax;
    expect(settledAfterMs).toBeLessThan((1 + DRIFT_MAX) * boundMs);
    expect(tally.overlap).toBe(0);
  },
  TIMEOUT_MS,
);

test.each<Happening>(["join", "terminate"])(
  "nobody is refused when one node comes or goes politely by %s",
  (only) => {
    const { tally } = alone(only);
    expect(tally).toMatchObject({ drop: 0, overlap: 0, write_refused: 0, timed_out: 0 });
    expect(tally.hand_over).toBeGreaterThan(0);
  },
  TIMEOUT_MS,
);

test(
  "without the fence a node that was held up writes over what others wrote",
  () => {
    const found = without("isFenced");
    expect(found).toContain("stale_write");
    expect(found.size).toBeGreaterThan(1);
  },
  TIMEOUT_MS,
);

test(
  "without keeping to its lease a node holds what another has taken",
  () => {
    expect(without("keepsToLease")).toContain("lease");
  },
  TIMEOUT_MS,
);

test(
  "without knowing repeats an actor does things twice",
  () => {
    expect(without("knowsRepeats")).toContain("twice");
  },
  TIMEOUT_MS,
);

test(
  "without keeping its id what is asked again is done twice",
  () => {
    expect(without("keepsIds")).toContain("twice");
  },
  TIMEOUT_MS,
);
