/** `bun run soak NAME`: lets the suite run for minutes under something hard. Without a name it says what. */

import { soakUnderAttack } from "./soak/attack.ts";
import { soakTests } from "./soak/tests.ts";

const SOAKS: Record<string, (args: string[]) => Promise<boolean>> = {
  attack: soakUnderAttack,
  tests: soakTests,
};

const [name = "", ...args] = process.argv.slice(2);
const soak = Object.hasOwn(SOAKS, name) ? SOAKS[name] : undefined;
if (soak === undefined) {
  console.error(`Usage: bun run soak attack [--seconds N] [--nice]
       bun run soak tests [--seed N]`);
  process.exitCode = 2;
} else process.exit((await soak(args)) ? 0 : 1);
