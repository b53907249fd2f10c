import { afterAll, beforeAll, beforeEach, describe, expect, test } from "bun:test";
import { type DocumentChange, type LeasedNode, systemClock } from "../../actors/mod.ts";
import { SharedSchemas } from "../../tests/conformance/databases.ts";
import { personId } from "../../tests/support/people.ts";
import { waitFor } from "../../tests/support/wait_for.ts";
import { SqlDocumentStore } from "../document/store.ts";
import type { PostgresDatabase } from "../postgres/open.ts";
import { PostgresShardTable } from "./shard_table.ts";

const schemas = new SharedSchemas();
const LEASE_MS = 60_000;

let cluster: PostgresDatabase<unknown>;
let table: PostgresShardTable;
let documents: PostgresDatabase<unknown>;
let store: SqlDocumentStore;

function node(id: string): LeasedNode {
  return { id, name: `node ${id}`, takesShards: true, seesRegister: true };
}

/** Nodes whose lease a test keeps good; the others have one only while they claim. */
const leased = new Set<string>();

async function claim(id: string, shards: number[], alive: string[] = []) {
  if (!leased.has(id)) await table.renew(node(id), LEASE_MS);
  const claims = await table.claim(id, shards, { alive });
  if (!leased.has(id)) await table.withdraw(id);
  return claims.sort((a, b) => a.shard - b.shard);
}

async function lease(id: string): Promise<void> {
  leased.add(id);
  await table.renew(node(id), LEASE_MS);
}

/** How many statements wait for a lock in this database. */
async function waiting(): Promise<number> {
  const { rows } = await cluster.connections.query({
    text: `SELECT count(*) AS count FROM pg_stat_activity
      WHERE datname = current_database() AND wait_event_type = 'Lock'`,
  });
  return rows[0].count;
}

beforeAll(async () => {
  cluster = await schemas.open("cluster");
  documents = await schemas.open("document");
  table = new PostgresShardTable(cluster);
  store = new SqlDocumentStore(documents);
});

afterAll(() => schemas.end());

beforeEach(async () => {
  await cluster.connections.query({ text: "UPDATE shard SET owner = NULL, epoch = 0" });
  await cluster.connections.query({ text: "DELETE FROM node" });
  leased.clear();
});

describe("leases", () => {
  test("are told to every node while they are good", async () => {
    expect(await table.renew(node("a"), LEASE_MS)).toEqual([node("a")]);
    const leaving = { ...node("b"), takesShards: false, seesRegister: false };
    expect(await table.renew(leaving, LEASE_MS)).toEqual([leaving, node("a")]);
    expect(await table.renew({ ...node("a"), name: "other" }, LEASE_MS)).toEqual([
      { ...node("a"), name: "other" },
      leaving,
    ]);
  });

  test("end when they are not renewed, or at once when they are withdrawn", async () => {
    await table.renew(node("short"), 1);
    await table.renew(node("left"), LEASE_MS);
    await table.withdraw("left");
    const good = () => table.renew(node("a"), LEASE_MS);
    await waitFor(async () => (await good()).length === 1);
    expect(await good()).toEqual([node("a")]);
  });
});

describe("claim()", () => {
  test("takes what nobody owns, raises the epoch, and knows all 1,024", async () => {
    expect(await table.shards()).toHaveLength(1_024);
    expect(await claim("a", [7, 3])).toEqual([
      { shard: 3, epoch: 1 },
      { shard: 7, epoch: 1 },
    ]);
    expect(await claim("a", [3])).toEqual([{ shard: 3, epoch: 2 }]);
    expect((await table.shards())[3]).toEqual({ shard: 3, owner: "a", epoch: 2 });
    expect(await claim("a", [])).toEqual([]);
    expect(await claim("a", [5_000])).toEqual([]);
  });

  test("leaves what somebody has who is alive by the table or by the register", async () => {
    await lease("leased");
    await claim("leased", [1]);
    await claim("listed", [2]);
    await claim("dead", [3]);
    expect(await claim("a", [1, 2, 3], ["listed"])).toEqual([{ shard: 3, epoch: 2 }]);
  });

  test("gives nothing to a node whose own lease is over", async () => {
    expect(await table.claim("late", [1], { alive: [] })).toEqual([]);
    await lease("late");
    expect(await table.claim("late", [1], { alive: [] })).toEqual([{ shard: 1, epoch: 1 }]);
  });

  test("takes what was released, and releasing leaves what was claimed since", async () => {
    const [first] = await claim("a", [1]);
    if (!first) throw new Error("Cannot go on: the shard was not taken");
    const [second] = await claim("b", [1]);
    await table.release("a", [first]);
    expect((await table.shards())[1]).toEqual({ shard: 1, owner: "b", epoch: 2 });
    await table.release("b", second ? [second] : []);
    expect((await table.shards())[1]).toEqual({ shard: 1, owner: undefined, epoch: 2 });
    await table.release("b", []);
  });

  test("gives a shard to one of many who want it, each time with another epoch", async () => {
    const all = Array.from({ length: 200 }, (_, shard) => shard);
    const names = ["a", "b", "c", "d"];
    for (const name of names) await lease(name);
    const claims = await Promise.all(
      names.map((name, i) => claim(name, i % 2 === 0 ? all : all.toReversed())),
    );
    const taken = claims.flat();
    expect(taken.map(({ shard }) => shard).sort((a, b) => a - b)).toEqual(all);
    expect(taken.every(({ epoch }) => epoch === 1)).toBe(true);
  });
});

