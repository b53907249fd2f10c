import { expect, test } from "bun:test";
import { healthRoutes } from "./health.ts";

test("a node that is leaving lives, and is not ready", async () => {
  const health = { isLeaving: false };
  const routes = healthRoutes(health);
  expect((await routes.request("/readyz")).status).toBe(200);
  health.isLeaving = true;
  expect((await routes.request("/healthz")).status).toBe(200);
  const answer = await routes.request("/readyz");
  expect(answer.status).toBe(503);
  expect(answer.headers.get("Retry-After")).toBe("1");
});
