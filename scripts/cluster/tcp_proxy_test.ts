import { afterEach, beforeEach, describe, expect, test } from "bun:test";
import { connect, type Socket } from "node:net";
import { waitFor } from "../../tests/support/wait_for.ts";
import { startTcpProxy, type TcpProxy } from "./tcp_proxy.ts";

/** Sends back what it receives. */
function startEcho() {
  return Bun.serve({
    port: 0,
    hostname: "127.0.0.1",
    fetch: async (request, server) =>
      server.upgrade(request) ? undefined : new Response(await request.bytes()),
    websocket: { message: (socket, message) => void socket.send(message) },
  });
}

/** A client that remembers what it heard and whether it is closed. */
function openClient(port: number): {
  socket: Socket;
  heard: () => string;
  isClosed: () => boolean;
} {
  const socket = connect(port, "127.0.0.1");
  let heard = "";
  let isClosed = false;
  socket.on("data", (chunk) => {
    heard += chunk.toString();
  });
  socket.on("error", () => {});
  socket.on("close", () => {
    isClosed = true;
  });
  return { socket, heard: () => heard, isClosed: () => isClosed };
}

const REQUEST = "POST / HTTP/1.1\r\nHost: echo\r\nContent-Length: 4\r\n\r\n";

describe("a proxy", () => {
  let echo: ReturnType<typeof startEcho>;
  let proxy: TcpProxy;

  beforeEach(async () => {
    echo = startEcho();
    proxy = await startTcpProxy({ port: echo.port ?? 0 });
  });

  afterEach(async () => {
    await proxy.stop();
    await echo.stop(true);
  });

  test("forwards both ways, however much it is", async () => {
    const body = new Uint8Array(20_000_000).fill(7);
    const response = await fetch(`http://127.0.0.1:${proxy.port}/`, { method: "POST", body });
    expect(Bun.hash(await response.bytes())).toBe(Bun.hash(body));
  });

  test("forgets a connection that has ended", async () => {
    const client = openClient(proxy.port);
    await waitFor(() => proxy.connections === 1);
    client.socket.end();
    await waitFor(() => proxy.connections === 0);
  });

  test("cut() ends open connections and new ones, until heal()", async () => {
    const client = openClient(proxy.port);
    client.socket.write(`${REQUEST}tide`);
    await waitFor(() => client.heard().endsWith("tide"));
    proxy.cut();
    await waitFor(client.isClosed);
    const late = openClient(proxy.port);
    await waitFor(late.isClosed);
    expect(late.heard()).toBe("");
    proxy.heal();
    const body = "rope";
    const response = await fetch(`http://127.0.0.1:${proxy.port}/`, { method: "POST", body });
    expect(await response.text()).toBe(body);
  });

  test("stall() holds everything back, and heal() lets it go on where it was", async () => {
    const client = openClient(proxy.port);
    client.socket.write(`${REQUEST}tide`);
    await waitFor(() => client.heard().endsWith("tide"));
    proxy.stall();
    client.socket.write(`${REQUEST}rope`);
    const late = openClient(proxy.port);
    late.socket.write(`${REQUEST}knot`);
    await waitFor(() => proxy.connections === 2);
    // A connection past the proxy shows that the server answers, and that time has gone by.
    const direct = openClient(echo.port ?? 0);
    direct.socket.write(`${REQUEST}pier`);
    await waitFor(() => direct.heard().endsWith("pier"));
    expect(client.heard()).not.toContain("rope");
    expect(late.heard()).toBe("");
    expect(client.isClosed()).toBe(false);
    proxy.heal();
    await waitFor(() => client.heard().endsWith("rope"));
    await waitFor(() => late.heard().endsWith("knot"));
    direct.socket.destroy();
    client.socket.destroy();
    late.socket.destroy();
  });

  test("ends a connection when its server is gone", async () => {
    const client = openClient(proxy.port);
    client.socket.write(`${REQUEST}tide`);
    await waitFor(() => client.heard().endsWith("tide"));
    await echo.stop(true);
    await waitFor(client.isClosed);
    const late = openClient(proxy.port);
    await waitFor(late.isClosed);
  });
});
