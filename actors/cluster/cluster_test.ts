/** Nodes that know each other: asks find the owner, whatever happens to it. */

import { beforeEach, describe, expect, test } from "bun:test";
import { FakeClock } from "../../tests/support/fake_clock.ts";
import {
  type GuestBookNode,
  SharedWorld,
  startNode,
} from "../../tests/support/guest_book_cluster.ts";
import { answerOf, sign } from "../../tests/support/guest_book_system.ts";
import { limits } from "../limits.ts";

const SETTLE_MS = limits.leaseMs + limits.leaseRenewMs * 3;

let clock: FakeClock;
let world: SharedWorld;
let nodes: GuestBookNode[];

beforeEach(async () => {
  clock = new FakeClock();
  world = new SharedWorld(clock);
  nodes = [];
  for (const name of ["a", "b", "c"]) nodes.push(await startNode(world, name));
  await clock.advance(SETTLE_MS);
});

function node(index: number): GuestBookNode {
  const found = nodes[index];
  if (found === undefined) throw new Error(`Cannot find node ${index}`);
  return found;
}

/** Books that live on a node. */
function booksOn({ cluster }: GuestBookNode, count: number): string[] {
  const ids: string[] = [];
  while (ids.length < count) {
    const id = clock.mintId();
    if (cluster.nodeOf(`room:${id}`) === cluster.self) ids.push(id);
  }
  return ids;
}

/** Lets time pass until an ask is answered. */
async function answered(asked: Promise<unknown>): Promise<unknown> {
  let answer: { value: unknown } | undefined;
  void answerOf(asked).then((value) => {
    answer = { value };
  });
  while (answer === undefined) await clock.advance(10);
  return answer.value;
}

async function names(from: GuestBookNode, id: string): Promise<unknown> {
  return await answered(from.books.ask(id, { type: "read" }));
}

describe("three nodes", () => {
  test("share all shards evenly, each with one owner", () => {
    const counts = nodes.map(({ cluster }) => cluster.report().shards);
    expect(counts.reduce((sum, count) => sum + count, 0)).toBe(limits.shardsMax);
    for (const count of counts) expect(count).toBeGreaterThan(limits.shardsMax / 3 / 1.3);
    expect(new Set(world.rows.map(({ owner }) => owner)).size).toBe(3);
  });

  test("reach every book from every node", async () => {
    for (const owner of nodes) {
      const [id = ""] = booksOn(owner, 1);
      for (const [index, from] of nodes.entries()) {
        expect(await answered(from.books.ask(id, sign(`guest ${index}`)))).toBe(index + 1);
      }
      expect(await names(node(0), id)).toEqual(["guest 0", "guest 1", "guest 2"]);
      expect(owner.books.isActive(id)).toBe(true);
    }
  });

  test("hand a refusal over as it was, and a tell without an answer", async () => {
    const [id = ""] = booksOn(node(1), 1);
    const refusal = node(0)
      .books.ask(id, { type: "refuse" })
      .catch(({ message }) => message);
    expect(await answered(refusal)).toContain("the host does not want it");
    node(0).books.tell(id, sign("by letter"));
    await clock.settle();
    expect(await names(node(2), id)).toEqual(["by letter"]);
  });

  test("give up an ask whose time is over", async () => {
    const [id = ""] = booksOn(node(1), 1);
    node(1).reach.network = false;
    const asked = node(0).books.ask(id, sign("late"), { timeoutMs: 500 });
    expect(await answered(asked)).toBe("timed_out");
  });
});

describe("a node that leaves", () => {
  test("hands everything over, and no ask fails meanwhile", async () => {
    const ids = booksOn(node(1), 50);
    for (const id of ids) await answered(node(0).books.ask(id, sign("before")));
    const leaving = node(1).leave();
    const asked = ids.map((id) => answerOf(node(0).books.ask(id, sign("during"))));
    await clock.advance(limits.handOverMsMax);
    await leaving;
    expect(await Promise.all(asked)).toEqual(ids.map(() => 2));
    expect(world.rows.some(({ owner }) => owner === node(1).cluster.self)).toBe(false);
    expect(world.fenced).toBe(0);
  });

  test("moves only what it had", async () => {
    const before = world.rows.map(({ owner }) => owner);
    const leaving = node(1).leave();
    await clock.advance(SETTLE_MS);
    await leaving;
    for (const [shard, { owner }] of world.rows.entries()) {
      if (before[shard] !== node(1).cluster.self) expect(owner).toBe(before[shard] ?? "");
    }
  });
});

