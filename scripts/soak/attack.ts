/**
 * `bun run soak attack`: people work while others do their worst. Measures pages and edits of the first
 * before, during and after, and the memory of the server with its workers at its highest.
 *
 * Everything goes to this machine, is bounded in time, and ends with this process.
 */

import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { spawnSuite } from "../../tests/support/suite.ts";
import { inviteAndSignUp, signUp } from "../../tests/support/visitor.ts";
import { Bystander, type Experience } from "./bystander.ts";

const SECONDS = 60;
const CALM_SECONDS = 20;
const LOOK_MS = 100;
const BYTES_MAX = 400_000_000;
/** During the attack, against calm. */
const P99_FACTOR_MAX = 2;

/** Runs it; answers whether the goals were reached. */
export async function soakUnderAttack(args: readonly string[]): Promise<boolean> {
  const at = args.indexOf("--seconds");
  const seconds = at === -1 ? SECONDS : Number(args[at + 1]);
  await using suite = await spawnSuite();
  const ada = await signUp(suite.setupLink, "Ada");
  const grace = await inviteAndSignUp(ada, "Grace");
  const mallory = await inviteAndSignUp(ada, "Mallory");
  const bystander = await Bystander.begin(grace);
  await bystander.work(5_000);
  const memory = new PeakMemory(suite.pid);
  console.log(`Calm for ${CALM_SECONDS} s, attack for ${seconds} s, calm for ${CALM_SECONDS} s`);
  const before = await bystander.work(CALM_SECONDS * 1_000);
  const calmBytes = memory.take();
  // With little priority they take what the suite leaves of the cores, as if they were on other machines.
  const wrapper = args.includes("--nice") ? ["nice", "-n", "19"] : [];
  const program = [process.execPath, join(import.meta.dir, "attackers.ts")];
  const attackers = Bun.spawn([...wrapper, ...program], {
    stdin: new Blob([JSON.stringify({ url: suite.url.href, cookies: mallory.cookies, seconds })]),
    stdout: "inherit",
    stderr: "inherit",
  });
  const during = await bystander.work(seconds * 1_000);
  await attackers.exited;
  const attackBytes = memory.take();
  const shares = memory.shares.map((bytes) => `${(bytes / 1e6).toFixed(0)} MB`);
  const after = await bystander.work(CALM_SECONDS * 1_000);
  memory.stop();
  const ops = (await ada.get("/ops")).text;
  await suite.kill("SIGTERM");
  const stalls = /data-stalls="(\d+)" data-waits="(\d+)"/.exec(ops);
  for (const [name, met] of Object.entries({ before, during, after })) report(name, met);
  console.log(`Stalls of the main thread: ${stalls?.[1]}; waits for the machine: ${stalls?.[2]}`);
  for (const [, worked, cause] of ops.matchAll(
    /(\d+) ms of it worked[\s\S]*?ops-message">([^<]*)/g,
  )) {
    console.log(`  ${worked} ms: ${cause?.slice(0, 120)}`);
  }
  console.log(`Memory at the peak, the server and its workers: ${shares.join(", ")}`);
  return judge({ before, during, calmBytes, attackBytes });
}

function report(name: string, { pages, edits, failures }: Experience): void {
  const line = (times: number[]) =>
    `${times.length}, p50 ${ms(quantile(times, 0.5))}, p99 ${ms(quantile(times, 0.99))}, ` +
    `max ${ms(Math.max(...times))}`;
  console.log(`${name.padEnd(7)} pages ${line(pages)}; edits ${line(edits)}; failed ${failures}`);
}

function judge(given: {
  before: Experience;
  during: Experience;
  calmBytes: number;
  attackBytes: number;
}): boolean {
  const { before, during, calmBytes, attackBytes } = given;
  const factor = (of: "pages" | "edits") =>
    quantile(during[of], 0.99) / Math.max(1, quantile(before[of], 0.99));
  const goals = [
    { name: "p99 of pages, times calm", value: factor("pages"), max: P99_FACTOR_MAX },
    { name: "p99 of edits, times calm", value: factor("edits"), max: P99_FACTOR_MAX },
    { name: "failures of bystanders", value: during.failures, max: 0 },
    { name: "memory at its highest, MB", value: attackBytes / 1e6, max: BYTES_MAX / 1e6 },
  ];
  console.log(`Memory when calm: ${(calmBytes / 1e6).toFixed(0)} MB`);
  for (const { name, value, max } of goals) {
    const verdict = value <= max ? "reached" : "NOT reached";
    console.log(`${name}: ${value.toFixed(1)}, goal ${max}: ${verdict}`);
  }
  return goals.every(({ value, max }) => value <= max);
}

/**
 * The most that a process and those it has begun had in memory since the last time it was asked. All run
 * the same program: the pages of its file that they share are counted once, with the first of them.
 */
class PeakMemory {
  readonly #pid: number;
  readonly #timer: ReturnType<typeof setInterval>;
  #peak = 0;
  /** What each of the processes had at the peak, the server first. */
  shares: number[] = [];

  constructor(pid: number) {
    this.#pid = pid;
    this.#timer = setInterval(() => this.#look(), LOOK_MS);
  }

  take(): number {
    const peak = this.#peak;
    this.#peak = 0;
    return peak;
  }

  stop(): void {
    clearInterval(this.#timer);
  }

  #look(): void {
    const shares: number[] = [];
    for (const pid of [this.#pid, ...childrenOf(this.#pid)]) {
      try {
        const { anonymous, file } = residentOf(pid);
        shares.push(pid === this.#pid ? anonymous + file : anonymous);
      } catch {
        // It has ended in between.
      }
    }
    const bytes = shares.reduce((sum, share) => sum + share, 0);
    if (bytes <= this.#peak) return;
    this.#peak = bytes;
    this.shares = shares;
  }
}

/** A process that has ended and was not waited for yet holds nothing. */
function residentOf(pid: number): { anonymous: number; file: number } {
  const status = readFileSync(`/proc/${pid}/status`, "utf8");
  const bytes = (name: string) =>
    Number(new RegExp(`^${name}:\\s+(\\d+) kB`, "m").exec(status)?.[1] ?? 0) * 1_024;
  return { anonymous: bytes("RssAnon"), file: bytes("RssFile") + bytes("RssShmem") };
}

function childrenOf(pid: number): number[] {
  const folder = `/proc/${pid}/task`;
  return readdirSync(folder).flatMap((task) =>
    readFileSync(join(folder, task, "children"), "utf8")
      .trim()
      .split(" ")
      .filter(Boolean)
      .map(Number),
  );
}

function quantile(values: readonly number[], q: number): number {
  const sorted = values.toSorted((one, other) => one - other);
  return sorted[Math.min(sorted.length - 1, Math.floor(sorted.length * q))] ?? Number.NaN;
}

function ms(value: number): string {
  return `${value.toFixed(value < 10 ? 1 : 0)} ms`;
}
