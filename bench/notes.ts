/**
 * `bun run bench notes`: people typing in shared notes, and many notes that are open while nobody types,
 * on our server and on others, one after the other on the same machine. Prints the figures and writes
 * them to `bench/results/notes.md`.
 */

import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { parseArgs } from "node:util";
import { adoptChild, askChild, killAllChildren, stopChild } from "./children.ts";
import { type Contender, contenders, type RunningServer } from "./contenders.ts";
import type { Desk } from "./editor.ts";
import type { LoadFigures, LoadPlan } from "./load.ts";
import { type IdleFigures, type NotesFigures, writeReport } from "./notes_report.ts";
import { ensurePeers } from "./peers.ts";
import { settledBytes } from "./process_figures.ts";
import type { ReadersPlan } from "./readers.ts";
import type { Seat } from "./suite_seed.ts";

/** How much work is done. */
export interface NotesOptions {
  notes: number;
  editors: number;
  rate: number;
  seconds: number;
  warmUpSeconds: number;
  idle: number;
  textUnits: number;
  only: string[];
}

const USAGE = `Usage: bun run bench notes [options]
  --notes 100       notes that are written in
  --editors 4       people in each of them
  --rate 5          keystrokes of each person a second
  --seconds 20      measured time; 5 s to warm up come before
  --idle 10000      notes that are open with one reader each; 0 leaves this part out
  --text 2000       characters in a note at the beginning
  --only NAME,NAME  some of: ${contenders.map(({ protocol }) => protocol).join(", ")}`;

const WARM_UP_SECONDS = 5;
const READERS_PER_PROCESS = 5_000;
const READERS_OPEN_MS_MAX = 90_000;
/** Everything together; whatever hangs ends here. */
const BENCH_MS_MAX = 10 * 60_000;
/** Numbers of people begin here: 1 wrote the notes. */
const FIRST_NUMBER = 2;

/** Runs the whole bench. */
export async function runNotesBench(args: string[]): Promise<void> {
  const options = readOptions(args);
  if (!options) {
    console.log(USAGE);
    return;
  }
  const chosen = contenders.filter(({ protocol }) => options.only.includes(protocol));
  if (chosen.some(({ protocol }) => protocol !== "suite")) ensurePeers();
  const deadline = setTimeout(() => {
    console.error("Cannot finish: the bench took too long");
    process.exit(1);
  }, BENCH_MS_MAX);
  process.on("exit", killAllChildren);
  process.once("SIGINT", () => process.exit(1));
  process.once("SIGTERM", () => process.exit(1));
  const figures: NotesFigures[] = [];
  for (const contender of chosen) figures.push(await measure(contender, options));
  clearTimeout(deadline);
  console.log(await writeReport(figures, options));
}

function readOptions(args: string[]): NotesOptions | undefined {
  const text = (value: string) => ({ type: "string", default: value }) as const;
  const { values } = parseArgs({
    args,
    options: {
      notes: text("100"),
      editors: text("4"),
      rate: text("5"),
      seconds: text("20"),
      idle: text("10000"),
      text: text("2000"),
      only: text(contenders.map(({ protocol }) => protocol).join(",")),
      help: { type: "boolean", default: false },
    },
  });
  if (values.help) return undefined;
  return {
    notes: Number(values.notes),
    editors: Number(values.editors),
    rate: Number(values.rate),
    seconds: Number(values.seconds),
    warmUpSeconds: WARM_UP_SECONDS,
    idle: Number(values.idle),
    textUnits: Number(values.text),
    only: values.only.split(","),
  };
}

async function measure(contender: Contender, options: NotesOptions): Promise<NotesFigures> {
  const title = contender.title();
  console.log(`${title}: typing…`);
  const typing = await inFolder((folder) => measureTyping(contender, folder, options));
  let idle: IdleFigures | undefined;
  // y-websocket is left out here: its store is not made for so many notes at once.
  if (options.idle > 0 && contender.protocol !== "y-websocket") {
    console.log(`${title}: ${options.idle.toLocaleString("en")} idle notes…`);
    idle = await inFolder((folder) => measureIdle(contender, folder, options));
  }
  return { title, protocol: contender.protocol, durability: contender.durability, typing, idle };
}

