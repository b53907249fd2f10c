/**
 * `bun run bench cluster`: what the actor runtime and the cluster take and cost on this machine, with a
 * real Postgres and a real Redis. Prints the figures and, when everything was measured at full length,
 * writes them to `bench/results/cluster.md`.
 */

import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { parseArgs } from "node:util";
import { type Postgres, startPostgres } from "../scripts/cluster/postgres.ts";
import { type Redis, startRedis } from "../scripts/cluster/redis.ts";
import { killAllChildren } from "./children.ts";
import { type EditsPlan, measureEdits } from "./cluster/edits.ts";
import { type LoadsPlan, measureActivations, storeNotesAt } from "./cluster/loads.ts";
import { measureLocalAsks } from "./cluster/local.ts";
import { measureMoving, measureRemoteAsks } from "./cluster/remote.ts";
import type { RemotePlan } from "./cluster/remote_asks.ts";
import { type ClusterFigures, reportOf } from "./cluster/report.ts";
import type { RoundsPlan } from "./cluster/rounds.ts";
import { countStatements } from "./cluster/server_figures.ts";
import { ensurePeers } from "./peers.ts";

/** How much work is done. */
export interface ClusterPlan {
  asks: Omit<RoundsPlan, "inFlight">;
  remote: RemotePlan;
  loads: LoadsPlan;
  /** Notes that live on a node before another joins it: half of them move then, half later. */
  movingNotes: number;
  edits: EditsPlan;
}

const USAGE = `Usage: bun run bench cluster [options]
  --quick           everything once and short, to see that it works; writes no report
  --only PART,PART  some of: asks, remote, activations, moving, edits`;

const PARTS = ["asks", "remote", "activations", "moving", "edits"] as const;
type Part = (typeof PARTS)[number];

/** Everything together; whatever hangs ends here. */
const BENCH_MS_MAX = 10 * 60_000;
const LINE = "Minutes of the harbor office: tides, berths, pilots and what the weather left us.\n";
const TEXT = LINE.repeat(25).slice(0, 2_000);

const FULL: ClusterPlan = {
  asks: { warmUpMs: 700, windowMs: 300, windows: 5 },
  remote: { rooms: 100, inFlight: 100, warmUpMs: 1_000, measureMs: 3_000 },
  loads: { notes: 10_000, described: 2_000, inFlight: 200 },
  movingNotes: 20_000,
  edits: {
    steps: [250, 500, 1_000, 1_500, 2_000, 2_500, 3_000, 4_000, 5_000],
    nodesMax: 3,
    ...{ warmUpMs: 1_000, measureMs: 3_000, idleMs: 2_000, crowd: 2_000, text: TEXT },
  },
};

const QUICK: ClusterPlan = {
  asks: { warmUpMs: 100, windowMs: 100, windows: 3 },
  remote: { rooms: 100, inFlight: 100, warmUpMs: 200, measureMs: 500 },
  loads: { notes: 1_000, described: 200, inFlight: 200 },
  movingNotes: 1_000,
  edits: {
    steps: [250],
    nodesMax: 2,
    ...{ warmUpMs: 500, measureMs: 1_000, idleMs: 400, crowd: 100, text: TEXT },
  },
};

const RESULT = join(import.meta.dir, "results", "cluster.md");

interface Servers {
  folder: string;
  postgres: Postgres;
  redis: Redis;
}

/** Runs the whole bench. */
export async function runClusterBench(args: string[]): Promise<void> {
  const options = {
    quick: { type: "boolean", default: false },
    only: { type: "string", default: PARTS.join(",") },
    help: { type: "boolean", default: false },
  } as const;
  const { values } = parseArgs({ args, options });
  if (values.help) {
    console.log(USAGE);
    return;
  }
  const only = values.only.split(",");
  const parts = new Set(PARTS.filter((part) => only.includes(part)));
  if (parts.has("asks")) ensurePeers({ native: false });
  const deadline = setTimeout(() => {
    console.error("Cannot finish: the bench took too long");
    process.exit(1);
  }, BENCH_MS_MAX);
  process.on("exit", killAllChildren);
  process.once("SIGINT", () => process.exit(1));
  process.once("SIGTERM", () => process.exit(1));
  const plan = values.quick ? QUICK : FULL;
  const page = reportOf(await measure(parts, plan), plan);
  clearTimeout(deadline);
  console.log(page);
  if (!values.quick && parts.size === PARTS.length) await Bun.write(RESULT, page);
}

async function measure(parts: ReadonlySet<Part>, plan: ClusterPlan): Promise<ClusterFigures> {
  const figures: ClusterFigures = {};
  if (parts.has("asks")) {
    console.log("Local asks…");
    figures.asks = await measureLocalAsks(plan.asks);
  }
  if (parts.size === 1 && parts.has("asks")) return figures;
  const folder = mkdtempSync(join(tmpdir(), "suite-bench-"));
  await using stack = new AsyncDisposableStack();
  stack.defer(() => rmSync(folder, { recursive: true, force: true }));
  const postgres = stack.use(await startPostgres({ dir: join(folder, "postgres") }));
  await countStatements(postgres);
  const redis = stack.use(await startRedis({ dir: join(folder, "redis") }));
  await measureOnServers({ folder, postgres, redis }, { parts, plan, figures });
  return figures;
}

/** Each part has a database of its own. */
async function measureOnServers(
  servers: Servers,
  given: { parts: ReadonlySet<Part>; plan: ClusterPlan; figures: ClusterFigures },
): Promise<void> {
  const { folder, postgres, redis } = servers;
  const { parts, plan, figures } = given;
  const redisUrl = redis.url;
  if (parts.has("remote")) {
    console.log("Remote asks…");
    const databaseUrl = await postgres.createDatabase("remote");
    figures.remote = await measureRemoteAsks({ databaseUrl, redisUrl }, plan.remote);
  }
  if (parts.has("activations") || parts.has("moving")) {
    const databaseUrl = await postgres.createDatabase("notes");
    const notes = parts.has("moving") ? plan.movingNotes : plan.loads.notes;
    console.log(`Storing ${notes.toLocaleString("en")} notes…`);
    await storeNotesAt({ databaseUrl }, { notes, text: TEXT });
    if (parts.has("activations")) {
      const dataDir = join(folder, "notes");
      await storeNotesAt({ dataDir }, { notes: plan.loads.notes, text: TEXT });
      console.log("Activations…");
      const places = { SQLite: { dataDir }, Postgres: { databaseUrl } };
      figures.loads = await measureActivations(places, plan.loads);
    }
    if (parts.has("moving")) {
      console.log("Moving…");
      figures.moving = await measureMoving({ databaseUrl, redisUrl }, { notes });
    }
  }
  if (parts.has("edits")) {
    console.log("Edits…");
    figures.edits = await measureEdits(folder, servers, plan.edits);
  }
}
