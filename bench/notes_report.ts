/** The figures of the notes bench as a page of Markdown: how they came about, and what they are. */

import { mkdirSync } from "node:fs";
import { cpus, release, totalmem } from "node:os";
import { dirname, join } from "node:path";
import type { LoadFigures } from "./load.ts";
import type { NotesOptions } from "./notes.ts";

/** Memory with many notes open and nobody typing. */
export interface IdleFigures {
  notes: number;
  bytesBefore: number;
  bytesOpen: number;
}

/** What one server did. */
export interface NotesFigures {
  title: string;
  protocol: string;
  durability: string;
  typing: LoadFigures;
  idle: IdleFigures | undefined;
}

const RESULT = join(import.meta.dir, "results", "notes.md");
/** What we want to reach. */
const GOAL = { p99Ms: 15, idleBytesPerNote: 24 * 1024 };

type Row = readonly [label: string, cell: (figures: NotesFigures) => string];

/** Writes the page and answers with it. */
export async function writeReport(
  figures: readonly NotesFigures[],
  options: NotesOptions,
): Promise<string> {
  const page = [
    "# Notes bench",
    "",
    `${new Date().toISOString().slice(0, 16).replace("T", " ")} UTC, \`${command()}\``,
    "",
    `On ${machine()}. Servers and load share the machine; each server runs alone, in its own ` +
      "process, with a fresh folder of data on local disk, one after the other.",
    "",
    ...typingSection(figures, options),
    ...idleSection(figures, options),
    "## Goals",
    "",
    ...goals(figures),
    "",
  ].join("\n");
  mkdirSync(dirname(RESULT), { recursive: true });
  await Bun.write(RESULT, page);
  return page;
}

function command(): string {
  return ["bun run bench", ...process.argv.slice(2)].join(" ");
}

function machine(): string {
  const all = cpus();
  const memory = Math.round(totalmem() / 2 ** 30);
  return `${all.length} × ${all[0]?.model.trim()}, ${memory} GiB, Linux ${release()}`;
}

function typingSection(figures: readonly NotesFigures[], options: NotesOptions): string[] {
  const { notes, editors, rate, seconds, warmUpSeconds, textUnits } = options;
  const rows: Row[] = [
    ["an edit is on disk", ({ durability }) => durability],
    ["edits typed a second", ({ typing }) => perSecond(typing.keystrokes, typing)],
    ["deliveries a second", ({ typing }) => perSecond(typing.deliveries, typing)],
    ["delivered of what was typed", ({ typing }) => share(typing, editors)],
    ["p50, keystroke to others' sockets", ({ typing }) => ms(typing.p50Ms)],
    ["p99", ({ typing }) => ms(typing.p99Ms)],
    ["longest", ({ typing }) => ms(typing.maxMs)],
    [
      "CPU of the server",
      ({ typing }) => `${percent(typing.serverCpuSeconds / typing.seconds)} of a core`,
    ],
    ["CPU per 1,000 deliveries", ({ typing }) => ms(cpuPerThousand(typing) * 1_000)],
    ["memory before", ({ typing }) => mib(typing.bytesBefore)],
    ["memory, all notes open", ({ typing }) => mib(typing.bytesOpen)],
    ["memory after typing", ({ typing }) => mib(typing.bytesAfter)],
    ["memory per open note, typed in", ({ typing }) => kib(bytesPerNote(typing, notes))],
    ["load process: p99 late by", ({ typing }) => ms(typing.lateP99Ms)],
    [
      "load process: CPU",
      ({ typing }) => `${percent(typing.loadCpuSeconds / typing.seconds)} of a core`,
    ],
    ["failures", ({ typing }) => typing.failures.join("; ") || "none"],
  ];
  return [
    "## Typing",
    "",
    `${notes} notes of ${textUnits.toLocaleString("en")} characters, ${editors} people in each, ` +
      `${rate} keystrokes a second by each (an open loop: they type whether or not the server keeps ` +
      `up), for ${seconds} s after ${warmUpSeconds} s to warm up. A keystroke is one character at a ` +
      "place that moves; a delivery is its arrival at one of the others. Memory is VmRSS.",
    "",
    ...table(figures, rows),
    "Our edits carry the caret. The Yjs servers are not sent any cursors, do not keep a search index " +
      "and check no permissions; Hocuspocus runs with its defaults.",
    "",
  ];
}

