/**
 * Three nodes on a real Postgres and a real Redis, and people who type in 50 notes through all of them
 * while parts of it are killed, stopped, started, and cut off from each other.
 */

import { afterAll, beforeAll, expect, test } from "bun:test";
import { type Cluster, startCluster } from "../../scripts/cluster/mod.ts";
import { seeded, testSeed } from "../support/seed.ts";
import { temporaryFolder } from "../support/temporary_folder.ts";
import { defectsOf, expectNothingLost, ServiceTimes, waitUntilWhole } from "./evidence.ts";
import { type Fault, SCENES } from "./faults.ts";
import { type Crowd, gather } from "./typists.ts";

/** Each fault happens so often. */
const ROUNDS = Number(process.env.FAULT_ROUNDS ?? 1);
const NOTES = 50;
const SHARED = 10;

const folder = temporaryFolder();
const seed = testSeed();
const random = seeded(seed);
const times = new ServiceTimes();
let cluster: Cluster;
let crowd: Crowd;

beforeAll(async () => {
  cluster = await startCluster({ dir: folder.path, withProxies: true, fsync: false });
  await waitUntilWhole(cluster);
  crowd = await gather(cluster, { notes: NOTES, shared: SHARED, random });
  crowd.start();
}, 120_000);

afterAll(async () => {
  console.log(times.toString());
  crowd?.leave();
  await cluster?.stop();
  folder[Symbol.dispose]();
}, 60_000);

const scenes = Array.from({ length: ROUNDS }, (_, round) =>
  shuffled(SCENES).map((faults) => ({ faults, round })),
).flat();

for (const [index, { faults, round }] of scenes.entries()) {
  const title = faults.map(({ name }) => name).join(", then ");
  test(`${index + 1}. ${title}: nothing is lost and all agree`, async () => {
    const place = Math.floor(random() * cluster.nodes.length);
    try {
      for (const fault of faults) await play(fault, place, round);
    } finally {
      await repair();
    }
  }, 120_000);
}

test("no node has met a defect meanwhile", () => {
  expect(defectsOf(cluster)).toEqual([]);
});

/** Lets a fault happen at a random moment, and looks at everything after it. */
async function play(fault: Fault, place: number, round: number): Promise<void> {
  const node = cluster.nodes[place];
  const proxies = cluster.proxies[place];
  if (node === undefined || proxies === undefined) throw new Error("Cannot play without a node");
  const calmMs = fault.goalMs === undefined ? 0 : await crowd.calmMs();
  await crowd.typed(Math.floor(random() * 200));
  const sinceMs = performance.now();
  const others = cluster.nodes.filter((other) => other !== node);
  await fault.act({ cluster, crowd, node, proxies, others, round, random });
  await crowd.served();
  const waitsMs = crowd.waitsMs(sinceMs);
  times.add(fault.name, waitsMs);
  try {
    await crowd.settle();
    await expectNothingLost(cluster, crowd);
  } finally {
    crowd.resume();
  }
  if (fault.goalMs !== undefined) expect(Math.max(...waitsMs) - calmMs).toBeLessThan(fault.goalMs);
}

/** Whatever a scene that failed has left behind is no reason for the next one to fail. */
async function repair(): Promise<void> {
  for (const node of cluster.nodes) if (!(await node.ready())) await node.restart();
  await waitUntilWhole(cluster);
  crowd.goHome();
}

/** In another order, as the seed says. */
function shuffled<Item>(items: readonly Item[]): Item[] {
  return items
    .map((item) => ({ item, at: random() }))
    .sort((a, b) => a.at - b.at)
    .map(({ item }) => item);
}
