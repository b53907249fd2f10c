/** The real server, in this process for tests that look inside, or as a child that can be killed. */

import { dirname, join } from "node:path";
import type { Config } from "../../config.ts";
import type { Live } from "../../routes/live/live.ts";
import type { Services } from "../../routes/services.ts";
import { start } from "../../server.ts";
import { MemoryLog } from "./memory_log.ts";
import { temporaryFolder } from "./temporary_folder.ts";
import { waitFor } from "./wait_for.ts";

const ROOT = dirname(dirname(import.meta.dir));

/** A suite that runs in this process. */
export interface TestSuite extends AsyncDisposable {
  url: URL;
  dataDir: string;
  services: Services;
  live: Live;
  log: MemoryLog;
  /** The link for the first account. */
  setupLink: string;
  stop(): Promise<void>;
}

/** Starts the suite in this process, on a free port and an empty folder unless told otherwise. */
export async function startSuite(options: Partial<Config> = {}): Promise<TestSuite> {
  const folder = temporaryFolder();
  const log = new MemoryLog();
  const suite = await start({
    port: 0,
    host: "127.0.0.1",
    dataDir: folder.path,
    publicUrl: undefined,
    trustProxy: false,
    log,
    ...options,
  });
  let stopped: Promise<void> | undefined;
  const stop = () => {
    stopped ??= suite.stop().finally(() => folder[Symbol.dispose]());
    return stopped;
  };
  const { url, services, live, setupLink = "" } = suite;
  const dataDir = options.dataDir ?? folder.path;
  return { url, dataDir, services, live, log, setupLink, stop, [Symbol.asyncDispose]: stop };
}

/** A suite that runs as a process of its own and can be killed. */
export interface SpawnedSuite extends AsyncDisposable {
  url: URL;
  dataDir: string;
  pid: number;
  /** Everything it wrote, over all its lives. */
  output: string;
  setupLink: string;
  /** The exit code, when it ends. */
  readonly exited: Promise<number>;
  /** Sends a signal and waits for the end; answers with the exit code. */
  kill(signal: "SIGKILL" | "SIGTERM" | "SIGINT"): Promise<number>;
  /** Starts it again on the same data and the same port. */
  restart(): Promise<void>;
}

/** How to start the suite as a child process. */
export interface SpawnOptions {
  dataDir?: string;
  /** What to run in place of `bun server.ts`; it leads a process group of its own. */
  command?: readonly string[];
  /** Settings beside those of the place. */
  settings?: Readonly<Record<string, string>>;
}

/** Starts the suite as a child process and waits until it is ready. */
export async function spawnSuite(options: SpawnOptions = {}): Promise<SpawnedSuite> {
  const folder = temporaryFolder();
  const dataDir = options.dataDir ?? join(folder.path, "data");
  const url = new URL(`http://127.0.0.1:${freePort()}`);
  const suite = new ChildSuite(url, dataDir, options);
  await suite.restart();
  return Object.assign(suite, {
    async [Symbol.asyncDispose]() {
      await suite.kill("SIGKILL");
      folder[Symbol.dispose]();
    },
  });
}

class ChildSuite {
  readonly url: URL;
  readonly dataDir: string;
  output = "";
  readonly #options: SpawnOptions;
  #child: Bun.Subprocess<"ignore", "pipe", "pipe"> | undefined;

  constructor(url: URL, dataDir: string, options: SpawnOptions) {
    this.url = url;
    this.dataDir = dataDir;
    this.#options = options;
  }

  get pid(): number {
    return this.#child?.pid ?? 0;
  }

  get exited(): Promise<number> {
    return this.#child?.exited ?? Promise.resolve(0);
  }

  get setupLink(): string {
    return /http\S+\/signup\?setup=\S+/.exec(this.output)?.[0] ?? "";
  }

  async kill(signal: "SIGKILL" | "SIGTERM" | "SIGINT"): Promise<number> {
    if (!this.#child) return 0;
    this.#child.kill(signal);
    return await this.#child.exited;
  }

  async restart(): Promise<void> {
    const { PUBLIC_URL: _, TRUST_PROXY: __, ...environment } = process.env;
    const { command = [process.execPath, "server.ts"], settings } = this.#options;
    const child = Bun.spawn([...command], {
      cwd: ROOT,
      detached: this.#options.command !== undefined,
      env: {
        ...environment,
        HOST: this.url.hostname,
        PORT: this.url.port,
        DATA_DIR: this.dataDir,
        ...settings,
      },
      stdin: "ignore",
      stdout: "pipe",
      stderr: "pipe",
    });
    this.#child = child;
    const writtenBefore = this.output.length;
    void this.#read(child.stdout);
    void this.#read(child.stderr);
    await waitFor(() => this.#isReady(child, writtenBefore), {
      deadlineMs: 30_000,
      what: `the server to be ready at ${this.url.href}`,
    });
  }

  /** It answers before it has said where it is and how to begin. */
  async #isReady(child: Bun.Subprocess, writtenBefore: number): Promise<boolean> {
    if (child.exitCode !== null) {
      throw new Error(`Cannot start the server: it ended with ${child.exitCode}\n${this.output}`);
    }
    if (!this.output.slice(writtenBefore).includes("MVP Suite is at ")) return false;
    try {
      return (await fetch(new URL("/readyz", this.url))).ok;
    } catch {
      return false;
    }
  }

  async #read(stream: ReadableStream<Uint8Array>): Promise<void> {
    const decoder = new TextDecoder();
    for await (const chunk of stream) this.output += decoder.decode(chunk, { stream: true });
  }
}

/** A port that nothing listens on at this moment. */
function freePort(): number {
  const listener = Bun.listen({ hostname: "127.0.0.1", port: 0, socket: { data() {} } });
  const { port } = listener;
  listener.stop(true);
  return port;
}
