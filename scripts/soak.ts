/** `bun run soak NAME`: lets the suite run for minutes under something hard. Without a name it says what. */

import { soakUnderAttack } from "./soak/attack.ts";

const SOAKS: Record<string, (args: string[]) => Promise<boolean>> = { attack: soakUnderAttack };

const [name = "", ...args] = process.argv.slice(2);
const soak = Object.hasOwn(SOAKS, name) ? SOAKS[name] : undefined;
if (soak === undefined) {
  console.error(`Usage: bun run soak ${Object.keys(SOAKS).join("|")} [--seconds N] [--nice]`);
  process.exitCode = 2;
} else process.exit((await soak(args)) ? 0 : 1);