test("a node that comes takes its part, and what was written is there", async () => {
  const ids = booksOn(node(0), 50);
  for (const id of ids) await answered(node(0).books.ask(id, sign("before")));
  const late = await startNode(world, "d");
  await clock.advance(SETTLE_MS);
  expect(late.cluster.report().shards).toBeGreaterThan(limits.shardsMax / 4 / 1.3);
  const moved = ids.filter((id) => late.cluster.nodeOf(`room:${id}`) === late.cluster.self);
  expect(moved.length).toBeGreaterThan(0);
  for (const id of ids) expect(await names(late, id)).toEqual(["before"]);
  for (const id of moved) expect(node(0).books.isActive(id)).toBe(false);
});

describe("a node that is lost", () => {
  test("is replaced once its lease is over, and an ask on its way is answered by who comes", async () => {
    const [id = ""] = booksOn(node(1), 1);
    await answered(node(0).books.ask(id, sign("before")));
    node(1).kill();
    const start = clock.monotonic();
    expect(await answered(node(0).books.ask(id, sign("after")))).toBe(2);
    expect(clock.monotonic() - start).toBeLessThan(limits.leaseMs + limits.leaseRenewMs * 2);
  });

  test("cannot write when it comes back too late", async () => {
    const [id = ""] = booksOn(node(1), 1);
    await answered(node(1).books.ask(id, sign("before")));
    const { reach } = node(1);
    Object.assign(reach, { register: false, table: false, network: false });
    await clock.advance(SETTLE_MS);
    expect(await answered(node(0).books.ask(id, sign("meanwhile")))).toBe(2);
    expect(node(1).books.isActive(id)).toBe(false);
    Object.assign(reach, { register: true, table: true, network: true });
    await clock.advance(SETTLE_MS);
    expect(await names(node(1), id)).toEqual(["before", "meanwhile"]);
    expect(node(1).cluster.report().shards).toBeGreaterThan(0);
  });
});

describe("a node that sees less than the others", () => {
  test("hands over what it has when only it has lost the register", async () => {
    node(1).reach.register = false;
    node(1).reach.network = false;
    await clock.advance(limits.isolationMs + SETTLE_MS);
    expect(node(1).cluster.report()).toMatchObject({ standing: "aside", shards: 0 });
    expect(world.fenced).toBe(0);
    node(1).reach.register = true;
    node(1).reach.network = true;
    await clock.advance(SETTLE_MS);
    expect(node(1).cluster.report()).toMatchObject({ standing: "member" });
    expect(node(1).cluster.report().shards).toBeGreaterThan(200);
  });

  test("gives everything up when only it has lost the table", async () => {
    const [id = ""] = booksOn(node(1), 1);
    node(1).reach.table = false;
    await clock.advance(limits.isolationMs + SETTLE_MS);
    expect(node(1).cluster.report()).toMatchObject({ standing: "aside", shards: 0 });
    expect(await answered(node(1).books.ask(id, sign("from aside")))).toBe(1);
    node(1).reach.table = true;
    await clock.advance(SETTLE_MS);
    expect(node(1).cluster.report().shards).toBeGreaterThan(200);
  });

  test("keeps what it has when all have lost the same", async () => {
    const before = world.rows.map(({ owner }) => owner);
    for (const { reach } of nodes) Object.assign(reach, { register: false, network: false });
    await clock.advance(SETTLE_MS * 3);
    expect(world.rows.map(({ owner }) => owner)).toEqual(before);
    const [mine = ""] = booksOn(node(0), 1);
    expect(await answered(node(0).books.ask(mine, sign("at home")))).toBe(1);
    const others = world.rows.findIndex(({ owner }) => owner === node(1).cluster.self);
    expect(others).toBeGreaterThanOrEqual(0);
  });

  test("sends an answer again when the way back is broken and the way there is not", async () => {
    const [id = ""] = booksOn(node(1), 1);
    const before = world.frames;
    let answer: unknown;
    const asked = answered(node(0).books.ask(id, sign("Ada"))).then((is) => {
      answer = is;
    });
    while (world.frames === before) await Promise.resolve();
    node(1).reach.network = false;
    await clock.advance(500);
    expect(answer).toBeUndefined();
    node(1).reach.network = true;
    await clock.advance(500);
    await asked;
    expect(answer).toBe(1);
  });

  test("says at once that others cannot be reached", async () => {
    const [id = ""] = booksOn(node(1), 1);
    for (const { reach } of nodes) Object.assign(reach, { register: false, network: false });
    const start = clock.monotonic();
    expect(await answered(node(0).books.ask(id, sign("away")))).toBe("unreachable");
    expect(clock.monotonic() - start).toBeLessThan(100);
  });
});

