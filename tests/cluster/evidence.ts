/** What is held against a cluster: that nothing is lost or doubled, that all agree, and what it logged. */

import { expect } from "bun:test";
import { readFileSync } from "node:fs";
import { limits, type PartState } from "../../actors/mod.ts";
import type { Cluster } from "../../scripts/cluster/mod.ts";
import type { SuiteNode } from "../../scripts/cluster/node.ts";
import { connectLive, type LiveNote } from "../support/live_client.ts";
import { waitFor } from "../support/wait_for.ts";
import type { Crowd, PeopledNote } from "./typists.ts";

/** Time for nodes to find each other, and for shards to move. */
const WHOLE_MS_MAX = 30_000;
/** What no node may ever write, however much of the world around it is gone. */
const DEFECTS =
  /unhandled|uncaught|\b(?:Type|Reference|Range|Syntax)Error\b|^\s+at \S+|"level":"error"/im;

/** What a node says of itself. */
export interface NodeHealth {
  parts: Record<string, PartState>;
  node: { id: string; standing: "member" | "leaving" | "aside"; shards: number; nodes: number };
}

/** Asks a node how it stands; undefined while it does not answer. */
export async function healthOf(node: SuiteNode): Promise<NodeHealth | undefined> {
  try {
    const signal = AbortSignal.timeout(1_000);
    const response = await fetch(`${node.url}/healthz`, { signal, keepalive: false });
    return (await response.json()) as NodeHealth;
  } catch {
    return undefined;
  }
}

/** Waits until these nodes, and no others, own all shards, and the balancer sends to each of them. */
export async function waitUntilWhole(
  cluster: Cluster,
  nodes: readonly SuiteNode[] = cluster.nodes,
): Promise<void> {
  let seen: (NodeHealth | undefined)[] = [];
  const isWhole = async () => {
    seen = await Promise.all(nodes.map(healthOf));
    const shards = seen.reduce((sum, health) => sum + (health?.node.shards ?? 0), 0);
    const agree = seen.every((health) => {
      return health?.node.standing === "member" && health.node.nodes === nodes.length;
    });
    const { ready } = cluster.balancer;
    return agree && shards === limits.shardsMax && nodes.every(({ name }) => ready.includes(name));
  };
  await waitFor(isWhole, { deadlineMs: WHOLE_MS_MAX, what: "the cluster to be whole" }).catch(
    (error: Error) => {
      throw new Error(`${error.message}; ready ${cluster.balancer.ready}: ${JSON.stringify(seen)}`);
    },
  );
}

/**
 * Reads every note anew at a node that none of its writers prefers, and looks whether every acknowledged
 * word is there once, under a version of its own, and whether everybody sees the same.
 */
export async function expectNothingLost(cluster: Cluster, crowd: Crowd): Promise<void> {
  const nodes = cluster.nodes.filter(({ name }) => cluster.balancer.ready.includes(name));
  const readers = await Promise.all(
    nodes.map((node) => {
      const options = { cookie: crowd.owner.cookie, origin: new URL(cluster.url).origin };
      return connectLive(new URL(node.url), options);
    }),
  );
  for (const [index, peopled] of crowd.notes.entries()) {
    const reader = readers[(index + 1) % readers.length];
    const fresh = await reader?.open(peopled.id, "read");
    if (fresh !== undefined) expectNote(peopled, fresh);
    reader?.send({ t: "close", note: peopled.id });
  }
  for (const reader of readers) reader.close();
}

function expectNote({ id, version: first, people }: PeopledNote, fresh: LiveNote): void {
  const counts = new Map<string, number>();
  for (const word of fresh.text.split(" ")) counts.set(word, (counts.get(word) ?? 0) + 1);
  const saved = people.flatMap((person) => person.saved);
  const lost = saved.filter(({ word }) => counts.get(word) !== 1);
  expect({ id, lost }).toEqual({ id, lost: [] });
  const doubled = [...counts].filter(([word, count]) => word !== "" && count > 1);
  expect({ id, doubled }).toEqual({ id, doubled: [] });
  const versions = saved.map(({ version }) => version).sort((a, b) => a - b);
  const expected = Array.from({ length: (fresh.version ?? 0) - first }, (_, i) => first + 1 + i);
  expect({ id, versions }).toEqual({ id, versions: expected });
  const texts = people.map(({ name, note }) => ({ name, version: note.version, text: note.text }));
  const { version, text } = fresh;
  expect(texts).toEqual(people.map(({ name }) => ({ name, version, text })));
  const history = people[0]?.note.history;
  for (const { note } of people) expect(note.history).toEqual(history ?? []);
}

/** Lines of the nodes' logs that no node may write; one of each sort. */
export function defectsOf(cluster: Cluster): string[] {
  const lines = cluster.nodes.flatMap(({ logPath }) => readFileSync(logPath, "utf8").split("\n"));
  const sorts = new Map<string, string>();
  for (const line of lines) {
    const sort = line.replaceAll(/"time":"[^"]*"|\b[0-9A-Z]{26}\b/g, "");
    if (DEFECTS.test(line) && !sorts.has(sort)) sorts.set(sort, line);
  }
  return [...sorts.values()];
}

/** Times without service, by what happened. */
export class ServiceTimes {
  readonly #rows = new Map<string, number[][]>();

  /** What each note waited at one occasion. */
  add(name: string, waitsMs: readonly number[]): void {
    const row = this.#rows.get(name) ?? [];
    row.push([...waitsMs]);
    this.#rows.set(name, row);
  }

  /** One line for each, in the order in which they happened first. */
  toString(): string {
    const width = Math.max(...[...this.#rows.keys()].map(({ length }) => length), 0);
    const lines = [...this.#rows].map(([name, occasions]) => {
      const all = occasions.flat().sort((a, b) => a - b);
      const middle = all[Math.floor(all.length / 2)] ?? 0;
      const times = [occasions.length, Math.round(middle), Math.round(all.at(-1) ?? 0)];
      return [name.padEnd(width), ...times.map((time) => String(time).padStart(8))].join("");
    });
    const head = ["".padEnd(width), ..."times|p50 ms|max ms".split("|").map((t) => t.padStart(8))];
    return [head.join(""), ...lines].join("\n");
  }
}
