/** `npm test`: installs what the tests need, then runs every check of `scripts/ok.ts`. */

import { handOver } from "./_hand_over.mjs";
import { ensureInstalled, findBun } from "./_install.mjs";

ensureInstalled({ dev: true });
handOver(findBun(), ["scripts/ok.ts", "--install", ...process.argv.slice(2)]);
