/** A crowd that is signed in and does nothing, or has a note open and does nothing. */

import type { Desk } from "../editor.ts";
import { connectSuite } from "../suite_editor.ts";
import { serveCalls } from "./calls.ts";

/** What the crowd can be told to do. */
export type CrowdCalls = {
  /** Connects one socket for each. */
  connect(desks: Desk[]): Promise<void>;
  /** Lets each open its note for reading. */
  open(): Promise<void>;
};

const AT_ONCE = 50;

async function openCrowd(): Promise<CrowdCalls> {
  const readers: { desk: Desk; socket: WebSocket }[] = [];
  return {
    connect: (desks) =>
      inGroups(desks, async (desk) => {
        readers.push({ desk, socket: await connect(desk) });
      }),
    open: () => inGroups(readers, ({ desk, socket }) => openNote(desk, socket)),
  };
}

async function inGroups<Item>(items: readonly Item[], run: (item: Item) => Promise<void>) {
  for (let i = 0; i < items.length; i += AT_ONCE) {
    await Promise.all(items.slice(i, i + AT_ONCE).map(run));
  }
}

function connect({ port, session }: Desk): Promise<WebSocket> {
  const { promise, resolve, reject } = Promise.withResolvers<WebSocket>();
  const socket = connectSuite(port, session);
  socket.onopen = () => resolve(socket);
  socket.onclose = ({ code }) => reject(new Error(`the socket closed with ${code}`));
  return promise;
}

/** Resolves when the note's text is here. */
function openNote({ note }: Desk, socket: WebSocket): Promise<void> {
  const { promise, resolve, reject } = Promise.withResolvers<void>();
  socket.onmessage = ({ data }) => {
    if (!String(data).startsWith("{")) return;
    const frame = JSON.parse(String(data)) as { t: string; code?: string };
    if (frame.t === "reset") resolve();
    if (frame.t === "error") reject(new Error(`the server answered ${frame.code}`));
  };
  socket.send(JSON.stringify({ t: "open", note, mode: "read" }));
  return promise;
}

if (import.meta.main) serveCalls(openCrowd);
