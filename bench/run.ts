/** `bun run bench NAME`: runs a benchmark. Without a name it says which there are. */

import { runClusterBench } from "./cluster.ts";
import { runInboxBench } from "./inbox.ts";
import { runNotesBench } from "./notes.ts";

const BENCHES: Record<string, (args: string[]) => Promise<void>> = {
  cluster: runClusterBench,
  inbox: runInboxBench,
  notes: runNotesBench,
};

const [name = "", ...args] = process.argv.slice(2);
const bench = BENCHES[name];
if (bench) await bench(args);
else {
  console.error(`Usage: bun run bench ${Object.keys(BENCHES).join("|")} [--help]`);
  process.exitCode = 2;
}