describe("watching", () => {
  function watch(from: GuestBookNode, id: string) {
    const heard: string[] = [];
    const peers: unknown[][] = [];
    const told = { missed: 0 };
    const kept = from.books.watch(id, {
      hear: (events) => heard.push(...events),
      missed: () => told.missed++,
      peers: (presences) => peers.push([...presences]),
    });
    return { ...kept, heard, peers, told };
  }

  test("hears what an actor tells, on whichever node it lives and wherever it moves", async () => {
    const [id = ""] = booksOn(node(1), 1);
    const watches = nodes.map((from) => watch(from, id));
    await clock.settle();
    await answered(node(0).books.ask(id, sign("Ada")));
    for (const { heard } of watches) expect(heard).toEqual(["Ada signed"]);
    const leaving = node(1).leave();
    await clock.advance(SETTLE_MS);
    await leaving;
    await answered(node(0).books.ask(id, sign("Grace")));
    for (const index of [0, 2]) {
      expect(watches[index]?.heard).toEqual(["Ada signed", "Grace signed"]);
      expect(watches[index]?.told.missed).toBeGreaterThan(0);
    }
  });

  test("is sent to nodes that watch, and to no others", async () => {
    const [id = ""] = booksOn(node(1), 1);
    const watched = watch(node(0), id);
    await clock.settle();
    const before = world.frames;
    await answered(node(1).books.ask(id, sign("Ada")));
    expect(world.frames - before).toBe(1);
    watched.stop();
    await clock.settle();
    const after = world.frames;
    await answered(node(1).books.ask(id, sign("Grace")));
    expect(world.frames).toBe(after);
  });

  test("tells each node what the watchers on the others announce, until they go or are lost", async () => {
    const [id = ""] = booksOn(node(1), 1);
    const watches = nodes.map((from) => watch(from, id));
    for (const [index, { announce }] of watches.entries()) announce(`node ${index}`);
    await clock.advance(limits.peersDelayMs * 2);
    const seen = (index: number) => [...(watches[index]?.peers.at(-1) ?? [])].sort();
    expect(seen(0)).toEqual(["node 1", "node 2"]);
    expect(seen(1)).toEqual(["node 0", "node 2"]);
    watches[2]?.stop();
    await clock.advance(limits.peersDelayMs * 2);
    expect(seen(0)).toEqual(["node 1"]);
    node(1).kill();
    await clock.advance(SETTLE_MS);
    expect(seen(0)).toEqual([]);
  });

  test("goes on for a node that stands aside, because it has its sockets still", async () => {
    const [id = ""] = booksOn(node(0), 1);
    const watched = watch(node(1), id);
    node(1).reach.table = false;
    await clock.advance(limits.isolationMs + SETTLE_MS);
    expect(node(1).cluster.report().standing).toBe("aside");
    await answered(node(0).books.ask(id, sign("Ada")));
    expect(watched.heard).toEqual(["Ada signed"]);
  });

  test("begins anew for a node that was taken for gone", async () => {
    const [id = ""] = booksOn(node(0), 1);
    const watched = watch(node(1), id);
    Object.assign(node(1).reach, { table: false, register: false });
    await clock.advance(limits.leaseMs + SETTLE_MS);
    expect(node(0).cluster.report().nodes).toHaveLength(2);
    Object.assign(node(1).reach, { table: true, register: true });
    const before = watched.told.missed;
    await clock.advance(limits.leaseRenewMs + limits.redispatchMs);
    expect(watched.told.missed).toBeGreaterThan(before);
    await answered(node(0).books.ask(id, sign("Ada")));
    expect(watched.heard).toEqual(["Ada signed"]);
  });

  test("asks again when frames may have been lost", async () => {
    const [id = ""] = booksOn(node(1), 1);
    const watched = watch(node(0), id);
    await clock.settle();
    world.receivers.get(node(0).cluster.self)?.resumed();
    expect(watched.told.missed).toBe(1);
  });
});

test("nodes that are a list are placed by their leases alone", async () => {
  const clock = new FakeClock();
  const world = new SharedWorld(clock);
  const nodeNames = ["east", "west"];
  const listed = [
    await startNode(world, "east", { nodeNames }),
    await startNode(world, "west", { nodeNames }),
  ];
  const stranger = await startNode(world, "stranger", { nodeNames });
  await clock.advance(SETTLE_MS);
  const shards = listed.map(({ cluster }) => cluster.report().shards);
  expect(shards.reduce((sum, count) => sum + count, 0)).toBe(limits.shardsMax);
  expect(stranger.cluster.report().shards).toBe(0);
});
