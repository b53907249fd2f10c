/** Asks of actors of the same process, ours and those of nact, each in a process of its own. */

import { join } from "node:path";
import { askChild } from "../children.ts";
import { nodeBinary, peerVersion } from "../peers.ts";
import { median } from "./quantile.ts";
import type { AskWindow, RoundsPlan } from "./rounds.ts";
import type { AskPlan } from "./suite_asks.ts";

/** How many ask how many. */
export interface Shape {
  actors: number;
  inFlight: number;
}

/** How one contender did with one shape. */
export interface AskFigures {
  contender: Contender;
  shape: Shape;
  /** The median over the windows, by the clock on the wall. */
  perSecond: number;
  /** The same, for each second of processor time that the process used. */
  perCpuSecond: number;
}

/** Who is asked. */
export type Contender = "suite" | "routed" | "nact_bun" | "nact_node";

/** What each is called. */
export function titleOf(contender: Contender): string {
  const nact = `nact ${peerVersion("nact")}`;
  if (contender === "suite") return `actors (Bun ${Bun.version})`;
  if (contender === "routed") return "the same, by the routing of a cluster, on the owner";
  if (contender === "nact_bun") return `${nact} (Bun ${Bun.version})`;
  return `${nact} (Node.js ${peerVersion("node")})`;
}

/** One actor and many; few asks at a time and many. */
export const SHAPES: readonly Shape[] = [
  { actors: 1, inFlight: 100 },
  { actors: 1, inFlight: 1_000 },
  { actors: 1_000, inFlight: 100 },
  { actors: 1_000, inFlight: 1_000 },
];

const CONTENDERS: readonly Contender[] = ["suite", "routed", "nact_bun", "nact_node"];
const MS_MAX = 60_000;

/** Lets each contender answer, shape by shape, one after the other. */
export async function measureLocalAsks(plan: Omit<RoundsPlan, "inFlight">): Promise<AskFigures[]> {
  const figures: AskFigures[] = [];
  for (const shape of SHAPES) {
    for (const contender of CONTENDERS) {
      const question: AskPlan = { ...shape, ...plan, isRouted: contender === "routed" };
      const windows = await askChild<AskWindow[]>(commandOf(contender), question, {
        deadlineMs: MS_MAX,
      });
      figures.push({
        ...{ contender, shape },
        perSecond: median(windows.map(({ asks, ms }) => (asks / ms) * 1_000)),
        perCpuSecond: median(windows.map(({ asks, cpuMs }) => (asks / cpuMs) * 1_000)),
      });
    }
  }
  return figures;
}

function commandOf(contender: Contender): string[] {
  const runtime = contender === "nact_node" ? nodeBinary : process.execPath;
  const isNact = contender === "nact_bun" || contender === "nact_node";
  return [runtime, join(import.meta.dir, isNact ? "nact_asks.mjs" : "suite_asks.ts")];
}
