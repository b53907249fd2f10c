import { afterAll, beforeAll, describe, expect, test } from "bun:test";
import { join } from "node:path";
import { temporaryFolder } from "../../tests/support/temporary_folder.ts";
import { type SuiteNode, startNode } from "./node.ts";

describe("a node", () => {
  const folder = temporaryFolder();
  const leaked = process.env.DATABASE_URL;
  let node: SuiteNode;

  beforeAll(async () => {
    // A node that saw this would not start: nothing listens there.
    process.env.DATABASE_URL = "postgres://nobody@127.0.0.1:1/nothing";
    node = await startNode({
      name: "node-1",
      dataDir: join(folder.path, "data"),
      logPath: join(folder.path, "node-1.log"),
      publicUrl: "http://localhost:3999",
    });
  });

  afterAll(async () => {
    if (leaked === undefined) delete process.env.DATABASE_URL;
    else process.env.DATABASE_URL = leaked;
    await node.stop();
    folder[Symbol.dispose]();
  });

  test("is ready, with its own settings and none of its parent's", async () => {
    expect(await node.ready()).toBe(true);
    expect(node.setupLink).toStartWith("http://localhost:3999/signup?setup=");
    expect(node.output).not.toContain("DATABASE_URL");
  });

  test("stands still and goes on", async () => {
    node.signal("SIGSTOP");
    const silent = fetch(`${node.url}/readyz`, { signal: AbortSignal.timeout(300) });
    await expect(silent).rejects.toThrow();
    node.signal("SIGCONT");
    expect(await node.ready()).toBe(true);
  });

  test("is killed and starts again on the same port and data", async () => {
    const { pid, port } = node;
    await node.kill();
    expect(await node.ready()).toBe(false);
    await node.restart();
    expect(node.pid).not.toBe(pid);
    expect(node.port).toBe(port);
    expect(await node.ready()).toBe(true);
  });

  test("ends in order when asked to", async () => {
    expect(await node.stop()).toBe(0);
  });

  test("says why it did not start", async () => {
    const failed = startNode({
      name: "node-2",
      dataDir: join(folder.path, "data"),
      logPath: join(folder.path, "node-2.log"),
      publicUrl: "http://example.com",
    });
    await expect(failed).rejects.toThrow(/Cannot start node "node-2".*PUBLIC_URL/s);
  });
});
