/** The figures of the cluster bench as a page of Markdown: how they came about, and what they are. */

import { cpus, release, totalmem } from "node:os";
import type { ClusterPlan } from "../cluster.ts";
import {
  type CrowdFigures,
  type EditsFigures,
  holds,
  KEYS_PER_SECOND,
  PEOPLE_PER_NOTE,
  type PlacementFigures,
  type StepFigures,
} from "./edits.ts";
import type { LoadsFigures } from "./loads.ts";
import { type AskFigures, type Contender, SHAPES, titleOf } from "./local.ts";
import type { MoveFigures } from "./moving.ts";
import type { MovingFigures } from "./remote.ts";
import type { RemoteAsks, RemoteFigures } from "./remote_asks.ts";
import type { Counts } from "./server_figures.ts";
import { EDITS } from "./stored_notes.ts";

/** What was measured; a part that was left out is undefined. */
export interface ClusterFigures {
  asks?: AskFigures[];
  remote?: RemoteFigures;
  loads?: LoadsFigures[];
  moving?: MovingFigures;
  edits?: EditsFigures;
}

/** What we want to reach. */
const GOAL = { asksPerSecond: 200_000, remoteP50Ms: 1, activationsPerSecond: 5_000 };

/** The page. */
export function reportOf(figures: ClusterFigures, plan: ClusterPlan): string {
  const { asks, remote, loads, moving, edits } = figures;
  return [
    "# Cluster bench",
    "",
    `${new Date().toISOString().slice(0, 16).replace("T", " ")} UTC, \`${command()}\``,
    "",
    `On ${machine()}. Everything shares these ${cpus().length} cores: the nodes, Postgres, Redis and the ` +
      "load. More nodes therefore do not mean more machine here; what they cost can be seen, what they " +
      "gain cannot. Postgres writes to a local disk with `fsync` and `synchronous_commit` on.",
    "",
    ...(asks ? asksSection(asks) : []),
    ...(remote ? remoteSection(remote, plan) : []),
    ...(loads ? loadsSection(loads, plan) : []),
    ...(moving ? movingSection(moving, plan) : []),
    ...(edits ? editsSection(edits, plan) : []),
    "## Goals",
    "",
    ...goals(figures),
    "",
  ].join("\n");
}

function command(): string {
  return ["bun run bench", ...process.argv.slice(2)].join(" ");
}

function machine(): string {
  const all = cpus();
  const memory = Math.round(totalmem() / 2 ** 30);
  return `${all.length} × ${all[0]?.model.trim()}, ${memory} GiB, Linux ${release()}`;
}

// ---------------------------------------------------------------------------------- sections

function asksSection(asks: readonly AskFigures[]): string[] {
  const contenders = [...new Set(asks.map(({ contender }) => contender))];
  const cell = (contender: Contender, shape: AskFigures["shape"]) => {
    const found = asks.find((one) => one.contender === contender && one.shape === shape);
    return found ? `${count(found.perSecond)} (${count(found.perCpuSecond)})` : "–";
  };
  return [
    "## Local asks",
    "",
    "An actor that counts what it is asked and answers the count; nothing is stored. All asks of a " +
      "round are on their way at once, and the next round begins when they are answered. Asks a " +
      "second by the clock, and in parentheses for each second of processor time of the process, " +
      "with that of its collector and its compiler; medians. Each is alone in its process.",
    "",
    ...table(
      [
        "",
        ...SHAPES.map(
          ({ actors, inFlight }) =>
            `${actors === 1 ? "1 actor" : `${count(actors)} actors`}, ${count(inFlight)} asks`,
        ),
      ],
      contenders.map((contender) => [
        titleOf(contender),
        ...SHAPES.map((shape) => cell(contender, shape)),
      ]),
    ),
  ];
}

function remoteSection({ local, remote }: RemoteFigures, { remote: plan }: ClusterPlan): string[] {
  const row = (label: string, asks: RemoteAsks) => [
    label,
    ms(asks.p50Ms),
    ms(asks.p99Ms),
    count(asks.perSecond),
  ];
  return [
    "## Remote asks",
    "",
    `Two nodes, each a process, with Redis between them; the same actors as above, ${plan.rooms} on ` +
      `each node. One ask at a time for the first two figures, ${plan.inFlight} at a time for the third.`,
    "",
    ...table(
      ["", "p50", "p99", `asks a second, ${plan.inFlight} at a time`],
      [row("on the node that asks", local), row("on the other node", remote)],
    ),
  ];
}

