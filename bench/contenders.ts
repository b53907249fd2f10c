/** The servers that do the same work: how each is filled, started and told apart. */

import { mkdirSync, readFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { askChild, freePort, type Stayer, startStayer, waitForPort } from "./children.ts";
import type { LoadPlan } from "./load.ts";
import { nodeBinary, peerFile, peerVersion } from "./peers.ts";
import type { Seat, SeedPlan } from "./suite_seed.ts";

/** What a contender's store is filled with. */
export type Filling = Omit<SeedPlan, "dataDir">;

/** A server in its own process. */
export interface RunningServer extends Stayer {
  port: number;
  /** What it said last. */
  lastWords(): string;
}

/** One server and how to deal with it. */
export interface Contender {
  protocol: LoadPlan["protocol"];
  /** Name and version. */
  title(): string;
  /** When an edit is on disk, in a few words. */
  durability: string;
  fill(folder: string, filling: Filling): Promise<Seat[]>;
  start(folder: string): Promise<RunningServer>;
}

const ROOT = dirname(import.meta.dir);
const FILL_MS_MAX = 120_000;
const START_MS_MAX = 30_000;
const LAST_WORDS_UNITS = 2_000;

const suite: Contender = {
  protocol: "suite",
  title: () => `MVP Suite (Bun ${Bun.version})`,
  durability: "before anybody sees it",
  fill(folder, filling) {
    const command = [process.execPath, join(import.meta.dir, "suite_seed.ts")];
    return askChild(command, { dataDir: folder, ...filling }, { deadlineMs: FILL_MS_MAX });
  },
  start: (folder) =>
    startServer(folder, [process.execPath, join(ROOT, "server.ts")], (port) => ({
      HOST: "127.0.0.1",
      PORT: String(port),
      DATA_DIR: folder,
      PUBLIC_URL: `http://127.0.0.1:${port}`,
    })),
};

const hocuspocus: Contender = {
  protocol: "hocuspocus",
  title: () =>
    `Hocuspocus ${peerVersion("@hocuspocus/server")} with SQLite (Node.js ${peerVersion("node")})`,
  durability: "2 to 10 s later",
  fill: (folder, filling) => fillPeer("hocuspocus", join(folder, "notes.db"), filling),
  start: (folder) =>
    startServer(folder, [nodeBinary, join(import.meta.dir, "hocuspocus_server.mjs")], (port) => ({
      PORT: String(port),
      DATABASE: join(folder, "notes.db"),
    })),
};

const yWebsocket: Contender = {
  protocol: "y-websocket",
  title: () =>
    `y-websocket ${peerVersion("y-websocket")} with LevelDB (Node.js ${peerVersion("node")})`,
  durability: "not waited for, no fsync",
  fill: (folder, filling) => fillPeer("y-websocket", join(folder, "leveldb"), filling),
  start: (folder) =>
    startServer(folder, [nodeBinary, peerFile("y-websocket/bin/server.cjs")], (port) => ({
      HOST: "127.0.0.1",
      PORT: String(port),
      YPERSISTENCE: join(folder, "leveldb"),
    })),
};

/** Everybody who is measured, ourselves first. */
export const contenders: readonly Contender[] = [suite, hocuspocus, yWebsocket];

async function fillPeer(kind: string, path: string, filling: Filling): Promise<Seat[]> {
  const { notes, peoplePerNote, text } = filling;
  const script = join(import.meta.dir, "peer_seed.mjs");
  const command = [nodeBinary, script, kind, path, String(notes)];
  await askChild(command, text, { deadlineMs: FILL_MS_MAX });
  return Array.from({ length: notes * peoplePerNote }, (_, index) => ({
    note: `note-${Math.floor(index / peoplePerNote)}`,
    session: undefined,
  }));
}

async function startServer(
  folder: string,
  command: readonly string[],
  environmentFor: (port: number) => Record<string, string>,
): Promise<RunningServer> {
  mkdirSync(folder, { recursive: true });
  const port = freePort();
  const environment = { NODE_ENV: "production", ...environmentFor(port) };
  const logPath = join(folder, "server.log");
  const server = startStayer(command, { environment, logPath });
  const lastWords = () => readFileSync(logPath, "utf8").slice(-LAST_WORDS_UNITS);
  try {
    await waitForPort(port, server.pid, START_MS_MAX);
  } catch (error) {
    console.error(lastWords());
    await server.stop();
    throw error;
  }
  return { ...server, port, lastWords };
}
