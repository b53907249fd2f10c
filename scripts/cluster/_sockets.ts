/** What the proxy and the balancer share: a listener on this machine, and two sockets as one. */

import type { Server, Socket } from "node:net";

/** Listens on 127.0.0.1, on a free port unless told, and answers with the port. */
export async function listenLocally(server: Server, port = 0): Promise<number> {
  const { promise, resolve, reject } = Promise.withResolvers<void>();
  server.once("error", reject);
  server.listen(port, "127.0.0.1", resolve);
  await promise;
  server.off("error", reject);
  const address = server.address();
  return typeof address === "object" && address !== null ? address.port : port;
}

/** Stops listening; connections that are open are their owner's to end. */
export async function closeListener(server: Server): Promise<void> {
  const { promise, resolve } = Promise.withResolvers<void>();
  server.close(() => resolve());
  await promise;
}

/** Sends the bytes of each to the other; as fast as the slower one reads. */
export function flow(one: Socket, other: Socket): void {
  one.pipe(other);
  other.pipe(one);
}

/** Holds the bytes back again, on both sides. */
export function hold(one: Socket, other: Socket): void {
  one.unpipe(other);
  other.unpipe(one);
  one.pause();
  other.pause();
}

/** Lets the end of one be the end of the other: at once when it broke, else after the last byte. */
export function shareEnd(one: Socket, other: Socket): void {
  for (const [socket, partner] of [
    [one, other],
    [other, one],
  ] as const) {
    socket.on("error", () => partner.destroy());
    socket.on("close", () => partner.destroySoon());
  }
}
