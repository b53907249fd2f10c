/** One worker: a process of its own, which can be ended whatever it does. */

import { readFile } from "node:fs/promises";
import { constants, setPriority } from "node:os";
import { type Clock, type Job, limits, pause, piecesOf, SuiteError } from "../../actors/mod.ts";
import type { FromWorker, ToWorker } from "./messages.ts";

const PAGE_BYTES = 4_096;

/** How a worker ended a job. */
export type JobEnd =
  | { state: "done"; value: unknown }
  | { state: "failed"; error: SuiteError }
  /** The worker is gone. */
  | { state: "ended"; error: SuiteError };

/** What a worker needs. */
export interface WorkerOptions {
  /** How the process is begun, such as `["bun", "routes/worker_program.ts"]`. */
  command: readonly string[];
  clock: Clock;
}

/** A worker process. */
export class WorkerProcess {
  readonly #clock: Clock;
  readonly #child: Bun.Subprocess<"ignore", "ignore", "inherit">;
  readonly #ready = Promise.withResolvers<void>();
  #settle: ((end: JobEnd) => void) | undefined;
  #residentBytes = 0;
  /** Bytes that were handed over since others had their turn. */
  #handed = 0;
  #isGone = false;

  constructor({ command, clock }: WorkerOptions) {
    this.#clock = clock;
    this.#child = Bun.spawn([...command], {
      // Nothing of the environment: it has the secrets of the suite.
      env: {},
      stdio: ["ignore", "ignore", "inherit"],
      serialization: "advanced",
      ipc: (message: FromWorker) => this.#hear(message),
      onExit: () => this.#gone(),
    });
    this.#child.unref();
    // Pages, edits and sockets go first.
    try {
      setPriority(this.#child.pid, constants.priority.PRIORITY_BELOW_NORMAL);
    } catch {
      // It may have ended already; that is told by `onExit`.
    }
  }

  /** Whether it may not be used anymore. */
  get isGone(): boolean {
    return this.#isGone;
  }

  /** Whether it has grown too much to be kept. */
  get isLarge(): boolean {
    return this.#residentBytes > limits.workerKeptBytesMax;
  }

  /** Does one job; never rejects. */
  async run(job: Job): Promise<JobEnd> {
    const { promise, resolve } = Promise.withResolvers<JobEnd>();
    this.#settle = resolve;
    const cancel = this.#clock.setTimer(limits.jobMsMax, () => this.#end(job, "took too long"));
    const stopLooking = this.#watchMemory(job);
    void this.#hand(job);
    try {
      return await promise;
    } finally {
      cancel();
      stopLooking();
    }
  }

  /** Ends the process; a job that it does fails. */
  end(error = new SuiteError("draining", "Cannot finish: this node is leaving")): void {
    this.#isGone = true;
    this.#child.kill("SIGKILL");
    this.#finish({ state: "ended", error });
  }

  /** In pieces, so that what is long does not hold the thread. */
  async #hand({ name, text, bytes = [], options }: Job): Promise<void> {
    await this.#ready.promise;
    for (const block of bytes) await this.#handBytes(block);
    for (const piece of piecesOf(text)) {
      this.#tell({ type: "piece", text: piece });
      if (piece.length < text.length) await pause(this.#clock);
    }
    this.#tell({ type: "job", name, options });
  }

  async #handBytes(block: Uint8Array): Promise<void> {
    for (let at = 0, isLast = false; !isLast; at += limits.pieceBytesMax) {
      const bytes = block.subarray(at, at + limits.pieceBytesMax);
      isLast = at + bytes.length === block.length;
      this.#tell({ type: "bytes", bytes, isLast });
      this.#handed += bytes.length;
      if (this.#handed < limits.pieceBytesMax) continue;
      this.#handed = 0;
      await pause(this.#clock);
    }
  }

  #tell(message: ToWorker): void {
    if (!this.#isGone) this.#child.send(message);
  }

  #hear(message: FromWorker): void {
    if (message.type === "ready") {
      this.#ready.resolve();
      return;
    }
    this.#residentBytes = message.residentBytes;
    if (message.type === "done") this.#finish({ state: "done", value: message.value });
    else {
      const text = "Cannot do the work: it met a defect";
      const error = new SuiteError("crashed", text, { cause: new Error(message.error) });
      this.#finish({ state: "failed", error });
    }
  }

  #gone(): void {
    this.#isGone = true;
    const message = "Cannot do the work: its process ended";
    this.#finish({ state: "ended", error: new SuiteError("too_large", message) });
  }

  #end({ name }: Job, reason: string): void {
    this.end(new SuiteError("too_large", `Cannot ${name} the text: it ${reason}`));
  }

  #finish(end: JobEnd): void {
    this.#settle?.(end);
    this.#settle = undefined;
  }

  /** The system tells what a process holds on Linux; elsewhere its time alone is bounded. */
  #watchMemory(job: Job): () => void {
    let cancel: () => void = () => {};
    let isStopped = false;
    const look = async () => {
      const bytes = await residentBytesOf(this.#child.pid);
      if (isStopped) return;
      if (bytes > limits.workerBytesMax) this.#end(job, "took too much memory");
      else cancel = this.#clock.setTimer(limits.workerLookMs, () => void look());
    };
    cancel = this.#clock.setTimer(limits.workerLookMs, () => void look());
    return () => {
      isStopped = true;
      cancel();
    };
  }
}

async function residentBytesOf(pid: number): Promise<number> {
  try {
    const [, pages] = (await readFile(`/proc/${pid}/statm`, "utf8")).split(" ");
    return Number(pages) * PAGE_BYTES;
  } catch {
    return 0;
  }
}
