/** People who type in shared notes on whole nodes: how many edits a second, and what each costs. */

import { join } from "node:path";
import { shardOf } from "../../actors/cluster/placement.ts";
import { type SuiteNode, startNode } from "../../scripts/cluster/node.ts";
import type { Postgres } from "../../scripts/cluster/postgres.ts";
import type { Redis } from "../../scripts/cluster/redis.ts";
import { waitFor } from "../../tests/support/wait_for.ts";
import { askChild } from "../children.ts";
import type { Desk } from "../editor.ts";
import { settledBytes } from "../process_figures.ts";
import type { Seat, SeedPlan } from "../suite_seed.ts";
import { type Called, startCalled } from "./calls.ts";
import type { CrowdCalls } from "./crowd.ts";
import { type Counts, difference, perEdit, ServerFigures } from "./server_figures.ts";
import type { TypingCalls, TypingFigures } from "./typing.ts";

/** How much work is done. */
export interface EditsPlan {
  /** Edits a second that are tried one after the other, until one does not hold. */
  steps: readonly number[];
  nodesMax: number;
  warmUpMs: number;
  measureMs: number;
  /** How long it is looked at what happens while nobody types. */
  idleMs: number;
  /** Sockets that do nothing. */
  crowd: number;
  text: string;
}

/** One step. */
export interface StepFigures {
  nodes: number;
  wanted: number;
  typing: TypingFigures;
  /** The share of what was typed that reached the others in time. */
  delivered: number;
  /** What one edit cost. */
  cost: Counts;
}

/** Notes that are open on some of the nodes. */
export interface PlacementFigures {
  where: string;
  typing: TypingFigures;
  cost: Counts;
}

/** The memory of a node. */
export interface CrowdFigures {
  sockets: number;
  bytesBefore: number;
  bytesConnected: number;
  bytesOpen: number;
}

/** Everything that was seen. */
export interface EditsFigures {
  steps: StepFigures[];
  placements: PlacementFigures[];
  crowd: CrowdFigures;
}

/** People in a note. */
export const PEOPLE_PER_NOTE = 4;
/** Keystrokes of each a second. */
export const KEYS_PER_SECOND = 5;
/** What holds: the 99th percentile under this, and next to everything delivered. */
export const HOLDS = { p99Ms: 100, delivered: 0.99 };

const EDITS_PER_NOTE = PEOPLE_PER_NOTE * KEYS_PER_SECOND;
const PLACED_NOTES = 25;
const FILL_MS_MAX = 120_000;
const SETTLE_MS_MAX = 20_000;
const SHARDS = 1_024;
/** Nobody's number comes twice: edits are named by it, and a repeat of one changes nothing. */
const NUMBERS_PER_LOAD = 1_000_000;

interface Servers {
  postgres: Postgres;
  redis: Redis;
}

/** Adds one node after the other, and lets people type on all there are. */
export async function measureEdits(
  folder: string,
  servers: Servers,
  plan: EditsPlan,
): Promise<EditsFigures> {
  const { postgres, redis } = servers;
  const notes = Math.ceil(Math.max(...plan.steps) / EDITS_PER_NOTE);
  const seats = await fill(postgres, { notes, peoplePerNote: PEOPLE_PER_NOTE, text: plan.text });
  const idlers = await fill(postgres, { notes: plan.crowd, peoplePerNote: 1, text: plan.text });
  const nodes: SuiteNode[] = [];
  await using stack = new AsyncDisposableStack();
  const steps: StepFigures[] = [];
  let crowd: CrowdFigures | undefined;
  for (let number = 1; number <= plan.nodesMax; number++) {
    const name = `node-${number}`;
    const node = await startNode({
      ...{ name, databaseUrl: postgres.url, redisUrl: redis.url },
      ...{ dataDir: join(folder, name), logPath: join(folder, `${name}.log`) },
    });
    stack.use(node);
    nodes.push(node);
    await settle(postgres, number);
    crowd ??= await measureCrowd(node, idlers);
    steps.push(...(await stepUp({ servers, nodes, seats }, plan)));
  }
  const placements = await measurePlacements({ servers, nodes, seats }, plan);
  if (crowd === undefined) throw new RangeError("Cannot measure: expected a node, received none");
  return { steps, placements, crowd };
}

