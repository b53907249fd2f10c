import { describe, expect, test } from "bun:test";
import { Ownership, type OwnershipEffect, type OwnershipEvent } from "./ownership.ts";
import { place } from "./placement.ts";
import type { NodeId, ShardClaim, ShardRow } from "./ports.ts";

const SHARDS = 6;
/** Far enough. */
const LATER_MS = 1_000_000;
const ALL = [0, 1, 2, 3, 4, 5];

function takers(...ids: NodeId[]): OwnershipEvent {
  return { type: "nodes", nodes: ids.map((id) => ({ id, takesShards: true })) };
}

function rowsOf(owner: NodeId | undefined, epoch: number): ShardRow[] {
  return ALL.map((shard) => ({ shard, epoch, owner }));
}

function claimsOf(shards: readonly number[], epoch: number): ShardClaim[] {
  return shards.map((shard) => ({ shard, epoch }));
}

/** What was applied at a time, and what followed. */
class Story {
  readonly ownership: Ownership;
  nowMs = 0;

  constructor(options: { movingMax?: number } = {}) {
    this.ownership = new Ownership("ada", { shards: SHARDS, movingMax: options.movingMax ?? 2 });
  }

  apply(event: OwnershipEvent): OwnershipEffect[] {
    return this.ownership.apply(event, this.nowMs);
  }

  get heldShards(): number[] {
    return this.ownership.held.map(({ shard }) => shard);
  }
}

/** Ada is alone and holds everything under epoch 1. */
function alone(options: { movingMax?: number; untilMs?: number } = {}): Story {
  const story = new Story(options);
  story.apply({ type: "renewed", untilMs: options.untilMs ?? LATER_MS });
  story.apply(takers("ada"));
  story.apply({ type: "rows", rows: rowsOf(undefined, 0) });
  story.apply({ type: "claimed", wanted: ALL, claims: claimsOf(ALL, 1) });
  return story;
}

/** What belongs to whom when both are there. */
const PLACED = place(["ada", "grace"], SHARDS);
const OF_ADA = ALL.filter((shard) => PLACED[shard] === "ada");
const OF_GRACE = ALL.filter((shard) => PLACED[shard] === "grace");

test("two nodes share the shards of these tests, and more than one moves", () => {
  expect(OF_ADA.length).toBeGreaterThan(1);
  expect(OF_GRACE.length).toBeGreaterThan(2);
});

