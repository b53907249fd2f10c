import { expect, test } from "bun:test";
import { Hono } from "hono";
import { limits, SuiteError } from "../../actors/mod.ts";
import { MemoryThrottle } from "../../db/alone/throttle.ts";
import { FakeClock } from "../../tests/support/fake_clock.ts";
import { MemoryLog } from "../../tests/support/memory_log.ts";
import { person } from "../../tests/support/people.ts";
import { makeBodyBudgets } from "./body_budget.ts";
import { admitBodies, settleBodies } from "./body_gate.ts";
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

test("a request weighs as much as its body, before that is read", async () => {
  const requests = new MemoryThrottle({ attemptsMax: 10, windowSeconds: 60 });
  const throttles = { account: requests, address: requests, requests };
  const services = {
    throttles,
    clock: new FakeClock(),
    log: new MemoryLog(),
    bodies: makeBodyBudgets(),
  };
  const ada = person("Ada");
  const app = new Hono<Env>();
  app.onError((error, c) => c.text(error.message, 429));
  app.use(settleBodies(services));
  app.use(async (c, next) => {
    c.set("viewer", c.req.query("as") === "ada" ? ada : undefined);
    c.set("address", "10.0.0.1");
    await next();
  });
  app.use(admitBodies());
  app.use(rateLimit(services));
  app.post("/notes", (c) => c.text("here"));
  const post = async (path: string, bytes: number) => {
    const headers = {
      "Content-Type": "application/x-www-form-urlencoded",
      "Content-Length": String(bytes),
    };
    return (await app.request(path, { method: "POST", body: "a=b", headers })).status;
  };
  const points = limits.requestPointBytes;
  expect(await post("/notes?as=ada", 10)).toBe(200);
  expect(await post("/notes?as=ada", 7 * points)).toBe(200);
  expect(await post("/notes?as=ada", points)).toBe(429);
  // There is one left, and what is small costs no more.
  expect(await post("/notes?as=ada", points - 1)).not.toBe(429);
  expect(await post("/notes?as=ada", 10)).toBe(429);
  // Whoever may send little is not charged for what they say that they send.
  for (let i = 0; i < 5; i++) expect(await post("/notes", 40_000_000)).toBe(200);
  expect(await post("/notes", 40_000_000)).toBe(429);
});
