/**
 * `bun run soak tests`: the tests that live by chance, with another seed than the gate's and for many more
 * rounds. A seed that fails becomes a case of its own.
 */

import { parseArgs } from "node:util";

/** What lives by chance. */
const PLACES = [
  "tests/simulation",
  "tests/crash_test.ts",
  "tests/cluster",
  "tests/convergence_test.ts",
];
const MORE = { CRASH_KILLS: "40", FAULT_ROUNDS: "5", SIMULATION_HISTORIES: "100000" };
const TIMEOUT_MS = 60 * 60_000;

/** Runs them; whether all passed. */
export async function soakTests(args: string[]): Promise<boolean> {
  const { values } = parseArgs({ args, options: { seed: { type: "string" } } });
  const seed = values.seed ?? String(Date.now() % 1_000_000);
  console.log(`seed ${seed}; again with: bun run soak tests --seed ${seed}`);
  const command = [process.execPath, "test", `--timeout=${TIMEOUT_MS}`, ...PLACES];
  const child = Bun.spawn(command, {
    env: { ...process.env, ...MORE, TEST_SEED: seed },
    stdio: ["ignore", "inherit", "inherit"],
  });
  return (await child.exited) === 0;
}