async function inFolder<Value>(run: (folder: string) => Promise<Value>): Promise<Value> {
  const folder = mkdtempSync(join(tmpdir(), "suite-bench-"));
  try {
    return await run(folder);
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}

async function measureTyping(
  contender: Contender,
  folder: string,
  options: NotesOptions,
): Promise<LoadFigures> {
  const { notes, editors, rate, seconds, warmUpSeconds } = options;
  const text = plainText(options.textUnits);
  const seats = await contender.fill(folder, { notes, peoplePerNote: editors, text });
  const server = await contender.start(folder);
  try {
    const plan: LoadPlan = {
      protocol: contender.protocol,
      serverPid: server.pid,
      desks: desksFor(seats, server, options),
      editsPerSecond: rate,
      warmUpMs: warmUpSeconds * 1_000,
      measureMs: seconds * 1_000,
    };
    const deadlineMs = plan.warmUpMs + plan.measureMs + 60_000;
    return await askChild(program("load.ts"), plan, { deadlineMs });
  } catch (error) {
    console.error(server.lastWords());
    throw error;
  } finally {
    await server.stop();
  }
}

async function measureIdle(
  contender: Contender,
  folder: string,
  options: NotesOptions,
): Promise<IdleFigures> {
  const filling = { notes: options.idle, peoplePerNote: 1, text: plainText(options.textUnits) };
  const seats = await contender.fill(folder, filling);
  const server = await contender.start(folder);
  const crowds: Bun.Subprocess[] = [];
  try {
    const bytesBefore = await settledBytes(server.pid);
    const desks = desksFor(seats, server, options);
    for (let i = 0; i < desks.length; i += READERS_PER_PROCESS) {
      const part = desks.slice(i, i + READERS_PER_PROCESS);
      crowds.push(await startReaders({ protocol: contender.protocol, desks: part }));
    }
    const bytesOpen = await settledBytes(server.pid);
    for (const crowd of crowds) assertReading(crowd);
    return { notes: desks.length, bytesBefore, bytesOpen };
  } catch (error) {
    console.error(server.lastWords());
    throw error;
  } finally {
    for (const crowd of crowds) crowd.kill("SIGKILL");
    await server.stop();
  }
}

/** Throws when a crowd has ended: its notes were not open while the server was measured. */
function assertReading({ exitCode, signalCode }: Bun.Subprocess): void {
  if (exitCode === null && signalCode === null) return;
  throw new Error(
    `Cannot go on: expected readers to stay, received exit ${exitCode ?? signalCode}`,
  );
}

/** Starts one crowd; resolves when all its notes are open. */
async function startReaders(plan: ReadersPlan): Promise<Bun.Subprocess> {
  const child = Bun.spawn(program("readers.ts"), {
    stdin: new Blob([JSON.stringify(plan)]),
    stdout: "pipe",
    stderr: "inherit",
  });
  adoptChild(child);
  const timer = setTimeout(() => child.kill("SIGKILL"), READERS_OPEN_MS_MAX);
  const { value } = await child.stdout.getReader().read();
  clearTimeout(timer);
  const opened = Number(new TextDecoder().decode(value));
  if (opened === plan.desks.length) return child;
  await stopChild(child);
  throw new Error(`Cannot open notes: expected ${plan.desks.length}, received ${opened}`);
}

function desksFor(
  seats: readonly Seat[],
  { port }: RunningServer,
  { textUnits }: NotesOptions,
): Desk[] {
  return seats.map((seat, index) => ({ ...seat, port, textUnits, number: FIRST_NUMBER + index }));
}

function program(name: string): string[] {
  return [process.execPath, join(import.meta.dir, name)];
}

/** Lines of words, so many characters in all. */
function plainText(units: number): string {
  const line =
    "Minutes of the harbor office: tides, berths, pilots and what the weather left us.\n";
  return line.repeat(Math.ceil(units / line.length)).slice(0, units);
}
