/**
 * `bun run bench inbox`: people who are connected and are notified, and people who are connected and
 * nothing happens, on our server and on socket.io. Prints the figures and, when everything was measured
 * at full length, writes them to `bench/results/inbox.md`.
 */

import { join } from "node:path";
import { parseArgs } from "node:util";
import { killAllChildren } from "./children.ts";
import { inboxContenders } from "./inbox/contenders.ts";
import { type InboxFigures, type InboxPlan, measureInbox } from "./inbox/measure.ts";
import { inboxReport } from "./inbox/report.ts";
import { ensurePeers } from "./peers.ts";

const NAMES = inboxContenders.map(({ name }) => name);

const USAGE = `Usage: bun run bench inbox [options]
  --quick           fewer people, once and short, to see that it works; writes no report
  --people 10000    people who are connected
  --only NAME,NAME  some of: ${NAMES.join(", ")}`;

/** Everything together; whatever hangs ends here. */
const BENCH_MS_MAX = 8 * 60_000;
const PEOPLE = 10_000;

const FULL: InboxPlan = {
  people: PEOPLE,
  peoplePerProcess: 5_000,
  rates: [500, 1_000, 2_000, 4_000],
  ...{ stepMs: 5_000, warmUpMs: 3_000, settleMs: 8_000 },
};

const QUICK: InboxPlan = {
  people: 1_000,
  peoplePerProcess: 500,
  rates: [200, 400],
  ...{ stepMs: 1_500, warmUpMs: 500, settleMs: 1_000 },
};

const RESULT = join(import.meta.dir, "results", "inbox.md");

/** Runs the whole bench. */
export async function runInboxBench(args: string[]): Promise<void> {
  const options = {
    quick: { type: "boolean", default: false },
    people: { type: "string" },
    only: { type: "string", default: NAMES.join(",") },
    help: { type: "boolean", default: false },
  } as const;
  const { values } = parseArgs({ args, options });
  if (values.help) {
    console.log(USAGE);
    return;
  }
  const only = values.only.split(",");
  const chosen = inboxContenders.filter(({ name }) => only.includes(name));
  if (chosen.some(({ protocol }) => protocol !== "suite")) ensurePeers({ native: false });
  const deadline = setTimeout(() => {
    console.error("Cannot finish: the bench took too long");
    process.exit(1);
  }, BENCH_MS_MAX);
  process.on("exit", killAllChildren);
  process.once("SIGINT", () => process.exit(1));
  process.once("SIGTERM", () => process.exit(1));
  const base = values.quick ? QUICK : FULL;
  const plan = { ...base, people: Number(values.people ?? base.people) };
  const figures: InboxFigures[] = [];
  for (const contender of chosen) {
    console.log(`${contender.title()}…`);
    figures.push(await measureInbox(contender, plan));
  }
  clearTimeout(deadline);
  const page = inboxReport(figures, plan);
  console.log(page);
  const isWhole = chosen.length === NAMES.length && plan.people === PEOPLE;
  if (!values.quick && isWhole) await Bun.write(RESULT, page);
}
