/**
 * A load balancer for development and tests. It pipes bytes, so a connection belongs to one node for
 * as long as it lasts, be it HTTP or a WebSocket. In production a real one stands here (deploy/).
 */

import { connect, createServer, type Socket } from "node:net";
import { closeListener, flow, listenLocally, shareEnd } from "./_sockets.ts";

const CHECK_MS = 200;
const CHECK_MS_MAX = 2_000;
/** A node that lets so many checks in a row go unanswered has lost its connections. */
const MISSES_MAX = 2;
const UNAVAILABLE =
  "HTTP/1.1 503 Service Unavailable\r\nRetry-After: 1\r\nContent-Type: text/plain\r\n" +
  "Content-Length: 18\r\nConnection: close\r\n\r\nNo node is ready.\n";

/** A node to send connections to. */
export interface BalancedNode {
  name: string;
  /** On this machine: `http://127.0.0.1:4001`. */
  url: string;
}

/** A balancer that runs in this process. */
export interface Balancer extends AsyncDisposable {
  readonly port: number;
  readonly url: string;
  /** The names of the nodes that get new connections. */
  readonly ready: readonly string[];
  stop(): Promise<void>;
}

/**
 * Starts a balancer. New connections go round the nodes whose `/readyz` answers 200; one whose first
 * request has `near=NAME` in its address goes to the node of that name, where it is ready.
 */
export async function startBalancer(options: {
  nodes: readonly BalancedNode[];
  /** Where to listen; a free port unless told. */
  port?: number;
  /** How long a check waits for its answer. */
  checkMsMax?: number;
  /** The node for all connections that it is ready to take, whatever they ask for. */
  only?: string;
}): Promise<Balancer> {
  const { nodes, checkMsMax = CHECK_MS_MAX, only } = options;
  const targets = nodes.map((node) => new Target(node, checkMsMax));
  const balancer = new RoundRobin(targets, only);
  await balancer.listen(options.port);
  return balancer;
}

/** A node as the balancer sees it. */
class Target {
  readonly name: string;
  readonly port: number;
  isReady = false;
  readonly #url: URL;
  readonly #checkMsMax: number;
  readonly #sockets = new Set<Socket>();
  #misses = 0;

  constructor({ name, url }: BalancedNode, checkMsMax: number) {
    this.name = name;
    this.#checkMsMax = checkMsMax;
    this.#url = new URL("/readyz", url);
    this.port = Number(this.#url.port);
  }

  /** Asks whether it takes connections. One that says no keeps those it has, to end them in order. */
  async check(): Promise<void> {
    try {
      const signal = AbortSignal.timeout(this.#checkMsMax);
      const response = await fetch(this.#url, { signal, keepalive: false });
      await response.body?.cancel();
      this.isReady = response.ok;
      this.#misses = 0;
    } catch {
      this.isReady = false;
      this.#misses += 1;
      if (this.#misses >= MISSES_MAX) for (const socket of this.#sockets) socket.destroy();
    }
  }

  /** A connection to it, or undefined when none could be made. */
  async open(): Promise<Socket | undefined> {
    const { promise, resolve } = Promise.withResolvers<boolean>();
    const socket = connect({ port: this.port, host: "127.0.0.1", allowHalfOpen: true });
    socket.once("connect", () => resolve(true));
    socket.once("error", () => resolve(false));
    if (!(await promise)) return undefined;
    this.#sockets.add(socket);
    socket.on("close", () => this.#sockets.delete(socket));
    return socket;
  }
}

class RoundRobin implements Balancer {
  readonly #targets: readonly Target[];
  readonly #only: string | undefined;
  readonly #clients = new Set<Socket>();
  readonly #server = createServer({ allowHalfOpen: true }, (client) => this.#accept(client));
  readonly #timers = new Set<NodeJS.Timeout>();
  #isStopped = false;
  #turn = 0;
  #port = 0;

  constructor(targets: readonly Target[], only: string | undefined) {
    this.#targets = targets;
    this.#only = only;
  }

  get port(): number {
    return this.#port;
  }

  get url(): string {
    return `http://localhost:${this.#port}`;
  }

  get ready(): readonly string[] {
    return this.#targets.filter(({ isReady }) => isReady).map(({ name }) => name);
  }

  async listen(port?: number): Promise<void> {
    this.#port = await listenLocally(this.#server, port);
    for (const target of this.#targets) void this.#watch(target);
  }

  async stop(): Promise<void> {
    this.#isStopped = true;
    for (const timer of this.#timers) clearTimeout(timer);
    for (const client of this.#clients) client.destroy();
    await closeListener(this.#server);
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.stop();
  }

  async #watch(target: Target): Promise<void> {
    await target.check();
    if (this.#isStopped) return;
    const timer = setTimeout(() => {
      this.#timers.delete(timer);
      void this.#watch(target);
    }, CHECK_MS);
    this.#timers.add(timer);
  }

  #accept(client: Socket): void {
    this.#clients.add(client);
    client.on("error", () => client.destroy());
    client.on("close", () => this.#clients.delete(client));
    // A client of HTTP speaks first, and what it says may name a node.
    client.once("data", (first) => {
      client.pause();
      void this.#forward(client, Buffer.from(first));
    });
    client.once("end", () => client.end());
  }

  async #forward(client: Socket, first: Buffer): Promise<void> {
    for (const target of this.#order(this.#only ?? readHint(first))) {
      const socket = await target.open();
      if (socket === undefined) continue;
      if (client.destroyed) {
        socket.destroy();
        return;
      }
      shareEnd(client, socket);
      socket.write(first);
      flow(client, socket);
      return;
    }
    client.end(UNAVAILABLE);
  }

  /** The nodes to try, the next in turn first, or the named one. */
  #order(hint: string | undefined): readonly Target[] {
    const ready = this.#targets.filter(({ isReady }) => isReady);
    const named = ready.findIndex(({ name }) => name === hint);
    if (named < 0) this.#turn += 1;
    const start = named < 0 ? this.#turn % Math.max(ready.length, 1) : named;
    return [...ready.slice(start), ...ready.slice(0, start)];
  }
}

/** The node that a first request wants, from its address. */
function readHint(first: Buffer): string | undefined {
  const line = first.subarray(0, 2_048).toString("latin1").split("\r\n", 1)[0] ?? "";
  return /[?&]near=([\w.-]+)/.exec(line)?.[1];
}
