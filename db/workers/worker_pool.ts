/**
 * Processes for work that would hold the main thread for too long. Each job has a limit of time and
 * memory, beyond which its process is killed and replaced; what waits is bounded, in all and for each
 * share (a bulkhead): one note, or one person, never has all workers, nor the whole queue.
 *
 * A process, because a thread shares its memory with the suite and cannot be ended in the middle of a
 * regular expression.
 */

import { availableParallelism } from "node:os";
import {
  type Clock,
  type Job,
  type Log,
  limits,
  SuiteError,
  type WorkerPool,
  type WorkerPoolReport,
} from "../../actors/mod.ts";
import { type JobEnd, WorkerProcess } from "./worker_process.ts";

/** What a pool works with. */
export interface WorkerPoolOptions {
  /** How a worker is begun; the program calls `serveJobs()`. */
  command: readonly string[];
  clock: Clock;
  log: Log;
  /** How many workers there may be; by default one less than there are cores, within the limits. */
  size?: number;
}

interface Waiting {
  job: Job;
  resolve(value: unknown): void;
  reject(error: Error): void;
}

interface Share {
  waiting: number;
  running: number;
}

/** A pool of processes; they are begun when they are needed and leave when they are not. */
export class ProcessPool implements WorkerPool {
  readonly #options: WorkerPoolOptions;
  readonly #size: number;
  readonly #queue: Waiting[] = [];
  readonly #shares = new Map<string, Share>();
  readonly #idle: { worker: WorkerProcess; cancel: () => void }[] = [];
  readonly #busy = new Set<WorkerProcess>();
  readonly #counts = { done: 0, ended: 0, refused: 0 };
  #isClosed = false;

  constructor(options: WorkerPoolOptions) {
    this.#options = options;
    this.#size = options.size ?? defaultSize();
  }

  run(job: Job): Promise<unknown> {
    const refusal = this.#refusal(job);
    if (refusal !== undefined) {
      this.#counts.refused++;
      return Promise.reject(refusal);
    }
    const { promise, resolve, reject } = Promise.withResolvers<unknown>();
    for (const share of job.shares) this.#share(share).waiting++;
    this.#queue.push({ job, resolve, reject });
    this.#next();
    return promise;
  }

  report(): WorkerPoolReport {
    const running = this.#busy.size;
    const workers = running + this.#idle.length;
    return { workers, waiting: this.#queue.length, running, ...this.#counts };
  }

  async close(): Promise<void> {
    this.#isClosed = true;
    const error = new SuiteError("draining", "Cannot do the work: this node is leaving");
    for (const { reject } of this.#queue.splice(0)) reject(error);
    for (const worker of this.#busy) worker.end(error);
    for (const { worker, cancel } of this.#idle.splice(0)) {
      cancel();
      worker.end(error);
    }
  }

  #refusal({ shares }: Job): SuiteError | undefined {
    if (this.#isClosed) {
      return new SuiteError("draining", "Cannot do the work: this node is leaving");
    }
    const isFull = this.#queue.length >= limits.jobsWaitingMax;
    const isShareFull = shares.some(
      (share) => (this.#shares.get(share)?.waiting ?? 0) >= limits.jobsWaitingPerShareMax,
    );
    if (!isFull && !isShareFull) return undefined;
    const message = "Cannot do the work: too much of it waits already";
    return new SuiteError("busy", message, { retryAfterSeconds: 1 });
  }

  /** Begins what may begin. */
  #next(): void {
    while (this.#busy.size < this.#size) {
      const index = this.#queue.findIndex(({ job }) => this.#mayRun(job));
      const [next] = index === -1 ? [] : this.#queue.splice(index, 1);
      if (next === undefined) return;
      void this.#run(next);
    }
  }

  /** One share leaves a worker to the others. */
  #mayRun({ shares }: Job): boolean {
    const most = Math.max(1, this.#size - 1);
    return shares.every((share) => this.#share(share).running < most);
  }

  async #run({ job, resolve, reject }: Waiting): Promise<void> {
    const worker = this.#takeWorker();
    this.#busy.add(worker);
    for (const share of job.shares) {
      this.#share(share).waiting--;
      this.#share(share).running++;
    }
    const end = await worker.run(job);
    this.#busy.delete(worker);
    for (const share of job.shares) this.#release(share);
    this.#keep(worker);
    this.#tell(job, end);
    if (end.state === "done") resolve(end.value);
    else reject(end.error);
    this.#next();
  }

  #takeWorker(): WorkerProcess {
    for (let idle = this.#idle.pop(); idle !== undefined; idle = this.#idle.pop()) {
      idle.cancel();
      if (!idle.worker.isGone) return idle.worker;
    }
    return new WorkerProcess(this.#options);
  }

  #keep(worker: WorkerProcess): void {
    if (worker.isGone) return;
    if (this.#isClosed || worker.isLarge) {
      worker.end();
      return;
    }
    const leave = () => {
      const index = this.#idle.findIndex((idle) => idle.worker === worker);
      if (index !== -1) this.#idle.splice(index, 1);
      worker.end();
    };
    const cancel = this.#options.clock.setTimer(limits.workerIdleMsMax, leave);
    this.#idle.push({ worker, cancel });
  }

  #tell(job: Job, end: JobEnd): void {
    if (end.state === "done") {
      this.#counts.done++;
      return;
    }
    if (this.#isClosed) return;
    if (end.state === "ended") this.#counts.ended++;
    const { cause, message } = end.error;
    const error = cause instanceof Error ? cause.message : message;
    this.#options.log.warn("a worker could not finish a job", { job: job.name, error });
  }

  #share(name: string): Share {
    let share = this.#shares.get(name);
    if (share === undefined) {
      share = { waiting: 0, running: 0 };
      this.#shares.set(name, share);
    }
    return share;
  }

  #release(name: string): void {
    const share = this.#share(name);
    share.running--;
    if (share.waiting === 0 && share.running === 0) this.#shares.delete(name);
  }
}

function defaultSize(): number {
  const cores = availableParallelism() - 1;
  return Math.min(limits.workersMax, Math.max(limits.workersMin, cores));
}
