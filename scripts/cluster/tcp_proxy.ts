/** A TCP proxy that can be cut or stalled, so that a test takes one server away from one node. */

import { connect, createServer, type Socket } from "node:net";
import { closeListener, flow, hold, listenLocally, shareEnd } from "./_sockets.ts";

/** A proxy in front of one server of this machine. */
export interface TcpProxy extends AsyncDisposable {
  /** Where it listens. */
  readonly port: number;
  /** How many connections are open. */
  readonly connections: number;
  /** Ends every connection, and each new one as soon as it is made. */
  cut(): void;
  /** Keeps connections open and takes new ones, and forwards nothing: a network that lost its way. */
  stall(): void;
  /** Forwards again, beginning with what was held back. */
  heal(): void;
  stop(): Promise<void>;
}

/** Starts a proxy in front of a port of 127.0.0.1. */
export async function startTcpProxy(options: {
  /** The port of the server. */
  port: number;
  /** Where to listen; a free port unless told. */
  listenPort?: number;
}): Promise<TcpProxy> {
  const proxy = new Proxied(options.port);
  await proxy.listen(options.listenPort);
  return proxy;
}

class Proxied implements TcpProxy {
  readonly #targetPort: number;
  readonly #pairs = new Set<readonly [client: Socket, target: Socket]>();
  readonly #server = createServer({ allowHalfOpen: true }, (client) => this.#accept(client));
  #state: "healthy" | "cut" | "stalled" = "healthy";
  #port = 0;

  constructor(targetPort: number) {
    this.#targetPort = targetPort;
  }

  get port(): number {
    return this.#port;
  }

  get connections(): number {
    return this.#pairs.size;
  }

  async listen(port?: number): Promise<void> {
    this.#port = await listenLocally(this.#server, port);
  }

  cut(): void {
    this.#state = "cut";
    for (const pair of this.#pairs) for (const socket of pair) socket.destroy();
  }

  stall(): void {
    this.#state = "stalled";
    for (const [client, target] of this.#pairs) hold(client, target);
  }

  heal(): void {
    const wasStalled = this.#state === "stalled";
    this.#state = "healthy";
    if (wasStalled) for (const [client, target] of this.#pairs) flow(client, target);
  }

  async stop(): Promise<void> {
    this.cut();
    await closeListener(this.#server);
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.stop();
  }

  #accept(client: Socket): void {
    if (this.#state === "cut") {
      client.destroy();
      return;
    }
    const target = connect({ port: this.#targetPort, host: "127.0.0.1", allowHalfOpen: true });
    const pair = [client, target] as const;
    this.#pairs.add(pair);
    client.on("close", () => this.#pairs.delete(pair));
    shareEnd(client, target);
    if (this.#state === "stalled") hold(client, target);
    else flow(client, target);
  }
}
