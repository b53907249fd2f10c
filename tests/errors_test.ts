/** Every failure ends in one answer: a status, words a person can act on, and a line for the operator. */

import { Database } from "bun:sqlite";
import { afterAll, beforeAll, describe, expect, test } from "bun:test";
import { join } from "node:path";
import { Hono } from "hono";
import { HTTPException } from "hono/http-exception";
import { type ErrorCode, SuiteError } from "../actors/mod.ts";
import type { Env } from "../routes/http/env.ts";
import { errorHandler } from "../routes/http/errors.tsx";
import { connectLive } from "./support/live_client.ts";
import { startSuite, type TestSuite } from "./support/suite.ts";
import { signUp } from "./support/visitor.ts";
import { waitFor } from "./support/wait_for.ts";

let suite: TestSuite;

beforeAll(async () => {
  suite = await startSuite();
});

afterAll(() => suite.stop());

function answerTo(error: Error): Promise<Response> {
  const app = new Hono<Env>();
  app.onError(errorHandler(suite.services));
  app.get("/failing", () => {
    throw error;
  });
  return Promise.resolve(app.request("/failing", { headers: { Accept: "text/html" } }));
}

describe("a failed request", () => {
  test.each([
    ["busy", 503],
    ["store_full", 507],
    ["not_found", 404],
    ["forbidden", 403],
    ["too_large", 413],
    ["unsupported", 415],
    ["incomplete", 408],
    ["throttled", 429],
    ["bad_delta", 409],
    ["timed_out", 504],
  ] as [ErrorCode, number][])("with code %s answers %d and says why", async (code, status) => {
    const answer = await answerTo(new SuiteError(code, "Cannot do <this>"));
    expect(answer.status).toBe(status);
    expect(await answer.text()).toContain("Cannot do &lt;this&gt;.");
  });

  test("says when to try again, where that is known", async () => {
    expect((await answerTo(new SuiteError("busy", "x"))).headers.get("Retry-After")).toBe("1");
    const full = new SuiteError("store_full", "x", { retryAfterSeconds: 30 });
    expect((await answerTo(full)).headers.get("Retry-After")).toBe("30");
  });

  test("by a defect tells the operator everything and people nothing of it", async () => {
    const answer = await answerTo(new Error("password=hunter2 at /srv"));
    expect(answer.status).toBe(500);
    expect(await answer.text()).not.toContain("hunter2");
    expect(JSON.stringify(suite.log.find("request failed").at(-1))).toContain("hunter2");
  });

  test("of the framework's own keeps its status", async () => {
    expect((await answerTo(new HTTPException(405, { message: "Not so" }))).status).toBe(405);
  });

  test("by somebody signed out leads to the sign-in page", async () => {
    const answer = await answerTo(new SuiteError("unauthenticated", "x"));
    expect(answer.headers.get("Location")).toStartWith("/signin");
  });
});

describe("a method that a path does not take", () => {
  test.each([
    ["PUT", "/notes", "GET, HEAD, POST"],
    ["DELETE", "/settings", "GET, HEAD, POST"],
    ["PATCH", "/notes/x", "GET, HEAD, POST"],
    ["OPTIONS", "/search", "GET, HEAD"],
    ["POST", "/search", "GET, HEAD"],
    ["DELETE", "/nowhere", undefined],
    ["GET", "/nowhere", undefined],
  ])("%s %s is refused with those that it takes", async (method, path, allowed) => {
    const headers = { Origin: suite.url.origin };
    const answer = await fetch(new URL(path, suite.url), { method, headers });
    expect(answer.status).toBe(allowed === undefined ? 404 : 405);
    expect(answer.headers.get("Allow") ?? undefined).toBe(allowed);
  });
});

describe("the store", () => {
  test("that fails costs nobody what they typed: the edit goes through when it is back", async () => {
    const ada = await signUp(suite.setupLink, "Ada");
    const id = await ada.createNote("kept");
    const client = await connectLive(suite.url, { cookie: ada.cookie });
    const note = await client.open(id);
    const locked = lockDatabase(suite);
    const typed = note.type(" safe");
    await waitFor(() => client.frames.some((frame) => frame.t === "error"), { deadlineMs: 20_000 });
    const failure = client.frames.find((frame) => frame.t === "error");
    expect(failure).toMatchObject({ code: "store_failed" });
    expect((await ada.get(`/notes/${id}`)).text).toContain("kept");
    locked.release();
    await typed;
    expect((await ada.get(`/notes/${id}`)).text).toContain("kept safe");
    client.close();
  }, 60_000);
});

/** Holds the write lock of the notes' database from another connection, as a backup gone wrong would. */
function lockDatabase({ dataDir }: TestSuite): { release(): void } {
  const database = new Database(join(dataDir, "document.db"));
  database.run("BEGIN IMMEDIATE");
  return {
    release() {
      database.run("ROLLBACK");
      database.close();
    },
  };
}
