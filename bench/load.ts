/**
 * The load process: everybody who types, in one process so that one clock measures both ends. It works
 * in an open loop: keystrokes are made when they are due, whether or not the server keeps up.
 *
 * Takes a `LoadPlan` on standard input and answers with `LoadFigures`.
 */

import { Deliveries } from "./deliveries.ts";
import { type Desk, type Editor, type EditorTools, randomFrom } from "./editor.ts";
import { cpuSeconds, residentBytes, settledBytes } from "./process_figures.ts";
import { SuiteEditor } from "./suite_editor.ts";
import { openAll, Typists } from "./typists.ts";
import { YjsEditor } from "./yjs_editor.ts";

/** What to do to which server. */
export interface LoadPlan {
  protocol: "suite" | "hocuspocus" | "y-websocket";
  serverPid: number;
  desks: Desk[];
  editsPerSecond: number;
  warmUpMs: number;
  measureMs: number;
}

/** What came of it. */
export interface LoadFigures {
  keystrokes: number;
  deliveries: number;
  seconds: number;
  p50Ms: number | null;
  p99Ms: number | null;
  maxMs: number | null;
  /** How late the load process itself was with the later ones of its keystrokes. */
  lateP99Ms: number | null;
  /** Processor seconds of the server, and of this process, in the measured window. */
  serverCpuSeconds: number;
  loadCpuSeconds: number;
  bytesBefore: number;
  bytesOpen: number;
  bytesAfter: number;
  /** What went wrong, each kind once. */
  failures: string[];
}

/** What is on the way when the window ends has this long to arrive. */
const TAIL_MS = 2_000;
function makeEditor(plan: LoadPlan, desk: Desk, tools: EditorTools): Editor {
  if (plan.protocol === "suite") return new SuiteEditor(desk, tools);
  return new YjsEditor(plan.protocol, desk, tools);
}

async function run(plan: LoadPlan): Promise<LoadFigures> {
  const deliveries = new Deliveries();
  const failures = new Set<string>();
  const random = randomFrom(1);
  const tools = { deliveries, random, failed: (reason: string) => failures.add(reason) };
  const editors = plan.desks.map((desk) => makeEditor(plan, desk, tools));
  const bytesBefore = await settledBytes(plan.serverPid, { forMs: 1_000, atMostMs: 5_000 });
  await openAll(editors);
  const bytesOpen = await settledBytes(plan.serverPid, { forMs: 1_000, atMostMs: 5_000 });

  const typists = new Typists(editors, plan.editsPerSecond, random);
  await Bun.sleep(plan.warmUpMs);
  typists.lateMs.length = 0;
  deliveries.measure(true);
  const started = { at: performance.now(), ...cpu(plan.serverPid) };
  await Bun.sleep(plan.measureMs);
  const ended = { at: performance.now(), ...cpu(plan.serverPid) };
  deliveries.measure(false);
  typists.stop();
  const lateMs = Float64Array.from(typists.lateMs).sort();
  const bytesAfter = residentBytes(plan.serverPid);
  await Bun.sleep(TAIL_MS);
  for (const editor of editors) editor.close();

  const { keystrokes, deliveries: count, latenciesMs } = deliveries.figures();
  return {
    keystrokes,
    deliveries: count,
    seconds: (ended.at - started.at) / 1_000,
    p50Ms: quantile(latenciesMs, 0.5),
    p99Ms: quantile(latenciesMs, 0.99),
    maxMs: quantile(latenciesMs, 1),
    lateP99Ms: quantile(lateMs, 0.99),
    serverCpuSeconds: ended.server - started.server,
    loadCpuSeconds: ended.load - started.load,
    bytesBefore,
    bytesOpen,
    bytesAfter,
    failures: [...failures],
  };
}

function cpu(serverPid: number): { server: number; load: number } {
  return { server: cpuSeconds(serverPid), load: cpuSeconds(process.pid) };
}

/** The value below which this part of the sorted values lies; null when there are none. */
function quantile(sorted: Float64Array, part: number): number | null {
  return sorted[Math.min(sorted.length - 1, Math.floor(sorted.length * part))] ?? null;
}

if (import.meta.main) {
  const figures = await run(await Bun.stdin.json());
  console.log(JSON.stringify(figures));
  process.exit(0);
}