function fill({ url }: Postgres, filling: Omit<SeedPlan, "dataDir">): Promise<Seat[]> {
  const program = join(import.meta.dir, "..", "suite_seed.ts");
  const plan = { dataDir: "", databaseUrl: url, ...filling };
  return askChild([process.execPath, program], plan, { deadlineMs: FILL_MS_MAX });
}

/** Waits until every shard has an owner, and so many nodes own some. */
async function settle({ url }: Postgres, nodes: number): Promise<void> {
  await using sql = new Bun.SQL(url, { max: 1 });
  const hasSettled = async () => {
    const [row] = await sql`
      SELECT count(owner)::int AS shards, count(DISTINCT owner)::int AS owners FROM cluster.shard`;
    return row.shards === SHARDS && row.owners === nodes;
  };
  await waitFor(hasSettled, { deadlineMs: SETTLE_MS_MAX, what: "every shard to have an owner" });
}

// ---------------------------------------------------------------------------------- one node

async function measureCrowd(node: SuiteNode, seats: readonly Seat[]): Promise<CrowdFigures> {
  await using crowd = startCalled<CrowdCalls>("crowd.ts");
  const settled = () => settledBytes(node.pid, { forMs: 1_500, atMostMs: 8_000 });
  const bytesBefore = await settled();
  await crowd.call(
    "connect",
    seats.map((seat, index) => deskAt(seat, node, NUMBERS_PER_LOAD + index)),
  );
  const bytesConnected = await settled();
  await crowd.call("open");
  const bytesOpen = await settled();
  return { sockets: seats.length, bytesBefore, bytesConnected, bytesOpen };
}

function deskAt(seat: Seat, { port }: SuiteNode, number: number): Desk {
  // The length of a text is not needed for typing over `/live`.
  return { ...seat, port, textUnits: 0, number };
}

// ------------------------------------------------------------------------------------- steps

interface Scene {
  servers: Servers;
  nodes: readonly SuiteNode[];
  seats: readonly Seat[];
}

/** People sit at the nodes in turn, as behind a balancer that knows nothing of notes. */
async function stepUp({ servers, nodes, seats }: Scene, plan: EditsPlan): Promise<StepFigures[]> {
  await using typing = startCalled<TypingCalls>("typing.ts");
  const firstNumber = nodes.length * NUMBERS_PER_LOAD;
  const desks = seats.map((seat, i) => deskAt(seat, inTurn(nodes, i), firstNumber + i));
  await typing.call("open", desks);
  await using figures = figuresOf({ servers, nodes, typing });
  const idle = await readIdle(figures, plan);
  const steps: StepFigures[] = [];
  for (const wanted of plan.steps) {
    const count = Math.ceil(wanted / EDITS_PER_NOTE) * PEOPLE_PER_NOTE;
    const step = await typeFor({ typing, figures }, { from: 0, count, ...plan });
    const delivered = step.typing.deliveries / (step.typing.keystrokes * (PEOPLE_PER_NOTE - 1));
    const cost = perEdit(step.counts, step.typing.edits, idle);
    steps.push({ nodes: nodes.length, wanted, typing: step.typing, delivered, cost });
    if (!holds({ typing: step.typing, delivered })) break;
  }
  return steps;
}

/** Whether a step was kept up with. */
export function holds({ typing, delivered }: Pick<StepFigures, "typing" | "delivered">): boolean {
  const isFast = typing.p99Ms < HOLDS.p99Ms && delivered >= HOLDS.delivered;
  return isFast && typing.failures.length === 0;
}

function figuresOf(given: {
  servers: Servers;
  nodes: readonly SuiteNode[];
  typing: Called<TypingCalls>;
}): ServerFigures {
  const nodePids = given.nodes.map(({ pid }) => pid);
  return new ServerFigures({ ...given.servers, nodePids, loadPid: given.typing.pid });
}