describe("a claim", () => {
  test("waits for a lease, for nodes and for the table", () => {
    const story = new Story();
    expect(story.apply(takers("ada"))).toEqual([]);
    expect(story.apply({ type: "renewed", untilMs: LATER_MS })).toEqual([]);
    expect(story.apply({ type: "rows", rows: rowsOf(undefined, 0) })).toEqual([
      { type: "moved", shards: ALL },
      { type: "claim", shards: ALL },
    ]);
  });

  test("is not sent again while it is on its way", () => {
    const story = new Story();
    story.apply({ type: "renewed", untilMs: LATER_MS });
    story.apply(takers("ada"));
    story.apply({ type: "rows", rows: rowsOf(undefined, 0) });
    expect(story.apply({ type: "rows", rows: rowsOf(undefined, 0) })).toEqual([]);
    expect(story.apply({ type: "tick" })).toEqual([]);
  });

  test("that is answered makes shards held, and is told", () => {
    const story = new Story();
    story.apply({ type: "renewed", untilMs: LATER_MS });
    story.apply(takers("ada"));
    story.apply({ type: "rows", rows: rowsOf(undefined, 0) });
    expect(story.ownership.misses).toBe(true);
    expect(story.apply({ type: "claimed", wanted: ALL, claims: claimsOf(ALL, 1) })).toEqual([
      { type: "tell", claims: claimsOf(ALL, 1) },
      { type: "moved", shards: ALL },
    ]);
    expect(story.ownership.misses).toBe(false);
    expect(story.ownership.epochOf(3, story.nowMs)).toBe(1);
    expect(story.ownership.accepts(3, story.nowMs)).toBe(true);
    expect(story.ownership.held).toEqual(claimsOf(ALL, 1));
  });

  test.each<OwnershipEvent>([
    { type: "claimed", wanted: ALL, claims: [] },
    { type: "claim_failed", wanted: ALL },
  ])("that was in vain is not sent again before something new is known: $type", (event) => {
    const story = new Story();
    story.apply({ type: "renewed", untilMs: LATER_MS });
    story.apply(takers("ada"));
    story.apply({ type: "rows", rows: rowsOf(undefined, 0) });
    expect(story.apply(event)).toEqual([]);
    expect(story.apply({ type: "tick" })).toEqual([]);
    const released = claimsOf([2], 5);
    expect(story.apply({ type: "told", owner: "grace", claimed: [], released })).toEqual([
      { type: "moved", shards: [2] },
      { type: "claim", shards: [2] },
    ]);
    expect(story.apply({ type: "rows", rows: rowsOf(undefined, 0) })).toEqual([
      { type: "claim", shards: [0, 1, 3, 4, 5] },
    ]);
  });

  test("is not sent for what a living node owns, and is when that is gone", () => {
    const story = new Story();
    story.apply({ type: "renewed", untilMs: LATER_MS });
    story.apply({
      type: "nodes",
      nodes: [
        { id: "ada", takesShards: true },
        { id: "grace", takesShards: false },
      ],
    });
    expect(story.apply({ type: "rows", rows: rowsOf("grace", 3) })).toEqual([
      { type: "moved", shards: ALL },
    ]);
    expect(story.ownership.ownerOf(4)).toBe("grace");
    expect(story.ownership.placeOf(4)).toBe("ada");
    expect(story.apply(takers("ada"))).toEqual([
      { type: "moved", shards: ALL },
      { type: "claim", shards: ALL },
    ]);
    expect(story.ownership.ownerOf(4)).toBeUndefined();
  });

  test("that is older than what is known is not held", () => {
    const story = new Story();
    story.apply({ type: "renewed", untilMs: LATER_MS });
    story.apply(takers("ada", "grace"));
    story.apply({ type: "rows", rows: rowsOf(undefined, 0) });
    const claimed = claimsOf(OF_ADA.slice(0, 1), 4);
    story.apply({ type: "told", owner: "grace", claimed, released: [] });
    story.apply({ type: "claimed", wanted: OF_ADA, claims: claimsOf(OF_ADA, 1) });
    expect(story.heldShards).toEqual(OF_ADA.slice(1));
  });
});

describe("a lease", () => {
  test("that is over takes everything, at the moment itself and without an event", () => {
    const story = alone({ untilMs: 100 });
    expect(story.ownership.epochOf(0, 99)).toBe(1);
    expect(story.ownership.epochOf(0, 100)).toBeUndefined();
    expect(story.ownership.accepts(0, 100)).toBe(false);
    story.nowMs = 100;
    expect(story.apply({ type: "tick" })).toEqual([
      { type: "drop", shards: ALL },
      { type: "moved", shards: ALL },
    ]);
    expect(story.ownership.held).toEqual([]);
  });

  test("that is renewed too late brings nothing back: it is claimed anew, by the table as it is", () => {
    const story = alone({ untilMs: 100 });
    story.nowMs = 150;
    expect(story.apply({ type: "renewed", untilMs: 400 })).toEqual([
      { type: "drop", shards: ALL },
      { type: "moved", shards: ALL },
    ]);
    expect(story.apply({ type: "tick" })).toEqual([]);
    expect(story.apply({ type: "rows", rows: rowsOf("ada", 1) })).toEqual([
      { type: "claim", shards: ALL },
    ]);
  });

  test("is never shortened by an answer that was overtaken", () => {
    const story = alone({ untilMs: 300 });
    story.apply({ type: "renewed", untilMs: 200 });
    expect(story.ownership.epochOf(0, 250)).toBe(1);
  });

  test("that ended meanwhile makes the answer of a claim void", () => {
    const story = new Story();
    story.apply({ type: "renewed", untilMs: 100 });
    story.apply(takers("ada"));
    story.apply({ type: "rows", rows: rowsOf(undefined, 0) });
    story.nowMs = 150;
    expect(story.apply({ type: "claimed", wanted: ALL, claims: claimsOf(ALL, 1) })).toEqual([]);
    expect(story.ownership.held).toEqual([]);
  });

  test("that ended and began again makes it void too, and it is claimed anew", () => {
    const story = new Story();
    story.apply({ type: "renewed", untilMs: 100 });
    story.apply(takers("ada"));
    story.apply({ type: "rows", rows: rowsOf(undefined, 0) });
    story.nowMs = 150;
    expect(story.apply({ type: "renewed", untilMs: 400 })).toEqual([]);
    expect(story.apply({ type: "claimed", wanted: ALL, claims: claimsOf(ALL, 1) })).toEqual([]);
    expect(story.ownership.held).toEqual([]);
    expect(story.apply({ type: "rows", rows: rowsOf("ada", 1) })).toEqual([
      { type: "claim", shards: ALL },
    ]);
  });

  test("is given up at once by a node that forsakes what it has", () => {
    const story = alone();
    expect(story.apply({ type: "forsake" })).toEqual([
      { type: "drop", shards: ALL },
      { type: "moved", shards: ALL },
    ]);
    expect(story.apply({ type: "rows", rows: rowsOf("ada", 1) })).toEqual([]);
    expect(story.apply({ type: "renewed", untilMs: LATER_MS })).toEqual([]);
    expect(story.apply({ type: "rows", rows: rowsOf("ada", 1) })).toEqual([
      { type: "claim", shards: ALL },
    ]);
  });
});

