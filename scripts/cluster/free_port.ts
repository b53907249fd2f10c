/** Ports for servers that have to know theirs before they start. */

/** A port of 127.0.0.1 that nothing listens on at this moment. */
export function freePort(): number {
  const listener = Bun.listen({ hostname: "127.0.0.1", port: 0, socket: { data() {} } });
  const { port } = listener;
  listener.stop(true);
  return port;
}
