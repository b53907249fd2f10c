/** `npm start`: installs what is missing, then serves. Arguments go to the server. */

import { handOver } from "./_hand_over.mjs";
import { ensureInstalled, findBun } from "./_install.mjs";

ensureInstalled({ dev: false });
handOver(findBun(), ["server.ts", ...process.argv.slice(2)]);
