import { expect, test } from "bun:test";
import { type ServedParts, serve } from "./serve.ts";

/** None of them is asked for anything by a server that cannot listen. */
const parts = {} as ServedParts;

test("a place that cannot be listened to is told by its own words", () => {
  using other = Bun.serve({ hostname: "127.0.0.1", port: 0, fetch: () => new Response() });
  const port = other.port ?? 0;
  expect(() => serve(parts, { host: "127.0.0.1", port })).toThrow(
    `Cannot listen at HOST "127.0.0.1" and PORT ${port}: expected a free port, ` +
      "received one that another program listens to",
  );
  expect(() => serve(parts, { host: "203.0.113.9", port: 0 })).toThrow(
    'Cannot listen at HOST "203.0.113.9" and PORT 0: expected an address or a name of this machine',
  );
});
