import { expect, test } from "bun:test";
import type { ClusterReport, PartState } from "../../actors/mod.ts";
import { type Health, healthRoutes, troubleOf } from "./health.ts";

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

interface Given {
  isLeaving?: boolean;
  document?: PartState;
  inbox?: PartState;
  redis?: PartState;
  standing?: ClusterReport["standing"];
  /** Whether the databases are this node's own files. */
  isLocal?: boolean;
}

function health(given: Given): Health {
  const { isLeaving = false, standing = "member", isLocal = false } = given;
  const { document = "ok", inbox = "ok", redis = "ok" } = given;
  return {
    isLeaving,
    parts: () => ({ document, inbox, redis }),
    localParts: new Set(isLocal ? ["document", "inbox"] : []),
    cluster: () => ({ ...member, standing }),
  };
}

async function ask(given: Given, path: string) {
  const answer = await healthRoutes(health(given)).request(path);
  return { status: answer.status, headers: answer.headers, body: await answer.json() };
}

const BROKEN: PartState[] = ["corrupt", "down", "full"];

test("a node that is leaving lives, and is not ready", async () => {
  expect((await ask({}, "/readyz")).status).toBe(200);
  expect((await ask({ isLeaving: true }, "/healthz")).status).toBe(200);
  const answer = await ask({ isLeaving: true }, "/readyz");
  expect(answer.status).toBe(503);
  expect(answer.headers.get("Retry-After")).toBe("1");
  expect(answer.body.reason).toContain("leaving");
});

test.each([...BROKEN, "slow"] as PartState[])(
  "a part that is %s for everybody is told, and keeps no node from being ready",
  async (document) => {
    const { body } = await ask({ document }, "/healthz");
    expect(body).toMatchObject({ status: "degraded", parts: { document, inbox: "ok" } });
    expect((await ask({ document }, "/readyz")).status).toBe(200);
  },
);

test.each(["corrupt", "down"] as const)(
  "a node whose own files are %s is not ready",
  async (inbox) => {
    const { status, body } = await ask({ inbox, isLocal: true }, "/readyz");
    expect(status).toBe(503);
    expect(body.reason).toBe(`this node's own database of the service "inbox" is ${inbox}`);
  },
);

test.each(["slow", "full"] as const)(
  "a node whose own files are %s is read on",
  async (document) => {
    expect((await ask({ document, isLocal: true }, "/readyz")).status).toBe(200);
  },
);

test("a node that sees less than the others is not ready", async () => {
  const { status, body } = await ask({ redis: "down", standing: "aside" }, "/readyz");
  expect(status).toBe(503);
  expect(body.node).toMatchObject({ name: "east", standing: "aside", shards: 512 });
});

test("people are told what does not work for them", () => {
  expect(troubleOf(health({}))).toBeUndefined();
  expect(troubleOf(health({ document: "down" }))).toContain("Nothing can be saved");
  expect(troubleOf(health({ document: "full" }))).toContain("disk is full");
  expect(troubleOf(health({ document: "corrupt" }))).toContain("damaged");
  expect(troubleOf(health({ document: "slow" }))).toContain("slow");
  expect(troubleOf(health({ document: "full", inbox: "down" }))).toContain("disk is full");
  expect(troubleOf(health({ inbox: "down" }))).toContain("Inbox");
  expect(troubleOf(health({ inbox: "slow" }))).toBeUndefined();
  expect(troubleOf(health({ redis: "down" }))).toContain("reached");
  // Others save for this node.
  expect(troubleOf(health({ document: "down", standing: "aside" }))).toBeUndefined();
});
