/**
 * The same texts to as many people by socket.io: a room for each person, everything in memory. Runs in
 * Node.js and in Bun.
 */

import { createServer } from "node:http";
import { Server } from "socket.io";
import { serveCalls } from "../cluster/calls.ts";
import { drive } from "./drive.ts";

/** `count` and `toast` are what the suite sends, with `mark` where a number stands. */
async function openServer({ count, toast, mark }) {
  const http = createServer();
  const io = new Server(http, { transports: ["websocket"], serveClient: false });
  io.on("connection", (socket) => socket.join(socket.handshake.auth.person));
  await new Promise((resolve) => http.listen(0, "127.0.0.1", resolve));
  let people = [];
  let unread = [];
  const notify = (person) => {
    const number = String(++unread[person]);
    io.to(people[person]).emit("fragment", count.replaceAll(mark, number));
    io.to(people[person]).emit("fragment", toast.replaceAll(mark, number));
  };
  return {
    port: async () => http.address().port,
    async meet(given) {
      people = given;
      unread = given.map(() => 0);
    },
    drive: (plan) => drive(plan, notify),
    activate: async () => 0,
    async collect() {
      if (globalThis.Bun) globalThis.Bun.gc(true);
      else globalThis.gc();
      return process.memoryUsage().heapUsed;
    },
  };
}

serveCalls(openServer);
