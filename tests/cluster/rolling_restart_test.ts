/**
 * All nodes are replaced, one after the other, while people type and ask for pages: no page request
 * fails, on new connections or kept ones, and every note can be written again within a second.
 */

import { afterAll, beforeAll, expect, test } from "bun:test";
import { type Cluster, startCluster } from "../../scripts/cluster/mod.ts";
import { seeded, testSeed } from "../support/seed.ts";
import { temporaryFolder } from "../support/temporary_folder.ts";
import { defectsOf, expectNothingLost, ServiceTimes, waitUntilWhole } from "./evidence.ts";
import { PageReader } from "./page_reader.ts";
import { type Crowd, gather } from "./typists.ts";

const READERS = 4;
const WRITABLE_MS_MAX = 1_000;

const folder = temporaryFolder();
const random = seeded(testSeed());
const times = new ServiceTimes();
let cluster: Cluster;
let crowd: Crowd;

beforeAll(async () => {
  cluster = await startCluster({ dir: folder.path, fsync: false });
  await waitUntilWhole(cluster);
  crowd = await gather(cluster, { notes: 30, shared: 6, random });
  crowd.start();
}, 120_000);

afterAll(async () => {
  console.log(times.toString());
  crowd?.leave();
  await cluster?.stop();
  folder[Symbol.dispose]();
}, 60_000);

test("a rolling restart under load fails no page request and loses nothing", async () => {
  const url = new URL(cluster.url);
  const readers = Array.from({ length: READERS }, (_, index) => {
    const keepsAlive = index % 2 === 1;
    return new PageReader(index, { url, cookie: crowd.owner.cookie, keepsAlive });
  });
  const running = readers.map((reader) => reader.run());
  const worst: number[] = [];
  for (const node of cluster.nodes) {
    const calmMs = await crowd.calmMs();
    await crowd.typed(Math.floor(random() * 100));
    const stopMs = performance.now();
    expect(await node.stop()).toBe(0);
    await crowd.served();
    const waitsMs = crowd.waitsMs(stopMs);
    times.add("a node is asked to end", waitsMs);
    worst.push(Math.max(...waitsMs) - calmMs);
    const startMs = performance.now();
    await node.restart();
    await waitUntilWhole(cluster);
    await crowd.served();
    times.add("a node is started", crowd.waitsMs(startMs));
    crowd.goHome();
  }
  for (const reader of readers) reader.stop();
  await Promise.all(running);
  expect(readers.flatMap(({ failures }) => failures)).toEqual([]);
  for (const { requests } of readers) expect(requests).toBeGreaterThan(20);
  await crowd.settle();
  await expectNothingLost(cluster, crowd);
  for (const waitMs of worst) expect(waitMs).toBeLessThan(WRITABLE_MS_MAX);
}, 120_000);

test("no node has met a defect meanwhile", () => {
  expect(defectsOf(cluster)).toEqual([]);
});
