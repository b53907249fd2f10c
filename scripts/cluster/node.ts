/** One node of the suite: `server.ts` as a child, with settings of its own and none of ours. */

import { dirname } from "node:path";
import { Child } from "./_child.ts";
import { freePort } from "./free_port.ts";

const ROOT = dirname(dirname(import.meta.dir));
const READY_MS_MAX = 2_000;

/** How to start a node. */
export interface NodeOptions {
  name: string;
  dataDir: string;
  logPath: string;
  /** A free one unless told. */
  port?: number;
  databaseUrl?: string;
  redisUrl?: string;
  /** Where people find the suite: the balancer's address. */
  publicUrl?: string;
  /** Any other setting. */
  env?: Readonly<Record<string, string>>;
}

/** A node that was started. */
export interface SuiteNode extends AsyncDisposable {
  readonly name: string;
  readonly port: number;
  readonly url: string;
  readonly pid: number;
  readonly logPath: string;
  /** What it wrote since it was started last. */
  readonly output: string;
  /** The link for the first account, where it offered one. */
  readonly setupLink: string | undefined;
  /** Resolves with the exit code when this life of it ends. */
  readonly exited: Promise<number>;
  /** Whether `/readyz` answers 200 now. */
  ready(): Promise<boolean>;
  signal(signal: "SIGTERM" | "SIGKILL" | "SIGINT" | "SIGSTOP" | "SIGCONT"): void;
  /** Asks it to end and waits until it did; answers with the exit code. */
  stop(): Promise<number>;
  /** Ends it without a word and waits until it is gone. */
  kill(): Promise<number>;
  /** Starts it again on the same port and data, after stopping it where it runs. */
  restart(): Promise<void>;
}

/** Starts a node and waits until it is ready. */
export async function startNode(options: NodeOptions): Promise<SuiteNode> {
  const node = new SpawnedNode(options);
  await node.restart();
  return node;
}

class SpawnedNode implements SuiteNode {
  readonly name: string;
  readonly port: number;
  readonly logPath: string;
  readonly #env: Readonly<Record<string, string>>;
  #child: Child | undefined;

  constructor(options: NodeOptions) {
    this.name = options.name;
    this.port = options.port ?? freePort();
    this.logPath = options.logPath;
    this.#env = {
      HOST: "127.0.0.1",
      PORT: String(this.port),
      NODE_NAME: options.name,
      DATA_DIR: options.dataDir,
      PUBLIC_URL: options.publicUrl ?? this.url,
      ...(options.databaseUrl === undefined ? {} : { DATABASE_URL: options.databaseUrl }),
      ...(options.redisUrl === undefined ? {} : { REDIS_URL: options.redisUrl }),
      ...options.env,
    };
  }

  get url(): string {
    return `http://127.0.0.1:${this.port}`;
  }

  get pid(): number {
    return this.#child?.pid ?? 0;
  }

  get output(): string {
    return this.#child?.output ?? "";
  }

  get setupLink(): string | undefined {
    return /http\S+\/signup\?setup=[\w-]+/.exec(this.output)?.[0];
  }

  get exited(): Promise<number> {
    return this.#child?.exited ?? Promise.resolve(0);
  }

  async ready(): Promise<boolean> {
    try {
      const signal = AbortSignal.timeout(READY_MS_MAX);
      return (await fetch(`${this.url}/readyz`, { signal, keepalive: false })).ok;
    } catch {
      return false;
    }
  }

  signal(signal: "SIGTERM" | "SIGKILL" | "SIGINT" | "SIGSTOP" | "SIGCONT"): void {
    this.#child?.signal(signal);
  }

  async stop(): Promise<number> {
    const ended = this.#child?.end("SIGTERM");
    // One that stands still hears nothing until it goes on.
    this.signal("SIGCONT");
    return (await ended) ?? 0;
  }

  async kill(): Promise<number> {
    return (await this.#child?.end("SIGKILL")) ?? 0;
  }

  async restart(): Promise<void> {
    await this.stop();
    const child = new Child({
      title: `node "${this.name}"`,
      // A `.env` file of the developer is not a setting of this node.
      command: [process.execPath, "--no-env-file", "server.ts"],
      cwd: ROOT,
      env: this.#env,
      logPath: this.logPath,
    });
    this.#child = child;
    // What it says of itself comes by another way than its answers.
    await child.ready(async () => /^MVP Suite is at /m.test(this.output) && (await this.ready()));
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.stop();
  }
}
