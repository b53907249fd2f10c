/**
 * A Redis of one's own, for development and tests: on a free port of this machine alone, without
 * persistence. Alone, as a cluster of three, or watched by sentinels. It never touches one that
 * already runs.
 */

import { mkdirSync, writeFileSync } from "node:fs";
import { join, resolve } from "node:path";
import { waitFor } from "../../tests/support/wait_for.ts";
import { Child } from "./_child.ts";
import { freePort } from "./free_port.ts";

const SLOTS = 16_384;
const CLUSTER_SIZE = 3;
const MASTER_NAME = "suite";
const AGREE_MS_MAX = 20_000;

/** How to start Redis. */
export interface RedisOptions {
  /** Holds the log. */
  dir: string;
  /** A free one unless told. */
  port?: number;
  /** More of what `redis-server` understands: `["--maxmemory", "10mb"]`. */
  args?: readonly string[];
}

/** A Redis that runs for this process. */
export interface Redis extends AsyncDisposable {
  readonly url: string;
  readonly port: number;
  readonly pid: number;
  readonly logPath: string;
  /** Sends one command and answers with what it answers. */
  command(name: string, ...args: string[]): Promise<unknown>;
  stop(): Promise<void>;
  /** Sends a signal and waits for the end; "SIGKILL" unless told. */
  kill(signal?: "SIGKILL" | "SIGTERM" | "SIGINT"): Promise<void>;
  /** Starts it again, empty, on the same port, after stopping it where it runs. */
  restart(): Promise<void>;
}

/** A Redis cluster of three masters that share the slots. */
export interface RedisCluster extends AsyncDisposable {
  readonly nodes: readonly Redis[];
  /** The addresses of all of them. */
  readonly urls: readonly string[];
  stop(): Promise<void>;
}

/** A master and its replica, watched by sentinels that make the replica master when it is gone. */
export interface RedisSentinel extends AsyncDisposable {
  /** What the sentinels call the master. */
  readonly name: string;
  readonly master: Redis;
  readonly replica: Redis;
  readonly sentinels: readonly Redis[];
  stop(): Promise<void>;
}

/** The path of `redis-server` or of its like, or undefined where neither is installed. */
export function findRedis(): string | undefined {
  return Bun.which("redis-server") ?? Bun.which("valkey-server") ?? undefined;
}

/** Starts Redis and waits until it answers. Throws when it is not installed. */
export async function startRedis(options: RedisOptions): Promise<Redis> {
  return await start(options, (port) => [
    ...["--port", String(port), "--bind", "127.0.0.1", "--save", "", "--appendonly", "no"],
    ...(options.args ?? []),
  ]);
}

/** Starts three masters as a cluster and waits until each says that it is whole. */
export async function startRedisCluster(options: { dir: string }): Promise<RedisCluster> {
  const { dir } = options;
  const ports = Array.from({ length: CLUSTER_SIZE }, () => [freePort(), freePort()] as const);
  const nodes = await startAll(
    ports.map(([port, busPort], index) => {
      const args = ["--cluster-enabled", "yes", "--cluster-port", String(busPort)];
      args.push("--cluster-node-timeout", "2000");
      return startRedis({ dir: join(dir, `node_${index + 1}`), port, args });
    }),
  );
  const stop = () => stopAll(nodes);
  try {
    await joinCluster(nodes, ports);
  } catch (error) {
    await stop();
    throw error;
  }
  return { nodes, urls: nodes.map(({ url }) => url), stop, [Symbol.asyncDispose]: stop };
}

/** Starts a master, a replica and sentinels (1 unless told), and waits until they know each other. */
export async function startSentinel(options: {
  dir: string;
  sentinels?: number;
}): Promise<RedisSentinel> {
  const { dir, sentinels: count = 1 } = options;
  const started: Redis[] = [];
  const stop = () => stopAll(started);
  try {
    const master = await startRedis({ dir: join(dir, "master") });
    started.push(master);
    const args = ["--replicaof", "127.0.0.1", String(master.port)];
    // A replica that waits for company before it reads would take five seconds to be one.
    await master.command("CONFIG", "SET", "repl-diskless-sync-delay", "0");
    const replica = await startRedis({ dir: join(dir, "replica"), args });
    started.push(replica);
    const sentinels = await startAll(
      Array.from({ length: count }, (_, index) => {
        const quorum = Math.floor(count / 2) + 1;
        return startOneSentinel(join(dir, `sentinel_${index + 1}`), master.port, quorum);
      }),
    );
    started.push(...sentinels);
    await waitUntilWatched(replica, sentinels);
    return { name: MASTER_NAME, master, replica, sentinels, stop, [Symbol.asyncDispose]: stop };
  } catch (error) {
    await stop();
    throw error;
  }
}

// ---------------------------------------------------------------------------------- one server

async function start(
  options: RedisOptions,
  argsFor: (port: number) => readonly string[],
): Promise<RedisServer> {
  const program = findRedis();
  if (program === undefined) {
    throw new Error("Cannot start Redis: wanted redis-server, received none; install redis-server");
  }
  const port = options.port ?? freePort();
  const server = new RedisServer(resolve(options.dir), port, [program, ...argsFor(port)]);
  await server.restart();
  return server;
}

