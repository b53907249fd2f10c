/** The servers that notify the same people. */

import { InboxCountFragment, NewsToastFragment } from "../../views/inbox/entry.tsx";
import { type Called, startCalled } from "../cluster/calls.ts";
import { nodeBinary, peerVersion } from "../peers.ts";
import type { Protocol } from "./crowd.ts";
import type { ServerCalls } from "./suite_server.ts";

/** One server and how it is started. */
export interface InboxContender {
  protocol: Protocol;
  name: string;
  title(): string;
  start(dataDir: string): Called<ServerCalls>;
}

/** Everybody who is measured, ourselves first. */
export const inboxContenders: readonly InboxContender[] = [
  {
    protocol: "suite",
    name: "suite",
    title: () => `MVP Suite (Bun ${Bun.version})`,
    start: (dataDir) => startCalled("../inbox/suite_server.ts", { dataDir }),
  },
  {
    protocol: "socketio",
    name: "socketio_node",
    title: () => `socket.io ${peerVersion("socket.io")} (Node.js ${peerVersion("node")})`,
    start: () => startSocketIo([nodeBinary, "--expose-gc"]),
  },
  {
    protocol: "socketio",
    name: "socketio_bun",
    title: () => `socket.io ${peerVersion("socket.io")} (Bun ${Bun.version})`,
    start: () => startSocketIo([process.execPath]),
  },
];

function startSocketIo(runtime: readonly string[]): Called<ServerCalls> {
  return startCalled("../inbox/socketio_server.mjs", texts(), { runtime });
}

/** What the suite sends for one notification, with a mark where the number stands. */
export function texts(): { count: string; toast: string; mark: string } {
  const mark = "77";
  const at = 0;
  const byName = "Ada Lovelace";
  const entry = { id: "01J00000000000000000000000", at, byName } as never;
  const notification = { at, byName } as never;
  return {
    count: String(InboxCountFragment({ unread: Number(mark) })),
    toast: String(NewsToastFragment({ notification, entry, count: Number(mark) })),
    mark,
  };
}
