import { expect, test } from "bun:test";
import { SuiteError } from "../../actors/mod.ts";
import { MemoryLog } from "../../tests/support/memory_log.ts";
import type { Services } from "../services.ts";
import { authenticateLive } from "./upgrade.ts";

test("a socket is put off while nobody can say whose it is", async () => {
  const log = new MemoryLog();
  const publicUrl = new URL("http://localhost:3000");
  const sessions = {
    validate: () => Promise.reject(new SuiteError("store_failed", "Cannot read: away")),
  };
  const services = { config: { publicUrl, trustProxy: false }, sessions, log };
  const request = new Request(new URL("/live?v=1", publicUrl), {
    headers: { Origin: publicUrl.origin, Cookie: "session=a-token" },
  });
  const answer = await authenticateLive(request, services as unknown as Services);
  expect(answer).toBeInstanceOf(Response);
  expect((answer as Response).status).toBe(503);
  expect((answer as Response).headers.get("Retry-After")).toBe("1");
  expect(log.lines).toMatchObject([{ level: "warn" }]);
});