describe("handing over", () => {
  test("goes in waves, and what leaves takes nothing new but is worked on", () => {
    const story = alone({ movingMax: 2 });
    const [first = -1, second = -1, third = -1] = OF_GRACE;
    expect(story.apply(takers("ada", "grace"))).toEqual([
      { type: "hand_over", shards: [first, second] },
    ]);
    expect(story.ownership.accepts(first, story.nowMs)).toBe(false);
    expect(story.ownership.epochOf(first, story.nowMs)).toBe(1);
    expect(story.ownership.accepts(third, story.nowMs)).toBe(true);
    expect(story.apply({ type: "tick" })).toEqual([]);
    expect(story.apply({ type: "handed_over", shards: [first] })).toEqual([
      { type: "release", claims: claimsOf([first], 1) },
      { type: "hand_over", shards: [third] },
    ]);
    expect(story.ownership.epochOf(first, story.nowMs)).toBeUndefined();
  });

  test("releases once, whatever is said twice", () => {
    const story = alone({ movingMax: SHARDS });
    story.apply(takers("ada", "grace"));
    expect(story.apply({ type: "handed_over", shards: OF_GRACE })).toEqual([
      { type: "release", claims: claimsOf(OF_GRACE, 1) },
    ]);
    expect(story.apply({ type: "handed_over", shards: OF_GRACE })).toEqual([]);
    expect(story.heldShards).toEqual(OF_ADA);
  });

  test("does not release what is not leaving", () => {
    const story = alone();
    expect(story.apply({ type: "handed_over", shards: ALL })).toEqual([]);
    expect(story.heldShards).toEqual(ALL);
  });

  test("does not begin where nobody takes shards", () => {
    const story = alone();
    const nodes = [{ id: "ada", takesShards: false }];
    expect(story.apply({ type: "nodes", nodes })).toEqual([]);
    expect(story.heldShards).toEqual(ALL);
    expect(story.ownership.misses).toBe(false);
  });

  test("hears from the other side who owns it now", () => {
    const story = alone({ movingMax: SHARDS });
    story.apply(takers("ada", "grace"));
    story.apply({ type: "handed_over", shards: OF_GRACE });
    const claimed = claimsOf(OF_GRACE, 2);
    expect(story.apply({ type: "told", owner: "grace", claimed, released: [] })).toEqual([
      { type: "moved", shards: OF_GRACE },
    ]);
    expect(OF_GRACE.map((shard) => story.ownership.ownerOf(shard))).toEqual(
      OF_GRACE.map(() => "grace"),
    );
  });
});

