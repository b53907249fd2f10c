/**
 * A crowd that reads: opens notes and then does nothing. One process cannot hold them all, because the
 * number of its open files is limited. Takes a `ReadersPlan` on standard input, prints how many notes
 * it has open, and stays until it is ended.
 */

import type { Desk } from "./editor.ts";
import type { LoadPlan } from "./load.ts";
import { connectSuite } from "./suite_editor.ts";
import { YjsConnection } from "./yjs_editor.ts";

/** Who opens what. */
export interface ReadersPlan {
  protocol: LoadPlan["protocol"];
  desks: Desk[];
}

const OPENING_AT_ONCE = 50;
const KEEP_ALIVE_MS = 20_000;

function failed(reason: string): never {
  console.error(`Cannot go on reading: ${reason}`);
  process.exit(1);
}

/** Resolves when the note's text is here. */
function readSuite({ port, session, note }: Desk): Promise<void> {
  const opened = Promise.withResolvers<void>();
  const socket = connectSuite(port, session);
  socket.onopen = () => socket.send(JSON.stringify({ t: "open", note, mode: "read" }));
  socket.onclose = ({ code }) => failed(`the socket closed with ${code}`);
  socket.onmessage = ({ data }) => {
    // Fragments for the page come over the same socket.
    if (!String(data).startsWith("{")) return;
    const frame = JSON.parse(String(data)) as { t: string; code?: string };
    if (frame.t === "reset") opened.resolve();
    if (frame.t === "error") failed(`the server answered ${frame.code}`);
  };
  return opened.promise;
}

function readYjs(protocol: "hocuspocus" | "y-websocket", desk: Desk): Promise<void> {
  const connection = new YjsConnection(protocol, desk, { onUpdate() {}, onClose: failed });
  if (protocol === "hocuspocus") setInterval(() => connection.keepAlive(), KEEP_ALIVE_MS);
  return connection.opened;
}

async function run({ protocol, desks }: ReadersPlan): Promise<void> {
  for (let i = 0; i < desks.length; i += OPENING_AT_ONCE) {
    const batch = desks.slice(i, i + OPENING_AT_ONCE);
    await Promise.all(
      batch.map((desk) => (protocol === "suite" ? readSuite(desk) : readYjs(protocol, desk))),
    );
  }
  console.log(desks.length);
}

if (import.meta.main) await run(await Bun.stdin.json());
