/** The suite on Postgres in this process: alone, and as nodes that know each other. */

import { afterAll, beforeAll, describe, expect, test } from "bun:test";
import type { Config } from "../config.ts";
import { startRedis } from "../scripts/cluster/redis.ts";
import { connectLive } from "./support/live_client.ts";
import { startSuite, type TestSuite } from "./support/suite.ts";
import { testDatabase } from "./support/test_database.ts";
import { TestRedis } from "./support/test_redis.ts";
import { signUp, type Visitor } from "./support/visitor.ts";
import { waitFor } from "./support/wait_for.ts";

const redis = new TestRedis(startRedis);

async function databases(): Promise<NonNullable<Config["databases"]>> {
  const url = await testDatabase();
  return { url, urls: {}, connectionsMax: 5, migrateOnStart: true };
}

/** Every shard has an owner. */
async function isWhole(suites: readonly TestSuite[]): Promise<void> {
  await waitFor(
    () => {
      const shards = suites.map(({ services }) => services.clusterReport()?.shards ?? 0);
      return shards.reduce((sum, count) => sum + count, 0) === 1_024 && !shards.includes(0);
    },
    { deadlineMs: 30_000, what: "every shard to have an owner" },
  );
}

describe("one process on Postgres", () => {
  let suite: TestSuite;
  let ada: Visitor;

  beforeAll(async () => {
    suite = await startSuite({ databases: await databases(), cluster: undefined });
    ada = await signUp(suite.setupLink, "Ada");
  });

  afterAll(() => suite.stop());

  test("does all that one on SQLite does, and owns every shard", async () => {
    await isWhole([suite]);
    const note = await ada.createNote("# Kept in Postgres");
    const page = await connectLive(suite.url, { cookie: ada.cookie });
    const mine = await page.open(note);
    await mine.type("\n\nword by word");
    expect((await ada.get(`/notes/${note}`)).text).toContain("word by word");
    page.close();
  });

  test("says how it is", async () => {
    const { body } = await fetch(new URL("/healthz", suite.url)).then(async (answer) => ({
      body: await answer.json(),
    }));
    expect(body).toMatchObject({
      status: "ok",
      parts: { account: "ok", document: "ok", inbox: "ok", cluster: "ok" },
      node: { nodes: 1 },
    });
    expect((await ada.get("/ops")).text).toContain("this node");
  });
});

describe.each([
  { how: "that find each other in Redis", nodeNames: undefined },
  { how: "that somebody has listed", nodeNames: ["east", "west"] },
])("nodes $how", ({ nodeNames }) => {
  let suites: TestSuite[];
  let ada: Visitor;

  beforeAll(async () => {
    const shared = await databases();
    suites = [];
    for (const nodeName of ["east", "west"]) {
      const cluster = { redisUrl: redis.url, nodeName, nodeNames };
      suites.push(await startSuite({ databases: shared, cluster }));
    }
    await isWhole(suites);
    ada = await signUp(suites[0]?.setupLink ?? "", "Ada");
  }, 60_000);

  afterAll(async () => {
    for (const suite of suites) await suite.stop();
  }, 60_000);

  test("share one truth, and one person's pages on both", async () => {
    const [east, west] = suites;
    if (!east || !west) throw new Error("Cannot go on: expected two nodes");
    const note = await ada.createNote("start");
    const pages = [
      await connectLive(east.url, { cookie: ada.cookie }),
      await connectLive(west.url, { cookie: ada.cookie }),
    ];
    const [here, there] = await Promise.all(pages.map((page) => page.open(note)));
    if (!here || !there) throw new Error("Cannot go on: expected two open notes");
    await Promise.all([here.type(" east"), there.type(" west")]);
    await waitFor(() => here.version === 3 && there.version === 3 && here.text === there.text);
    expect(here.text).toContain("east");
    expect(here.text).toContain("west");
    for (const page of pages) page.close();
  });
});