describe("what others say", () => {
  test("takes a shard away when it is newer", () => {
    const story = alone();
    const claimed = claimsOf([1], 2);
    expect(story.apply({ type: "told", owner: "grace", claimed, released: [] })).toEqual([
      { type: "drop", shards: [1] },
      { type: "moved", shards: [1] },
      { type: "claim", shards: [1] },
    ]);
  });

  test("changes nothing when it is older, or what was read before a claim", () => {
    const story = alone();
    const claimed = claimsOf([1], 0);
    expect(story.apply({ type: "told", owner: "grace", claimed, released: [] })).toEqual([]);
    expect(story.apply({ type: "rows", rows: rowsOf("grace", 0) })).toEqual([]);
    expect(story.apply({ type: "rows", rows: rowsOf(undefined, 1) })).toEqual([]);
    expect(story.heldShards).toEqual(ALL);
  });

  test("may come in the wrong order: what was released stays released", () => {
    const story = alone({ movingMax: SHARDS });
    story.apply(takers("ada", "grace"));
    const shards = OF_GRACE.slice(0, 1);
    story.apply({ type: "handed_over", shards: OF_GRACE });
    const [claimed, released] = [claimsOf(shards, 2), claimsOf(shards, 2)];
    story.apply({ type: "told", owner: "grace", claimed: [], released });
    expect(story.apply({ type: "told", owner: "grace", claimed, released: [] })).toEqual([]);
    expect(story.ownership.ownerOf(shards[0] ?? -1)).toBeUndefined();
  });

  test("in the table takes a shard away when another has it under a newer epoch", () => {
    const story = alone();
    story.apply(takers("ada", "grace"));
    const rows = [{ shard: OF_ADA[0] ?? -1, epoch: 2, owner: "grace" }];
    expect(story.apply({ type: "rows", rows })).toEqual([
      { type: "drop", shards: OF_ADA.slice(0, 1) },
      { type: "moved", shards: OF_ADA.slice(0, 1) },
    ]);
  });
});

describe("a refused write", () => {
  test("takes the shard away, which is claimed anew when it belongs here", () => {
    const story = alone();
    expect(story.apply({ type: "fenced", shard: 2, epoch: 1 })).toEqual([
      { type: "drop", shards: [2] },
      { type: "moved", shards: [2] },
      { type: "claim", shards: [2] },
    ]);
  });

  test("under an older epoch than is held says nothing about what is held", () => {
    const story = alone();
    story.apply({ type: "fenced", shard: 2, epoch: 1 });
    story.apply({ type: "claimed", wanted: [2], claims: claimsOf([2], 3) });
    expect(story.apply({ type: "fenced", shard: 2, epoch: 1 })).toEqual([]);
    expect(story.ownership.epochOf(2, story.nowMs)).toBe(3);
  });
});

describe("a shard that the table has for a node which does not hold it", () => {
  test("is claimed again where it belongs: the answer of its claim was lost", () => {
    const story = new Story();
    story.apply({ type: "renewed", untilMs: LATER_MS });
    story.apply(takers("ada"));
    story.apply({ type: "rows", rows: rowsOf(undefined, 0) });
    story.apply({ type: "claim_failed", wanted: ALL });
    expect(story.apply({ type: "rows", rows: rowsOf("ada", 1) })).toEqual([
      { type: "moved", shards: ALL },
      { type: "claim", shards: ALL },
    ]);
  });

  test("is given up where it belongs elsewhere, since nobody else could claim it", () => {
    const story = alone({ untilMs: 100 });
    story.apply({ type: "nodes", nodes: [{ id: "ada", takesShards: true }] });
    story.nowMs = 150;
    story.apply(takers("ada", "grace"));
    expect(story.apply({ type: "renewed", untilMs: LATER_MS })).toEqual([
      { type: "release", claims: claimsOf(OF_GRACE, 1) },
    ]);
    expect(story.apply({ type: "tick" })).toEqual([]);
  });

  test("is given up again while the table still has it, since the release may have failed", () => {
    const story = alone({ movingMax: SHARDS });
    story.apply(takers("ada", "grace"));
    story.apply({ type: "handed_over", shards: OF_GRACE });
    expect(story.apply({ type: "rows", rows: rowsOf("ada", 1) })).toEqual([
      { type: "moved", shards: OF_GRACE },
      { type: "release", claims: claimsOf(OF_GRACE, 1) },
    ]);
    expect(story.apply({ type: "rows", rows: rowsOf(undefined, 1) })).toEqual([]);
  });
});
