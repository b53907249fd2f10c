/**
 * The load process for a cluster: everybody who types, in one process so that one clock measures both
 * ends. Its parent opens the notes once and says who types how much and when.
 */

import { Deliveries } from "../deliveries.ts";
import { type Desk, type EditorTools, randomFrom } from "../editor.ts";
import { SuiteEditor } from "../suite_editor.ts";
import { openAll, Typists } from "../typists.ts";
import { serveCalls } from "./calls.ts";
import { quantile } from "./quantile.ts";

/** What the load process can be told to do. */
export type TypingCalls = {
  /** Opens notes. */
  open(desks: Desk[]): Promise<void>;
  /** Lets some of those who have opened theirs type, by their places. */
  start(plan: { from: number; count: number; keysPerSecond: number }): Promise<void>;
  /** Counts for so long, and lets what is on the way arrive. */
  measure(plan: { ms: number }): Promise<TypingFigures>;
  /** Nobody types anymore. */
  rest(): Promise<void>;
};

/** What came of typing. */
export interface TypingFigures {
  keystrokes: number;
  edits: number;
  deliveries: number;
  seconds: number;
  p50Ms: number;
  p99Ms: number;
  /** How late the load process itself was with the later ones of its keystrokes. */
  lateP99Ms: number;
  /** What went wrong, each kind once. */
  failures: string[];
}

/** What is on the way when the window ends has this long to arrive. */
const TAIL_MS = 1_000;

async function openTyping(): Promise<TypingCalls> {
  const random = randomFrom(1);
  const failures = new Set<string>();
  const tools: EditorTools = {
    deliveries: new Deliveries(),
    random,
    failed: (reason) => failures.add(reason),
  };
  const editors: SuiteEditor[] = [];
  let typists: Typists | undefined;
  return {
    async open(desks) {
      const opened = desks.map((desk) => new SuiteEditor(desk, tools));
      editors.push(...opened);
      await openAll(opened);
    },
    async start({ from, count, keysPerSecond }) {
      typists = new Typists(editors.slice(from, from + count), keysPerSecond, random);
    },
    async measure({ ms }) {
      const deliveries = new Deliveries();
      tools.deliveries = deliveries;
      const lateMs = typists?.lateMs ?? [];
      lateMs.length = 0;
      const startedMs = performance.now();
      deliveries.measure(true);
      await Bun.sleep(ms);
      deliveries.measure(false);
      const seconds = (performance.now() - startedMs) / 1_000;
      const late = Float64Array.from(lateMs).sort();
      await Bun.sleep(TAIL_MS);
      const { latenciesMs, ...counts } = deliveries.figures();
      return {
        ...{ ...counts, seconds, failures: [...failures] },
        ...{ p50Ms: quantile(latenciesMs, 0.5), p99Ms: quantile(latenciesMs, 0.99) },
        lateP99Ms: quantile(late, 0.99),
      };
    },
    async rest() {
      typists?.stop();
      typists = undefined;
    },
  };
}

if (import.meta.main) serveCalls(openTyping);
