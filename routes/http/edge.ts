/**
 * The raw edge of HTTP: what is refused before a route, a session or a URL parser sees it, and the plain
 * answer for what no route has caught. No answer from here repeats anything that was sent.
 */

import type { Log } from "../../actors/mod.ts";

/** A name, an IPv4 address or an IPv6 address in brackets, and perhaps a port (RFC 9110, 7.2). */
const HOST = /^(?:[a-z0-9._-]{1,255}|\[[0-9a-f:.]{2,45}\])(?::\d{1,5})?$/i;

/** Refuses a request that does not say which host it is for, or says it in a way that is no address. */
export function refuseMalformed(request: Request): Response | undefined {
  const host = request.headers.get("Host") ?? "";
  if (HOST.test(host) && URL.canParse(request.url)) return undefined;
  return plain(400, "Cannot read request: expected one valid Host header");
}

/**
 * Refuses an upgrade that is none, or that wants a subprotocol: we speak none, and Bun would accept the
 * first that is offered. Anything else about the handshake is Bun's to check.
 */
export function refuseUpgrade({ headers }: Request): Response | undefined {
  if (headers.has("Sec-WebSocket-Protocol")) {
    return plain(400, "Cannot open socket: expected no subprotocol");
  }
  const connection = tokensOf(headers.get("Connection"));
  if (connection.has("upgrade") && !connection.has("close")) return undefined;
  return plain(426, "Cannot open socket: expected a WebSocket upgrade", {
    Connection: "Upgrade",
    Upgrade: "websocket",
  });
}

/** What somebody hears when even the error page failed; the operator hears the rest, in one line. */
export function answerDefect(error: unknown, log: Log): Response {
  log.error("request failed", {
    error: error instanceof Error ? (error.stack ?? error.message) : String(error),
  });
  return plain(500, "The server met a defect. It was written down; trying again may help.");
}

function tokensOf(header: string | null): ReadonlySet<string> {
  return new Set(header?.split(",").map((token) => token.trim().toLowerCase()));
}

function plain(status: number, text: string, headers: Record<string, string> = {}): Response {
  return new Response(`${text}.\n`, {
    status,
    headers: {
      "Content-Type": "text/plain; charset=utf-8",
      "Cache-Control": "no-store",
      "X-Content-Type-Options": "nosniff",
      ...headers,
    },
  });
}
