/** Measures one server: what connected people cost who do nothing, and how fast they are notified. */

import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { type Called, startCalled } from "../cluster/calls.ts";
import { quantile } from "../cluster/quantile.ts";
import { settledBytes } from "../process_figures.ts";
import type { InboxContender } from "./contenders.ts";
import type { CrowdCalls } from "./crowd.ts";
import { makePeople } from "./people.ts";
import { Receipts } from "./receipts.ts";
import type { ServerCalls } from "./suite_server.ts";

/** How much work is done. */
export interface InboxPlan {
  people: number;
  peoplePerProcess: number;
  /** Notifications a second, step by step. */
  rates: readonly number[];
  stepMs: number;
  warmUpMs: number;
  settleMs: number;
}

/** Resident memory as it is by itself and after a collection, and what is left of the heap then. */
export interface Memory {
  resident: number;
  collected: number;
  heap: number;
}

/** One rate. */
export interface RateFigures {
  wanted: number;
  /** Of all that was due. */
  delivered: number;
  deliveredPerSecond: number;
  p50Ms: number;
  p99Ms: number;
  maxMs: number;
  /** Processor seconds of the server for each second. */
  cores: number;
  failures: number;
}

/** How one server did. */
export interface InboxFigures {
  contender: InboxContender["name"];
  title: string;
  people: number;
  connectMs: number;
  before: Memory;
  /** When the first of the crowds was there, and how many people that are. */
  begun: Memory;
  begunPeople: number;
  connected: Memory;
  /** The same with everybody's inbox in memory; undefined where there are none. */
  active: Memory | undefined;
  rates: RateFigures[];
  closed: number;
}

/** What is on the way when a step ends has this long to arrive. */
const TAIL_MS = 2_000;
const WARM_UP_PER_SECOND = 200;

/** Starts the server and its crowds, measures, and ends them. */
export async function measureInbox(
  contender: InboxContender,
  plan: InboxPlan,
): Promise<InboxFigures> {
  const folder = mkdtempSync(join(tmpdir(), "suite-bench-"));
  await using stack = new AsyncDisposableStack();
  const removeFolder = () => rmSync(folder, { recursive: true, force: true });
  stack.defer(removeFolder);
  // Whoever interrupts the bench finds nothing left either.
  process.once("exit", removeFolder);
  const people = await makePeople(folder, plan.people);
  const server = stack.use(contender.start(folder));
  await server.call("meet", people.ids);
  const port = await server.call("port");
  const before = await memoryOf(server, plan);
  const crowds: Called<CrowdCalls>[] = [];
  const memories: Memory[] = [];
  let connectMs = 0;
  for (let first = 0; first < plan.people; first += plan.peoplePerProcess) {
    const crowd = stack.use(startCalled<CrowdCalls>("../inbox/crowd.ts"));
    crowds.push(crowd);
    const some = (list: string[]) => list.slice(first, first + plan.peoplePerProcess);
    const { protocol } = contender;
    const seats = { people: some(people.ids), sessions: some(people.sessions) };
    const began = performance.now();
    await crowd.call("connect", { protocol, port, first, ...seats });
    connectMs += performance.now() - began;
    memories.push(await memoryOf(server, plan));
  }
  const [begun = before] = memories;
  const connected = memories.at(-1) ?? before;
  const inboxes = await server.call("activate");
  const active = inboxes > 0 ? await memoryOf(server, plan) : undefined;
  const rates = await measureRates({ server, crowds }, plan);
  const closed = await Promise.all(crowds.map((crowd) => crowd.call("closed")));
  return {
    ...{ contender: contender.name, title: contender.title(), people: plan.people },
    connectMs,
    ...{ before, begun, connected, active, rates },
    begunPeople: Math.min(plan.people, plan.peoplePerProcess),
    closed: closed.reduce((sum, one) => sum + one, 0),
  };
}

async function memoryOf(server: Called<ServerCalls>, { settleMs }: InboxPlan): Promise<Memory> {
  const settling = { forMs: settleMs / 2, atMostMs: settleMs };
  const resident = await settledBytes(server.pid, settling);
  const heap = await server.call("collect");
  return { resident, collected: await settledBytes(server.pid, settling), heap };
}

async function measureRates(
  at: { server: Called<ServerCalls>; crowds: readonly Called<CrowdCalls>[] },
  plan: InboxPlan,
): Promise<RateFigures[]> {
  const receipts = new Receipts();
  const figures: RateFigures[] = [];
  const steps = [
    { perSecond: WARM_UP_PER_SECOND, ms: plan.warmUpMs },
    ...plan.rates.map((perSecond) => ({ perSecond, ms: plan.stepMs })),
  ];
  for (const [seed, step] of steps.entries()) {
    const driven = await at.server.call("drive", { people: plan.people, ...step, seed });
    await Bun.sleep(TAIL_MS);
    const first = receipts.due(driven);
    for (const crowd of at.crowds) receipts.arrived(await crowd.call("take"));
    const { latenciesMs, endedAt } = receipts.since(first);
    const startedAt = driven.dueAt[0] ?? Number.NaN;
    figures.push({
      wanted: step.perSecond,
      delivered: latenciesMs.length / driven.dueAt.length,
      deliveredPerSecond: latenciesMs.length / ((endedAt - startedAt) / 1_000),
      p50Ms: quantile(latenciesMs, 0.5),
      p99Ms: quantile(latenciesMs, 0.99),
      maxMs: quantile(latenciesMs, 1),
      cores: driven.cpuSeconds / driven.seconds,
      failures: driven.failures,
    });
  }
  // The first step was there to warm up.
  return figures.slice(1);
}