describe("the fence", () => {
  const id = systemClock.mintId();
  const create: DocumentChange = { type: "create", ownerId: personId("ada"), at: 1 };

  test("keeps a claim waiting until the owner's transaction has ended", async () => {
    await claim("a", [4, 5]);
    const { promise: written, resolve: conclude } = Promise.withResolvers<void>();
    const { promise: locked, resolve: lock } = Promise.withResolvers<void>();
    const writer = documents.connections.transaction(async (lease) => {
      await lease.query("SELECT FROM cluster.shard WHERE shard = 5 FOR SHARE");
      lock();
      await written;
      await lease.query("INSERT INTO pin (user_id, document_id) VALUES ('ada', 'x')");
    });
    await locked;
    let isClaimed = false;
    const claimed = claim("b", [4, 5]).finally(() => {
      isClaimed = true;
    });
    await waitFor(async () => (await waiting()) === 1);
    expect(isClaimed).toBe(false);
    conclude();
    await writer;
    expect(await claimed).toEqual([
      { shard: 4, epoch: 2 },
      { shard: 5, epoch: 2 },
    ]);
    const { rows } = await documents.connections.query({ text: "SELECT user_id FROM pin" });
    expect(rows).toEqual([{ user_id: "ada" }]);
  });

  test("refuses what was loaded before a claim, and writes the rest of the commit", async () => {
    const [claimed] = await claim("a", [6]);
    const old = { shard: 6, epoch: claimed?.epoch ?? 0 };
    expect(await store.commit([{ id, changes: [create], fence: old }])).toEqual([{ state: "ok" }]);
    await claim("b", [6]);
    const [other, free] = [systemClock.mintId(), systemClock.mintId()];
    const results = await store.commit([
      { id, changes: [{ type: "delete", at: 5 }], fence: old },
      { id: other, changes: [create], fence: { shard: 6, epoch: old.epoch + 1 } },
      { id: free, changes: [create] },
      // The new owner has made it meanwhile: that it is there already is not the point.
      { id, changes: [create], fence: old },
    ]);
    expect(results).toMatchObject([
      { state: "failed", error: { code: "not_owner" } },
      { state: "ok" },
      { state: "ok" },
      { state: "failed", error: { code: "not_owner" } },
    ]);
    expect(await store.load(id)).toMatchObject({ deletedAt: undefined });
    expect(await store.load(other)).toBeDefined();
    expect(await store.load(free)).toBeDefined();
  });

  test("holds for commits that run while shards change hands", async () => {
    const fence = (await claim("a", [9]))[0];
    if (!fence) throw new Error("Cannot go on: the shard was not taken");
    const ids = Array.from({ length: 40 }, () => systemClock.mintId());
    const commits = ids.map((one) => store.commit([{ id: one, changes: [create], fence }]));
    const claimed = await claim("b", [9]);
    expect(claimed).toEqual([{ shard: 9, epoch: fence.epoch + 1 }]);
    // Whoever loads after the claim sees all that will ever have been written under the old epoch.
    const seen = await Promise.all(ids.map((one) => store.load(one)));
    const results = (await Promise.all(commits)).flat();
    expect(seen.map((stored) => stored !== undefined)).toEqual(
      results.map(({ state }) => state === "ok"),
    );
  });
});
