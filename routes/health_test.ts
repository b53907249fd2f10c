import { expect, test } from "bun:test";
import type { ClusterReport } from "../actors/mod.ts";
import { type Health, healthRoutes, type PartState, troubleOf } from "./health.ts";

const member: ClusterReport = {
  id: "01JD2Z7Q5V4T8N3XKQ0C9B6MWE",
  name: "east",
  standing: "member",
  seesRegister: true,
  seesTable: true,
  shards: 512,
  nodes: [],
  asks: 0,
  unread: 0,
};

function health(given: {
  isLeaving?: boolean;
  database?: PartState;
  redis?: PartState;
  standing?: ClusterReport["standing"];
}): Health {
  const { isLeaving = false, database = "ok", redis = "ok", standing = "member" } = given;
  return {
    isLeaving,
    parts: () => ({ database, redis }),
    cluster: () => ({ ...member, standing }),
  };
}

async function ask(given: Parameters<typeof health>[0], path: string) {
  const answer = await healthRoutes(health(given)).request(path);
  return { status: answer.status, headers: answer.headers, body: await answer.json() };
}

test("a node that is leaving lives, and is not ready", async () => {
  expect((await ask({}, "/readyz")).status).toBe(200);
  expect((await ask({ isLeaving: true }, "/healthz")).status).toBe(200);
  const answer = await ask({ isLeaving: true }, "/readyz");
  expect(answer.status).toBe(503);
  expect(answer.headers.get("Retry-After")).toBe("1");
  expect(answer.body.reason).toContain("leaving");
});

test("a part that is down for everybody is told, and keeps no node from being ready", async () => {
  const { body } = await ask({ database: "down" }, "/healthz");
  expect(body).toMatchObject({ status: "degraded", parts: { database: "down", redis: "ok" } });
  expect((await ask({ database: "down" }, "/readyz")).status).toBe(200);
});

test("a node that sees less than the others is not ready", async () => {
  const { status, body } = await ask({ redis: "down", standing: "aside" }, "/readyz");
  expect(status).toBe(503);
  expect(body.node).toMatchObject({ name: "east", standing: "aside", shards: 512 });
});

test("people are told what does not work for them", () => {
  expect(troubleOf(health({}))).toBeUndefined();
  expect(troubleOf(health({ database: "down" }))).toContain("saved");
  expect(troubleOf(health({ redis: "down" }))).toContain("reached");
  // Others save for this node.
  expect(troubleOf(health({ database: "down", standing: "aside" }))).toBeUndefined();
});