class RedisServer implements Redis {
  readonly port: number;
  readonly logPath: string;
  readonly #dir: string;
  readonly #words: readonly string[];
  #child: Child | undefined;

  constructor(dir: string, port: number, words: readonly string[]) {
    this.#dir = dir;
    this.port = port;
    this.#words = words;
    this.logPath = join(dir, "redis.log");
  }

  get url(): string {
    return `redis://127.0.0.1:${this.port}`;
  }

  get pid(): number {
    return this.#child?.pid ?? 0;
  }

  async command(name: string, ...args: string[]): Promise<unknown> {
    const client = new Bun.RedisClient(this.url, {
      autoReconnect: false,
      enableOfflineQueue: true,
    });
    try {
      return await client.send(name, args);
    } finally {
      client.close();
    }
  }

  async stop(): Promise<void> {
    await this.kill("SIGTERM");
  }

  async kill(signal: "SIGKILL" | "SIGTERM" | "SIGINT" = "SIGKILL"): Promise<void> {
    await this.#child?.end(signal);
  }

  async restart(): Promise<void> {
    await this.stop();
    mkdirSync(this.#dir, { recursive: true });
    const { logPath } = this;
    const child = new Child({ title: "Redis", command: this.#words, logPath, cwd: this.#dir });
    this.#child = child;
    await child.ready(() => this.#answers());
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.stop();
  }

  /** Whether it is this one that answers, and not another at the same port. */
  async #answers(): Promise<boolean> {
    try {
      return String(await this.command("INFO", "server")).includes(`process_id:${this.pid}\r`);
    } catch {
      return false;
    }
  }
}

/** Waits for all that are starting; when one fails, those that started are stopped. */
async function startAll(starting: readonly Promise<Redis>[]): Promise<Redis[]> {
  const results = await Promise.allSettled(starting);
  const started = results.flatMap((result) => (result.status === "fulfilled" ? result.value : []));
  const failed = results.find((result) => result.status === "rejected");
  if (failed === undefined) return started;
  await stopAll(started);
  throw failed.reason;
}

async function stopAll(servers: readonly Redis[]): Promise<void> {
  await Promise.all(servers.map((server) => server.stop()));
}

// ------------------------------------------------------------------------------------- cluster

async function joinCluster(
  nodes: readonly Redis[],
  ports: readonly (readonly [port: number, busPort: number])[],
): Promise<void> {
  for (const [index, node] of nodes.entries()) {
    const first = Math.ceil((index * SLOTS) / nodes.length);
    const last = Math.ceil(((index + 1) * SLOTS) / nodes.length) - 1;
    // Each begins in an epoch of its own, so that none has to give way to another.
    await node.command("CLUSTER", "SET-CONFIG-EPOCH", String(index + 1));
    await node.command("CLUSTER", "ADDSLOTSRANGE", String(first), String(last));
  }
  const [head, ...others] = nodes;
  for (const [index] of others.entries()) {
    const [port, busPort] = ports[index + 1] ?? [0, 0];
    await head?.command("CLUSTER", "MEET", "127.0.0.1", String(port), String(busPort));
  }
  const isWhole = async (node: Redis) => {
    const info = String(await node.command("CLUSTER", "INFO"));
    return info.includes("cluster_state:ok") && info.includes(`cluster_size:${nodes.length}`);
  };
  await waitFor(async () => (await Promise.all(nodes.map(isWhole))).every(Boolean), {
    deadlineMs: AGREE_MS_MAX,
    what: "the Redis cluster to be whole",
  });
}

// ------------------------------------------------------------------------------------ sentinel

async function startOneSentinel(dir: string, masterPort: number, quorum: number): Promise<Redis> {
  // A sentinel writes what it learns into its configuration, so that has to be a file.
  const path = join(dir, "sentinel.conf");
  mkdirSync(dir, { recursive: true });
  return await start({ dir }, (port) => {
    const lines = [
      `port ${port}`,
      "bind 127.0.0.1",
      `sentinel monitor ${MASTER_NAME} 127.0.0.1 ${masterPort} ${quorum}`,
      `sentinel down-after-milliseconds ${MASTER_NAME} 500`,
      `sentinel failover-timeout ${MASTER_NAME} 3000`,
    ];
    writeFileSync(path, `${lines.join("\n")}\n`);
    return [path, "--sentinel"];
  });
}

async function waitUntilWatched(replica: Redis, sentinels: readonly Redis[]): Promise<void> {
  const isWatched = async (sentinel: Redis) => {
    const seen = JSON.stringify(await sentinel.command("SENTINEL", "REPLICAS", MASTER_NAME));
    const [, others] = JSON.stringify(await sentinel.command("INFO", "sentinel")).match(
      /sentinels=(\d+)/,
    ) ?? ["", "0"];
    return seen.includes(String(replica.port)) && Number(others) === sentinels.length;
  };
  const isFollowing = async () =>
    String(await replica.command("INFO", "replication")).includes("master_link_status:up");
  await waitFor(
    async () => {
      const answers = await Promise.all([isFollowing(), ...sentinels.map(isWatched)]);
      return answers.every(Boolean);
    },
    { deadlineMs: AGREE_MS_MAX, what: "the sentinels to see the master and its replica" },
  );
}