function loadsSection(loads: readonly LoadsFigures[], { loads: plan }: ClusterPlan): string[] {
  const rows = loads.map(({ database, operation, figures }) => [
    `${database}, \`${operation}\``,
    count(figures.notes),
    count((figures.notes / figures.ms) * 1_000),
    count((figures.notes / figures.cpuMs) * 1_000),
    ms(figures.p50Ms),
    ms(figures.p99Ms),
  ]);
  return [
    "## Activations",
    "",
    `Notes of 2,000 characters with a snapshot that holds ${EDITS.beforeSnapshot} edits and ` +
      `${EDITS.afterSnapshot} edits after it, none of them in memory, each asked once, ${plan.inFlight} at a ` +
      "time, by one process. `role` needs the note but not its text; `describe` makes Loro read it. " +
      "The files are in the page cache of the system.",
    "",
    ...table(["", "notes", "a second", "for each CPU second of the process", "p50", "p99"], rows),
  ];
}

function movingSection({ joined, inherited }: MovingFigures, plan: ClusterPlan): string[] {
  const row = (label: string, move: MoveFigures) => [
    label,
    count(move.notes),
    ms(move.ownedMs),
    ms(move.answeredMs),
    count(move.asks),
    ms(move.p50Ms),
    ms(move.p99Ms),
    ms(move.longestMs),
  ];
  return [
    "## Moving live actors",
    "",
    `${count(plan.movingNotes)} notes live on one node. Another node joins and takes its share; then the ` +
      "first one leaves and hands over the rest. As soon as a shard has arrived, all its notes are " +
      "asked, so that they live again. Meanwhile one note in each of 256 moving shards is asked all " +
      "the time from the new node, with 20 ms between an answer and the next ask; the last columns " +
      "say how long those asks took, so the longest is the longest that any of them could not be asked.",
    "",
    ...table(
      ["", "notes moved", "all owned after", "all answered after", "asks", "p50", "p99", "longest"],
      [row("a node joins", joined), row("a node leaves", inherited)],
    ),
  ];
}

function editsSection(edits: EditsFigures, { edits: plan }: ClusterPlan): string[] {
  return [
    "## Edits",
    "",
    `${PEOPLE_PER_NOTE} people in each note, ${KEYS_PER_SECOND} keystrokes a second by each (an open loop), ` +
      `spread over the nodes in turn, so that with three nodes every note is open on all three. More ` +
      `notes are typed in from step to step, ${plan.measureMs / 1_000} s each, until the 99th percentile from ` +
      "a keystroke to the others' sockets is above 100 ms or less than 99 % arrives. What an edit cost is " +
      "without what the same servers do while nobody types.",
    "",
    ...stepsTable(edits.steps),
    "Highest step that held:",
    "",
    ...nodesOf(edits.steps).map(
      (nodes) => `- ${nodesLabel(nodes)}: ${highest(edits.steps, nodes)}`,
    ),
    "",
    "## What an edit costs, by where its note is open",
    "",
    `The same load on a cluster of ${plan.nodesMax} nodes; what differs is at which nodes people sit.`,
    "",
    ...placementsTable(edits.placements),
    ...crowdSection(edits.crowd),
  ];
}

const COST_HEAD = [
  "node CPU",
  "Postgres CPU",
  "Redis CPU",
  "load CPU",
  "statements",
  "commits",
  "WAL",
  "messages",
  "Redis bytes",
];

function costCells(cost: Counts): string[] {
  return [
    ms(cost.nodesCpu * 1_000_000),
    ms(cost.postgresCpu * 1_000_000),
    ms(cost.redisCpu * 1_000_000),
    ms(cost.loadCpu * 1_000_000),
    few(cost.statements),
    few(cost.commits),
    bytes(cost.walBytes),
    few(cost.publishes),
    bytes(cost.redisBytes),
  ];
}

const COST_NOTE =
  "Processor times are for 1,000 edits, all other costs for one. Messages are those from node to node.";

function stepsTable(steps: readonly StepFigures[]): string[] {
  const rows = steps.map((step) => [
    String(step.nodes),
    count(step.typing.keystrokes / step.typing.seconds),
    ms(step.typing.p50Ms),
    ms(step.typing.p99Ms),
    `${(step.delivered * 100).toFixed(1)} %`,
    step.typing.failures.join("; ") || (holds(step) ? "held" : "**not held**"),
    ms(step.typing.lateP99Ms),
    ...costCells(step.cost),
  ]);
  const head = ["nodes", "edits a second", "p50", "p99", "delivered", "", "load late by"];
  return [...table([...head, ...COST_HEAD], rows), COST_NOTE, ""];
}

function placementsTable(placements: readonly PlacementFigures[]): string[] {
  const rows = placements.map(({ where, typing, cost }) => [
    where,
    count(typing.keystrokes / typing.seconds),
    ms(typing.p50Ms),
    ms(typing.p99Ms),
    typing.failures.join("; ") || "none",
    ...costCells(cost),
  ]);
  return table(["open on", "edits a second", "p50", "p99", "failures", ...COST_HEAD], rows);
}

