/**
 * Hocuspocus with its SQLite extension, as its documentation sets it up: everything at its defaults
 * but for the start screen. Runs in Node.js, with PORT and DATABASE in the environment.
 */

import { SQLite } from "@hocuspocus/extension-sqlite";
import { Server } from "@hocuspocus/server";

const server = new Server({
  port: Number(process.env.PORT),
  address: "127.0.0.1",
  quiet: true,
  extensions: [new SQLite({ database: process.env.DATABASE })],
});
await server.listen();
