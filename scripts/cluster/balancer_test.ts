import { afterEach, describe, expect, test } from "bun:test";
import { waitFor } from "../../tests/support/wait_for.ts";
import { type Balancer, startBalancer } from "./balancer.ts";
import { freePort } from "./free_port.ts";

/** A server that says its name, and whether it is ready. */
function startBackend(name: string, port = freePort()) {
  const backend = {
    name,
    url: `http://127.0.0.1:${port}`,
    readyStatus: 200,
    /** Takes connections and answers nothing, as a stopped process does. */
    isFrozen: false,
    stop: () => server.stop(true),
  };
  const server = Bun.serve({
    port,
    hostname: "127.0.0.1",
    fetch: async (request, bun) => {
      const { pathname } = new URL(request.url);
      if (backend.isFrozen) return await new Promise<Response>(() => {});
      if (pathname === "/readyz") return new Response("", { status: backend.readyStatus });
      if (pathname === "/echo") return new Response(await request.bytes());
      if (bun.upgrade(request)) return undefined;
      return new Response(name);
    },
    websocket: {
      message: (socket, message) => void socket.send(`${name}: ${message}`),
    },
  });
  return backend;
}

describe("a balancer", () => {
  let balancer: Balancer;
  let backends: ReturnType<typeof startBackend>[] = [];

  afterEach(async () => {
    await balancer.stop();
    await Promise.all(backends.map((backend) => backend.stop()));
  });

  async function startAll(...names: string[]): Promise<void> {
    backends = names.map((name) => startBackend(name));
    balancer = await startBalancer({ nodes: backends, checkMsMax: 500 });
    await waitFor(() => balancer.ready.length === names.length);
  }

  /** Who answers a new connection. */
  async function ask(path = "/"): Promise<string> {
    const headers = { connection: "close" };
    return await (await fetch(`${balancer.url}${path}`, { headers, keepalive: false })).text();
  }

  test("goes round the nodes", async () => {
    await startAll("nora", "omar", "pia");
    const heard = [await ask(), await ask(), await ask()];
    expect(heard.sort()).toEqual(["nora", "omar", "pia"]);
  });

  test("passes over a node that says that it is not ready, and comes back to it", async () => {
    await startAll("nora", "omar");
    const [nora] = backends;
    if (nora) nora.readyStatus = 503;
    await waitFor(() => balancer.ready.length === 1);
    expect([await ask(), await ask()]).toEqual(["omar", "omar"]);
    if (nora) nora.readyStatus = 200;
    await waitFor(() => balancer.ready.length === 2);
    expect([await ask(), await ask()].sort()).toEqual(["nora", "omar"]);
  });

  test("tries another node where a connection cannot be made", async () => {
    await startAll("nora", "omar");
    await backends[0]?.stop();
    expect(await Promise.all([ask(), ask(), ask()])).toEqual(["omar", "omar", "omar"]);
  });

  test("answers 503 with Retry-After where no node is ready", async () => {
    await startAll();
    const response = await fetch(balancer.url);
    expect(response.status).toBe(503);
    expect(response.headers.get("retry-after")).toBe("1");
  });

  test("sends what names a node to that node", async () => {
    await startAll("nora", "omar", "pia");
    expect([await ask("/?near=pia"), await ask("/live?a=1&near=pia")]).toEqual(["pia", "pia"]);
    expect(["nora", "omar", "pia"]).toContain(await ask("/?near=nobody"));
  });

  test("closes what is open at a node that no longer answers", async () => {
    await startAll("nora", "omar");
    const [nora] = backends;
    if (nora) nora.isFrozen = true;
    await expect(ask("/?near=nora")).rejects.toThrow();
    expect(balancer.ready).toEqual(["omar"]);
    expect(await ask("/?near=nora")).toBe("omar");
  });

  test("carries bodies of any size both ways", async () => {
    await startAll("nora");
    const body = new Uint8Array(20_000_000).fill(7);
    const response = await fetch(`${balancer.url}/echo`, { method: "POST", body });
    expect(Bun.hash(await response.bytes())).toBe(Bun.hash(body));
  });

  test("keeps a socket at its node, and closes it when the node is gone", async () => {
    await startAll("nora", "omar");
    const socket = new WebSocket(`${balancer.url.replace("http", "ws")}/live?near=omar`);
    const heard: string[] = [];
    let isClosed = false;
    socket.onmessage = ({ data }) => heard.push(String(data));
    socket.onclose = () => {
      isClosed = true;
    };
    await waitFor(() => socket.readyState === WebSocket.OPEN);
    for (const word of ["tide", "rope"]) socket.send(word);
    await waitFor(() => heard.length === 2);
    expect(heard).toEqual(["omar: tide", "omar: rope"]);
    await backends[1]?.stop();
    await waitFor(() => isClosed);
    expect(await ask()).toBe("nora");
  });
});
