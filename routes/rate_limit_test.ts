import { expect, test } from "bun:test";
import { Hono } from "hono";
import { SuiteError } from "../actors/mod.ts";
import { MemoryThrottle } from "../db/throttle.ts";
import type { Env } from "./env.ts";
import { rateLimit } from "./rate_limit.ts";

test("an address that asks too often is told how long to wait, and others are not", async () => {
  const requests = new MemoryThrottle({ attemptsMax: 2, windowSeconds: 60 });
  const throttles = { account: requests, address: requests, requests };
  const app = new Hono<Env>();
  app.onError((error, c) => {
    if (!(error instanceof SuiteError)) throw error;
    return c.json({ code: error.code, retryAfterSeconds: error.retryAfterSeconds }, 429);
  });
  app.use(async (c, next) => {
    c.set("address", c.req.query("from") ?? "");
    await next();
  });
  app.use(rateLimit({ throttles }));
  app.get("/", (c) => c.text("here"));
  const ask = (from: string) => app.request(`/?from=${from}`);
  expect((await ask("10.0.0.1")).status).toBe(200);
  expect((await ask("10.0.0.1")).status).toBe(200);
  const refused = await ask("10.0.0.1");
  expect(refused.status).toBe(429);
  expect(await refused.json()).toMatchObject({ code: "throttled", retryAfterSeconds: 60 });
  expect((await ask("10.0.0.2")).status).toBe(200);
});
