/**
 * All nodes are replaced, one after the other, while people type and ask for pages: no page request
 * fails, on new connections or kept ones, and every note can be written again within a second.
 */

import { afterAll, beforeAll, expect, test } from "bun:test";
import { type Cluster, startCluster } from "../../scripts/cluster/mod.ts";
import { fieldValue } from "../support/account_suite.ts";
import { temporaryFolder } from "../support/temporary_folder.ts";
import {
  defectsOf,
  expectNothingLost,
  ServiceTimes,
  seeded,
  seedOfRun,
  waitUntilWhole,
} from "./evidence.ts";
import { PageClient } from "./page_client.ts";
import { type Crowd, gather } from "./typists.ts";

const READERS = 4;
const WRITABLE_MS_MAX = 1_000;

const folder = temporaryFolder();
const random = seeded(seedOfRun());
const times = new ServiceTimes();
let cluster: Cluster;
let crowd: Crowd;

beforeAll(async () => {
  cluster = await startCluster({ dir: folder.path });
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

/** Somebody who makes notes without a script: the list, a new note, the note, and its form, again and again. */
class PageReader {
  readonly failures: string[] = [];
  requests = 0;
  readonly #client: PageClient;
  readonly #name: string;
  #isOver = false;

  constructor(name: string, client: PageClient) {
    this.#name = name;
    this.#client = client;
  }

  async run(): Promise<void> {
    while (!this.#isOver) await this.#makeNote();
    this.#client.close();
  }

  stop(): void {
    this.#isOver = true;
  }

  async #makeNote(): Promise<void> {
    const list = await this.#try("GET", "/notes");
    const csrf = fieldValue(list?.text ?? "", "csrf") ?? "";
    const made = await this.#try("POST", "/notes", { csrf, text: "first words" });
    if (made?.location === undefined) return;
    const page = await this.#try("GET", made.location);
    const baseVersion = fieldValue(page?.text ?? "", "baseVersion") ?? "";
    const operation = fieldValue(page?.text ?? "", "operation") ?? "";
    const form = { csrf, baseVersion, operation, text: "second words" };
    await this.#try("POST", made.location, form);
    const changed = await this.#try("GET", made.location);
    if (changed?.text.includes("second words") === false) this.#fail("the form is lost");
  }

  async #try(method: "GET" | "POST", path: string, fields: Record<string, string> = {}) {
    this.requests += 1;
    const startMs = performance.now();
    try {
      const asked = method === "GET" ? this.#client.get(path) : this.#client.post(path, fields);
      const answer = await asked;
      if (answer.status >= 400) this.#fail(`${method} ${path}: ${answer.status}`, startMs);
      return answer;
    } catch (error) {
      this.#client.close();
      this.#fail(`${method} ${path}: ${error}`, startMs);
      return undefined;
    }
  }

  #fail(what: string, startMs = performance.now()): void {
    const tookMs = Math.round(performance.now() - startMs);
    this.failures.push(`${this.#name}: ${what} after ${tookMs} ms`);
  }
}

test("a rolling restart under load fails no page request and loses nothing", async () => {
  const url = new URL(cluster.url);
  const readers = Array.from({ length: READERS }, (_, index) => {
    const keepsAlive = index % 2 === 1;
    const client = new PageClient({ url, cookie: crowd.owner.cookie, keepsAlive });
    return new PageReader(`${keepsAlive ? "kept" : "new"} connection ${index}`, client);
  });
  const running = readers.map((reader) => reader.run());
  const worst: number[] = [];
  for (const node of cluster.nodes) {
    await crowd.typed(Math.floor(random() * 100));
    const stopMs = performance.now();
    expect(await node.stop()).toBe(0);
    await crowd.served();
    const waitsMs = crowd.waitsMs(stopMs);
    times.add("a node is asked to end", waitsMs);
    worst.push(Math.max(...waitsMs));
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