function crowdSection({ sockets, ...memory }: CrowdFigures): string[] {
  const perSocket = (memory.bytesConnected - memory.bytesBefore) / sockets;
  const perNote = (memory.bytesOpen - memory.bytesConnected) / sockets;
  return [
    "## Memory of idle sockets",
    "",
    `One node with Postgres and Redis, ${count(sockets)} people who are signed in, each over a socket; then ` +
      "each opens a note of 2,000 characters that nobody else has open. VmRSS when it has stopped changing.",
    "",
    ...table(
      ["before", "connected", "notes open", "per socket", "more per open note"],
      [
        [
          mib(memory.bytesBefore),
          mib(memory.bytesConnected),
          mib(memory.bytesOpen),
          kib(perSocket),
          kib(perNote),
        ],
      ],
    ),
  ];
}

// ------------------------------------------------------------------------------------- goals

function goals({ asks, remote, loads, moving, edits }: ClusterFigures): string[] {
  const lines: string[] = [];
  if (asks) lines.push(...asksGoals(asks));
  if (remote) {
    const name = `remote ask p50 under ${GOAL.remoteP50Ms} ms on loopback`;
    lines.push(goal(name, remote.remote.p50Ms < GOAL.remoteP50Ms));
  }
  for (const { database, operation, figures } of loads ?? []) {
    if (operation !== "role") continue;
    const perSecond = (figures.notes / figures.ms) * 1_000;
    const name = `${count(GOAL.activationsPerSecond)} activations a second from ${database}`;
    lines.push(goal(name, perSecond >= GOAL.activationsPerSecond));
  }
  if (moving) {
    const { joined, inherited } = moving;
    lines.push(
      `- ${count(joined.notes)} live actors moved within ${ms(joined.answeredMs)}, ` +
        `${count(inherited.notes)} within ${ms(inherited.answeredMs)}`,
    );
  }
  for (const nodes of nodesOf(edits?.steps ?? [])) {
    lines.push(`- ${nodesLabel(nodes)}: ${highest(edits?.steps ?? [], nodes)} at p99 under 100 ms`);
  }
  return lines;
}

function asksGoals(asks: readonly AskFigures[]): string[] {
  const ours = asks.filter(({ contender }) => contender === "suite");
  const isFast = ours.every(({ perCpuSecond }) => perCpuSecond >= GOAL.asksPerSecond);
  const isAhead = ours.every(({ shape, perSecond }) =>
    asks.every((other) => {
      const isNact = other.contender === "nact_bun" || other.contender === "nact_node";
      return !isNact || other.shape !== shape || other.perSecond <= perSecond;
    }),
  );
  return [
    goal(`${count(GOAL.asksPerSecond)} local asks a second on one core, in every shape`, isFast),
    goal("no fewer than nact in the same run, in every shape and on either runtime", isAhead),
  ];
}

function goal(name: string, isReached: boolean): string {
  return `- ${name}: ${isReached ? "reached" : "**not reached**"}`;
}

function nodesOf(steps: readonly StepFigures[]): number[] {
  return [...new Set(steps.map(({ nodes }) => nodes))];
}

function nodesLabel(nodes: number): string {
  return nodes === 1 ? "1 node" : `${nodes} nodes`;
}

function highest(steps: readonly StepFigures[], nodes: number): string {
  const held = steps.filter((step) => step.nodes === nodes && holds(step)).at(-1);
  if (held === undefined) return "no step held";
  return `${count(held.typing.keystrokes / held.typing.seconds)} edits a second`;
}

// ------------------------------------------------------------------------------------- cells

function table(head: readonly string[], rows: readonly (readonly string[])[]): string[] {
  const rule = head.map((_, index) => (index === 0 ? "---" : "---:"));
  return [...[head, rule, ...rows].map((cells) => `| ${cells.join(" | ")} |`), ""];
}

function count(value: number): string {
  return Number.isFinite(value) ? Math.round(value).toLocaleString("en") : "–";
}

function few(value: number): string {
  return Number.isFinite(value) ? value.toFixed(2) : "–";
}

function bytes(value: number): string {
  return Number.isFinite(value) ? `${count(value)} B` : "–";
}

function ms(value: number): string {
  if (!Number.isFinite(value)) return "–";
  if (value < 0.1) return `${(value * 1_000).toFixed(1)} µs`;
  return `${value.toFixed(value < 10 ? 2 : value < 100 ? 1 : 0)} ms`;
}

function mib(bytes: number): string {
  return `${(bytes / 2 ** 20).toFixed(1)} MiB`;
}

function kib(bytes: number): string {
  return `${(bytes / 1024).toFixed(1)} KiB`;
}
