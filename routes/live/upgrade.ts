/**
 * Who may open `/live`: a page of ours, for somebody who is signed in or who came by a link. Cookies
 * travel with every socket a foreign page opens, so the origin is checked before anything else.
 *
 * A page cannot read why an upgrade was refused, so somebody whose session has ended gets a socket
 * that says so and closes: see `Live.opened`.
 */

import { SuiteError } from "../../actors/mod.ts";
import { declaresBody } from "../http/body.ts";
import { addressKey, clientAddress, isSameOrigin } from "../http/origin.ts";
import { sessionTokenOf } from "../http/session.ts";
import { hashToken } from "../http/tokens.ts";
import type { Services } from "../services.ts";
import { makeFrameBucket } from "./frame_budget.ts";
import type { LiveConnection } from "./socket.ts";

const VERSION = "1";

/** What the socket of a peer will be, or why there is none. A page whose socket is refused tries again. */
export async function authenticateLive(
  request: Request,
  services: Services,
  peer?: string,
): Promise<LiveConnection | Response> {
  try {
    return await authenticate(request, services, peer);
  } catch (error) {
    if (!(error instanceof SuiteError)) throw error;
    services.log.warn("cannot open a socket", { error: String(error) });
    return new Response(error.message, { status: 503, headers: { "Retry-After": "1" } });
  }
}

async function authenticate(
  request: Request,
  services: Services,
  direct: string | undefined,
): Promise<LiveConnection | Response> {
  const { config, clock, sessions, documentQueries } = services;
  const { searchParams } = new URL(request.url);
  if (declaresBody(request.headers)) return refuse(413, "a body");
  if (!isSameOrigin(request.headers, config.publicUrl)) return refuse(403, "another origin");
  if (searchParams.get("v") !== VERSION) return refuse(400, "another version of the protocol");
  const token = sessionTokenOf(request.headers, config.publicUrl);
  const found = token === undefined ? undefined : await sessions.validate(token);
  const key = searchParams.get("key");
  const link = key === null ? undefined : await documentQueries.link(hashToken(key), clock.now());
  const { trustProxy } = config;
  const address = addressKey(clientAddress(request.headers, { direct, trustProxy }));
  return {
    client: clock.mintId(),
    viewer: found && { id: found.account.id, name: found.account.name },
    sessionId: found?.session.id,
    token: found && token,
    link: link && { id: link.link.id, documentId: link.documentId },
    topics: undefined,
    sender: found
      ? { key: `account:${found.account.id}`, kind: "member" }
      : { key: `link:${link?.link.id}:${address}`, kind: "link" },
    frames: makeFrameBucket(clock.now()),
  };
}

function refuse(status: number, received: string): Response {
  const headers = { Connection: "close" };
  return new Response(`Cannot open socket: received ${received}`, { status, headers });
}
