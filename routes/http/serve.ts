/** Listens: requests to the routes, upgrades to the sockets, and what is neither to the edge. */

import type { Server } from "bun";
import type { Hono } from "hono";
import { type LoopWatch, limits } from "../../actors/mod.ts";
import type { Live } from "../live/live.ts";
import type { LiveConnection, LiveSocket } from "../live/socket.ts";
import { authenticateLive } from "../live/upgrade.ts";
import type { Services } from "../services.ts";
import { answerDefect, refuseMalformed, refuseUpgrade } from "./edge.ts";
import type { Env } from "./env.ts";

/** What is served. */
export interface ServedParts {
  app: Hono<Env>;
  live: Live;
  services: Services;
  watch: LoopWatch;
}

/** Where to listen. */
export interface Place {
  host: string;
  port: number;
}

/** Listens until it is stopped. Throws, with what is wrong about the place, where it cannot. */
export function serve(parts: ServedParts, place: Place): Server<LiveConnection> {
  try {
    return listen(parts, place);
  } catch (error) {
    throw cannotListen(error, place);
  }
}

function listen(parts: ServedParts, { host, port }: Place): Server<LiveConnection> {
  const { app, live, services, watch } = parts;
  return Bun.serve<LiveConnection>({
    port,
    hostname: host,
    maxRequestBodySize: limits.requestBytesMax,
    idleTimeout: limits.requestIdleSecondsMax,
    // Bun's development page would show our folders and sources to anybody who meets a defect.
    development: false,
    // Without that page Bun would share the port with any other process that wants it.
    reusePort: false,
    error: (error) => answerDefect(error, services.log),
    async fetch(request, bun) {
      const malformed = refuseMalformed(request);
      if (malformed) return malformed;
      const peer = bun.requestIP(request)?.address;
      if (new URL(request.url).pathname !== "/live") return app.fetch(request, { peer, watch });
      const answer = refuseUpgrade(request) ?? (await authenticateLive(request, services, peer));
      if (answer instanceof Response) return answer;
      if (bun.upgrade(request, { data: answer })) return undefined;
      return new Response("Cannot open socket: expected a WebSocket upgrade", { status: 426 });
    },
    websocket: {
      open: (socket: LiveSocket) => live.opened(socket),
      message: (socket: LiveSocket, message) =>
        watch.step("frame", () => live.received(socket, message)),
      close: (socket: LiveSocket) => live.closed(socket),
      maxPayloadLength: limits.frameBytesMax,
      idleTimeout: limits.socketIdleSecondsMax,
      backpressureLimit: limits.socketBufferBytesMax,
      closeOnBackpressureLimit: true,
      perMessageDeflate: false,
    },
  });
}

/** Why nothing can be listened to at the address and the port that the settings name. */
function cannotListen(error: unknown, { host, port }: { host: string; port: number }): Error {
  const code = error instanceof Error && "code" in error ? String(error.code) : "";
  const place = `Cannot listen at HOST "${host}" and PORT ${port}`;
  const [expected, received] = LISTEN_FAILURES[code] ?? [
    "an address and a port of this machine",
    code || String(error),
  ];
  return new Error(`${place}: expected ${expected}, received ${received}`, { cause: error });
}

const NOT_OURS = ["an address or a name of this machine", "one that is not"] as const;
const LISTEN_FAILURES: Record<string, readonly [expected: string, received: string]> = {
  EADDRINUSE: ["a free port", "one that another program listens to"],
  EACCES: ["a port that this user may listen to", "one that only an administrator may"],
  EADDRNOTAVAIL: NOT_OURS,
  ENOTFOUND: NOT_OURS,
  ENOENT: NOT_OURS,
};
