import { describe, expect, test } from "bun:test";
import fc from "fast-check";
import { formatId } from "../ids.ts";
import { limits } from "../limits.ts";
import { place, shardOf } from "./placement.ts";

const RANDOM = Uint8Array.from({ length: 10 }, (_, i) => i * 23);

const names = fc.uniqueArray(fc.uint8Array({ minLength: 10, maxLength: 10 }), {
  minLength: 1,
  maxLength: 8,
  selector: (random) => random.join(),
});
const nodeLists = names.map((list) => list.map((random) => formatId(1_795_000_000_000, random)));

function counts(values: Iterable<unknown>): number[] {
  const found = new Map<unknown, number>();
  for (const value of values) found.set(value, (found.get(value) ?? 0) + 1);
  return [...found.values()];
}

describe("shardOf()", () => {
  test("answers the same shard for an address as it did when the first address was stored", () => {
    // What is stored depends on these: another answer would look for everything elsewhere.
    expect(shardOf("document:01JD2Z7Q5V4T8N3XKQ0C9B6MWE")).toBe(920);
    expect(shardOf("inbox:01JD2Z7Q5V4T8N3XKQ0C9B6MWE")).toBe(534);
  });

  test("stays below the number of shards", () => {
    fc.assert(
      fc.property(fc.string(), fc.integer({ min: 1, max: 5_000 }), (address, shards) => {
        const shard = shardOf(address, shards);
        expect(Number.isInteger(shard) && shard >= 0 && shard < shards).toBe(true);
      }),
    );
  });

  test("spreads addresses that differ at their end evenly", () => {
    const addresses = Array.from({ length: 64_000 }, (_, i) => `document:${formatId(i, RANDOM)}`);
    const found = counts(addresses.map((address) => shardOf(address, 64)));
    expect(found).toHaveLength(64);
    // A thousand each, five standard deviations either way.
    for (const count of found) expect(Math.abs(count - 1_000)).toBeLessThan(160);
  });
});

describe("place()", () => {
  test("places nothing where there are no nodes", () => {
    expect(place([], 4)).toEqual([undefined, undefined, undefined, undefined]);
  });

  test("places everything on a node that is alone", () => {
    expect(place(["ada"], 3)).toEqual(["ada", "ada", "ada"]);
  });

  test("does not depend on the order in which nodes are known", () => {
    fc.assert(
      fc.property(nodeLists, (nodes) => {
        expect(place([...nodes].reverse(), 64)).toEqual(place(nodes, 64));
      }),
    );
  });

  test("moves only the shards of a node that leaves, and only to one that comes", () => {
    fc.assert(
      fc.property(nodeLists, fc.nat(), (nodes, index) => {
        const one = nodes[index % nodes.length];
        const others = nodes.filter((node) => node !== one);
        const withIt = place(nodes, 128);
        const withoutIt = place(others, 128);
        for (const [shard, owner] of withIt.entries()) {
          if (owner !== one) expect(withoutIt[shard]).toBe(owner);
        }
      }),
    );
  });

  test("spreads shards over nodes within six standard deviations", () => {
    fc.assert(
      fc.property(nodeLists, (nodes) => {
        const share = 1 / nodes.length;
        const mean = limits.shardsMax * share;
        const deviation = Math.sqrt(mean * (1 - share));
        const found = counts(place(nodes));
        expect(found).toHaveLength(nodes.length);
        for (const count of found) {
          expect(Math.abs(count - mean)).toBeLessThanOrEqual(6 * deviation);
        }
      }),
    );
  });
});