async function readIdle(figures: ServerFigures, { idleMs }: EditsPlan): Promise<Counts> {
  // Who has just opened a note is told of the others for a moment.
  await Bun.sleep(idleMs);
  const before = await figures.read();
  await Bun.sleep(idleMs);
  return difference(before, await figures.read());
}

async function typeFor(
  { typing, figures }: { typing: Called<TypingCalls>; figures: ServerFigures },
  plan: { from: number; count: number; warmUpMs: number; measureMs: number },
): Promise<{ typing: TypingFigures; counts: Counts }> {
  const { from, count, warmUpMs, measureMs: ms } = plan;
  await typing.call("start", { from, count, keysPerSecond: KEYS_PER_SECOND });
  await Bun.sleep(warmUpMs);
  const before = await figures.read();
  const measuring = typing.call("measure", { ms });
  await Bun.sleep(ms);
  const counts = difference(before, await figures.read());
  const measured = await measuring;
  await typing.call("rest");
  return { typing: measured, counts };
}

// -------------------------------------------------------------------------------- placements

/** The same load on notes that are open on one node, on two, on three. */
async function measurePlacements(scene: Scene, plan: EditsPlan): Promise<PlacementFigures[]> {
  const { servers, nodes, seats } = scene;
  const placements = placementsFor(nodes.length);
  const owners = await ownersOf(servers.postgres, nodes);
  await using typing = startCalled<TypingCalls>("typing.ts");
  const perPlacement = Math.min(
    PLACED_NOTES,
    Math.floor(seats.length / PEOPLE_PER_NOTE / placements.length),
  );
  const desks = seats
    .slice(0, perPlacement * PEOPLE_PER_NOTE * placements.length)
    .map((seat, index) => {
      const placement = placements[Math.floor(index / PEOPLE_PER_NOTE / perPlacement)];
      const owner = owners[shardOf(`document:${seat.note}`)] ?? 0;
      const step = inTurn(placement?.steps ?? [0], index % PEOPLE_PER_NOTE);
      const number = (nodes.length + 1) * NUMBERS_PER_LOAD + index;
      return deskAt(seat, inTurn(nodes, owner + step), number);
    });
  await typing.call("open", desks);
  await using figures = figuresOf({ servers, nodes, typing });
  const idle = await readIdle(figures, plan);
  const measured: PlacementFigures[] = [];
  const count = perPlacement * PEOPLE_PER_NOTE;
  for (const [index, { where }] of placements.entries()) {
    const step = await typeFor({ typing, figures }, { from: index * count, count, ...plan });
    const cost = perEdit(step.counts, step.typing.edits, idle);
    measured.push({ where, typing: step.typing, cost });
  }
  return measured;
}

/** Where the people of a note sit, as steps from its owner around the nodes. */
function placementsFor(nodes: number): { where: string; steps: number[] }[] {
  const all = [
    { where: "1 node, its owner", steps: [0] },
    { where: "1 node, not its owner", steps: [1] },
    { where: "2 nodes, its owner among them", steps: [0, 1] },
    { where: "3 nodes", steps: [0, 1, 2] },
  ];
  return all.filter(({ steps }) => Math.max(...steps) < nodes);
}

/** The place among the nodes of each shard's owner. */
async function ownersOf({ url }: Postgres, nodes: readonly SuiteNode[]): Promise<number[]> {
  await using sql = new Bun.SQL(url, { max: 1 });
  const rows: { name: string }[] = await sql`
    SELECT node.name FROM cluster.shard JOIN cluster.node ON node.id = owner ORDER BY shard`;
  return rows.map(({ name }) => nodes.findIndex((node) => node.name === name));
}

function inTurn<Item>(items: readonly Item[], index: number): Item {
  const item = items[index % items.length];
  if (item === undefined) throw new RangeError("Cannot take turns: expected somebody");
  return item;
}
