/**
 * Holds the bodies of requests to their rules: looks at each before anything waits for it, and ends the
 * connection of a request whose body was not read.
 */

import type { Context, MiddlewareHandler } from "hono";
import { type Log, limits } from "../../actors/mod.ts";
import { type BodyOrigin, type BodyServices, IncomingBody } from "./body.ts";
import { bodyRuleOf } from "./body_rules.ts";
import type { Env } from "./env.ts";
import { addressKey } from "./origin.ts";

/** Statuses whose answers have no body that could be kept open. */
const WITHOUT_BODY: ReadonlySet<number> = new Set([204, 205, 304]);

/** Who sends the body, as far as that is known by now. */
export function bodyOriginOf(c: Context<Env>): BodyOrigin {
  const { viewer, mayWriteByLink } = c.var;
  if (viewer) return { sender: "member", key: viewer.id };
  return { sender: mayWriteByLink ? "link" : "stranger", key: keyOf(c) };
}

/** Refuses what no sender may send to the route, before anything else is done with the request. */
export function admitBodies(): MiddlewareHandler<Env> {
  return async (c, next) => {
    const rule = bodyRuleOf(c);
    const isRead = c.req.method === "GET" || c.req.method === "HEAD";
    // A route that nobody has given a rule is one that nothing protects.
    if (!isRead && rule === undefined) return c.notFound();
    c.var.body?.admit(rule, keyOf(c));
    return await next();
  };
}

/**
 * Stands around everything else. A body that its route had no use for is thrown away, so that the
 * connection can go on. The answer to one that was refused says so at once and ends the connection.
 */
export function settleBodies(services: BodyServices & { log: Log }): MiddlewareHandler<Env> {
  const tellNoRoom = oncePerWhile(services, (refused) => {
    services.log.warn("no room for the bodies of requests", { refused });
  });
  return async (c, next) => {
    const body = IncomingBody.of(c.req.raw, services);
    c.set("body", body);
    await next();
    if (body === undefined) return;
    if (body.foundNoRoom) tellNoRoom();
    try {
      if (!(await hasEnded(c, body))) endConnection(c, body, services);
    } finally {
      body.release();
    }
  };
}

/** Calls of it within a while are told as one, with their number: a flood must not fill the log, too. */
function oncePerWhile({ clock }: BodyServices, tell: (calls: number) => void): () => void {
  let calls = 0;
  return () => {
    if (calls++ > 0) return;
    clock.setTimer(limits.bodyRefusalLogMs, () => {
      tell(calls);
      calls = 0;
    });
  };
}

async function hasEnded(c: Context<Env>, body: IncomingBody): Promise<boolean> {
  const isSmall = (body.declaredBytes ?? Infinity) <= limits.strangerFormBytesMax;
  if (!body.hasBegun && isSmall) {
    await body.read(bodyOriginOf(c), () => {}).catch(() => {});
  }
  return body.hasEnded;
}

/**
 * Closing a connection on which bytes arrive resets it, and a browser that is still sending would show
 * that instead of the answer. So the answer ends only when its sender has ended, or is taking too long:
 * until then, what comes is thrown away (a "lingering close").
 */
function endConnection(c: Context<Env>, body: IncomingBody, { bodies }: BodyServices): void {
  c.header("Connection", "close");
  const { res } = c;
  if (WITHOUT_BODY.has(res.status) || c.req.method === "HEAD") return;
  const lease = bodies.refused.take(keyOf(c), limits.bodyBufferBytesMax);
  if (lease === undefined) return;
  const end = () => body.discard().finally(() => lease.release());
  const answer = new Response(lingering(res.body, end), res);
  answer.headers.delete("Content-Length");
  // Hono would copy the headers of the answer before, with its length, onto this one.
  c.res = undefined;
  c.res = answer;
}

/** The same bytes at once, and an end after `end`. */
function lingering(
  bytes: ReadableStream<Uint8Array> | null,
  end: () => Promise<void>,
): ReadableStream<Uint8Array> {
  return new ReadableStream({
    async start(controller) {
      try {
        // Bun sends the head of an answer with the first bytes of its body.
        if (bytes === null) controller.enqueue(new TextEncoder().encode("\n"));
        for await (const chunk of bytes ?? []) controller.enqueue(chunk);
      } finally {
        await end();
      }
      controller.close();
    },
  });
}

/** The address, as bodies are counted; the outermost middleware knows that of the connection only. */
function keyOf(c: Context<Env>): string {
  return addressKey(c.var.address ?? c.env?.peer ?? "unknown");
}
