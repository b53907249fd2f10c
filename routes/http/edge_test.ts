import { expect, test } from "bun:test";
import { MemoryLog } from "../../tests/support/memory_log.ts";
import { answerDefect, refuseMalformed, refuseUpgrade } from "./edge.ts";

const request = (headers: Record<string, string>) => new Request("http://a.example/", { headers });

test.each(["a.example", "a.example:3000", "127.0.0.1:1", "[::1]:3000"])("%s is a host", (host) => {
  expect(refuseMalformed(request({ host }))).toBeUndefined();
});

test.each(["", "a b", "a/b", "ada@a.example", "a.example:123456", "[nowhere]"])(
  "%p is no host",
  async (host) => {
    const answer = refuseMalformed(request({ host }));
    expect(answer?.status).toBe(400);
    expect(await answer?.text()).toBe("Cannot read request: expected one valid Host header.\n");
  },
);

test("an upgrade names no subprotocol, and is one", async () => {
  const connection = "keep-alive, Upgrade";
  expect(refuseUpgrade(request({ connection }))).toBeUndefined();
  expect(refuseUpgrade(request({ connection, "sec-websocket-protocol": "a" }))?.status).toBe(400);
  for (const other of ["keep-alive", "upgrade, close"]) {
    const answer = refuseUpgrade(request({ connection: other }));
    expect(answer?.status).toBe(426);
    expect(answer?.headers.get("Upgrade")).toBe("websocket");
  }
  expect(refuseUpgrade(request({}))?.status).toBe(426);
});

test("a defect is written down, and shows nothing of itself", async () => {
  const log = new MemoryLog();
  for (const error of [new Error("a secret"), "a secret"]) {
    const answer = answerDefect(error, log);
    expect(answer.status).toBe(500);
    expect(await answer.text()).not.toContain("secret");
  }
  expect(log.lines).toHaveLength(2);
  expect(JSON.stringify(log.lines)).toContain("a secret");
});
