/**
 * A server as a child of this process: what it writes goes to a file, and it never outlives its
 * parent, however that ends.
 */

import { closeSync, existsSync, mkdirSync, openSync, readFileSync } from "node:fs";
import { constants } from "node:os";
import { dirname } from "node:path";
import { waitFor } from "../../tests/support/wait_for.ts";

const SETPRIV = "/usr/bin/setpriv";
const START_MS_MAX = 30_000;
/** After this a server that was asked to end is ended. */
const STOP_MS_MAX = 15_000;
const LOG_LINES_IN_ERROR = 15;
/** What a child sees of this environment; a `DATABASE_URL` of the developer is none of its business. */
const INHERITED = ["PATH", "HOME", "LANG", "TMPDIR", "TZ"] as const;

/** A user of this machine. */
export interface SystemUser {
  uid: number;
  gid: number;
}

/** How to start a child. */
export interface ChildOptions {
  /** What it is, for errors: `Postgres`. */
  title: string;
  command: readonly string[];
  /** Where its output is added. */
  logPath: string;
  cwd?: string;
  env?: Readonly<Record<string, string>>;
  /** Runs as this user instead of root. */
  user?: SystemUser | undefined;
  /** Lets that user pass folders that only root may enter, down to its own. */
  passesFolders?: boolean;
  /** What it receives from the kernel (on Linux) when this process dies. */
  deathSignal?: "SIGKILL" | "SIGQUIT";
}

const running = new Set<Child>();
// For systems without setpriv; on Linux the kernel sees to it, even after SIGKILL.
process.on("exit", () => {
  for (const child of running) child.signal(child.deathSignal);
});

/** A process that was started and has perhaps ended. */
export class Child {
  readonly title: string;
  readonly logPath: string;
  readonly deathSignal: "SIGKILL" | "SIGQUIT";
  /** Where this life of it begins in its log, in bytes. */
  readonly #logStart: number;
  readonly #process: Bun.Subprocess<"ignore", number, number>;

  constructor(options: ChildOptions) {
    const { title, command, logPath, cwd, env = {}, deathSignal = "SIGKILL" } = options;
    this.title = title;
    this.logPath = logPath;
    this.deathSignal = deathSignal;
    mkdirSync(dirname(logPath), { recursive: true });
    const log = openSync(logPath, "a");
    this.#logStart = Bun.file(logPath).size;
    try {
      this.#process = Bun.spawn([...wrapper(options), ...command], {
        ...(cwd === undefined ? {} : { cwd }),
        env: { ...childEnvironment(), ...env },
        stdin: "ignore",
        stdout: log,
        stderr: log,
        // Ctrl+C in a terminal reaches the parent alone, which ends its children in order.
        detached: true,
      });
    } finally {
      closeSync(log);
    }
    running.add(this);
    void this.#process.exited.then(() => running.delete(this));
  }

  /** The process id. */
  get pid(): number {
    return this.#process.pid;
  }

  /** Resolves with the exit code, 128 and the signal's number when a signal ended it. */
  get exited(): Promise<number> {
    return this.#process.exited;
  }

  /** Whether it is over. */
  get isOver(): boolean {
    return this.#process.exitCode !== null || this.#process.signalCode !== null;
  }

  /** What it wrote in this life. */
  get output(): string {
    return readFileSync(this.logPath).subarray(this.#logStart).toString();
  }

  /** Sends a signal, to this process alone and not to its own children. */
  signal(signal: NodeJS.Signals): void {
    if (!this.isOver) this.#process.kill(constants.signals[signal]);
  }

  /** Sends a signal and waits for the end; who does not listen in time is killed. */
  async end(signal: NodeJS.Signals): Promise<number> {
    this.signal(signal);
    const timer = setTimeout(() => this.signal("SIGKILL"), STOP_MS_MAX);
    try {
      return await this.exited;
    } finally {
      clearTimeout(timer);
    }
  }

  /** Waits until it answers; throws with the end of its log when it ends instead. */
  async ready(isReady: () => Promise<boolean>): Promise<void> {
    const check = async () => {
      if (this.isOver) {
        const code = await this.exited;
        throw new Error(`Cannot start ${this.title}: wanted it to run, received exit ${code}`);
      }
      return await isReady();
    };
    try {
      await waitFor(check, { deadlineMs: START_MS_MAX, what: `${this.title} to be ready` });
    } catch (error) {
      await this.end(this.deathSignal);
      const reason = error instanceof Error ? error.message : String(error);
      throw new Error(`${reason}\n${lastLines(this.output)}`, { cause: error });
    }
  }
}

/** What stands before the command, so that the kernel ends it with us and it runs as its user. */
function wrapper(options: ChildOptions): string[] {
  const { title, user, passesFolders = false, deathSignal = "SIGKILL" } = options;
  if (process.platform !== "linux" || !existsSync(SETPRIV)) {
    if (user === undefined) return [];
    throw new Error(`Cannot start ${title} as root: wanted ${SETPRIV}, received none`);
  }
  const words = [SETPRIV, "--pdeathsig", deathSignal.slice(3)];
  if (user !== undefined) {
    words.push(`--reuid=${user.uid}`, `--regid=${user.gid}`, "--clear-groups");
    if (passesFolders) words.push("--inh-caps=+dac_override", "--ambient-caps=+dac_override");
  }
  return words;
}

function childEnvironment(): Record<string, string> {
  const entries = INHERITED.map((name) => [name, process.env[name]] as const);
  return Object.fromEntries(entries.filter((entry): entry is [never, string] => !!entry[1]));
}

function lastLines(text: string): string {
  return text.trimEnd().split("\n").slice(-LOG_LINES_IN_ERROR).join("\n");
}