function idleSection(figures: readonly NotesFigures[], { textUnits }: NotesOptions): string[] {
  const measured = figures.filter(({ idle }) => idle !== undefined);
  const [first] = measured;
  if (!first?.idle) return [];
  const rows: Row[] = [
    ["memory before", ({ idle }) => mib(idle?.bytesBefore)],
    ["memory, all notes open", ({ idle }) => mib(idle?.bytesOpen)],
    ["memory per idle open note", ({ idle }) => kib(idle && idleBytesPerNote(idle))],
  ];
  return [
    "## Idle",
    "",
    `${first.idle.notes.toLocaleString("en")} notes of ${textUnits.toLocaleString("en")} characters, ` +
      "each open with one reader who is somebody else, over a socket of their own. Memory is VmRSS " +
      "when it has stopped changing; nothing is collected by force.",
    "",
    ...table(measured, rows),
  ];
}

function goals(figures: readonly NotesFigures[]): string[] {
  const ours = figures.find(({ protocol }) => protocol === "suite");
  const theirs = figures.find(({ protocol }) => protocol === "hocuspocus");
  if (!ours) return ["- Our own server was not measured."];
  const { typing, idle } = ours;
  const lines = [
    goal(`p99 under ${GOAL.p99Ms} ms`, typing.p99Ms !== null && typing.p99Ms < GOAL.p99Ms),
  ];
  if (theirs) {
    const isLighter = cpuPerThousand(typing) < cpuPerThousand(theirs.typing);
    lines.push(goal("less CPU per delivered edit than Hocuspocus", isLighter));
    const isSmaller =
      typing.bytesAfter - typing.bytesBefore < theirs.typing.bytesAfter - theirs.typing.bytesBefore;
    lines.push(goal("less memory per open note than Hocuspocus, while typing", isSmaller));
    if (idle && theirs.idle) {
      const isSmallerIdle = idleBytesPerNote(idle) < idleBytesPerNote(theirs.idle);
      lines.push(goal("less memory per open note than Hocuspocus, idle", isSmallerIdle));
    }
  }
  if (idle) {
    const name = `at most ${GOAL.idleBytesPerNote / 1024} KiB per idle open note`;
    lines.push(goal(name, idleBytesPerNote(idle) <= GOAL.idleBytesPerNote));
  }
  return lines;
}

function goal(name: string, isReached: boolean): string {
  return `- ${name}: ${isReached ? "reached" : "**not reached**"}`;
}

function table(figures: readonly NotesFigures[], rows: readonly Row[]): string[] {
  const lines = [
    ["", ...figures.map(({ title }) => title)],
    ["---", ...figures.map(() => "---:")],
    ...rows.map(([label, cell]) => [label, ...figures.map(cell)]),
  ];
  return [...lines.map((cells) => `| ${cells.join(" | ")} |`), ""];
}

function cpuPerThousand({ serverCpuSeconds, deliveries }: LoadFigures): number {
  return serverCpuSeconds / (deliveries / 1_000);
}

function bytesPerNote({ bytesBefore, bytesAfter }: LoadFigures, notes: number): number {
  return (bytesAfter - bytesBefore) / notes;
}

function idleBytesPerNote({ bytesBefore, bytesOpen, notes }: IdleFigures): number {
  return (bytesOpen - bytesBefore) / notes;
}

function share({ keystrokes, deliveries }: LoadFigures, editors: number): string {
  return percent(deliveries / (keystrokes * (editors - 1)), 2);
}

function perSecond(count: number, { seconds }: LoadFigures): string {
  return Math.round(count / seconds).toLocaleString("en");
}

function percent(part: number, digits = 0): string {
  return `${(part * 100).toFixed(digits)} %`;
}

function ms(value: number | null): string {
  if (value === null) return "–";
  return `${value.toFixed(value < 10 ? 2 : 1)} ms`;
}

function mib(bytes = Number.NaN): string {
  return `${(bytes / 2 ** 20).toFixed(1)} MiB`;
}

function kib(bytes = Number.NaN): string {
  return `${(bytes / 1024).toFixed(1)} KiB`;
}
